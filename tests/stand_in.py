"""A small server for what the sandbox does not do: answers as scripted, or none at all."""

from __future__ import annotations

import re
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Asked:
    """One request that came, header names in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True)
class Reply:
    """An answer. `length` is what it claims to have, where that is not the truth.

    With `drips`, so many seconds pass before each byte of the body, and it never ends.
    """

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    length: int | None = None
    drips: float | None = None


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128  # Five are the standard: others would wait a second.

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of those who asked and left."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


Script = Callable[[Asked], "Reply | None"]


class StandIn:
    """Answers what a script says; for None the connection is closed without an answer."""

    def __init__(self, script: Script) -> None:
        self.asked: list[Asked] = []
        self.connections = 0
        asked, stand_in = self.asked, self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True  # Headers and body would wait for each other.

            def setup(self) -> None:
                stand_in.connections += 1
                super().setup()

            def do_GET(self) -> None:
                headers = {name.lower(): value for name, value in self.headers.items()}
                body = self.rfile.read(int(headers.get("content-length", 0)))
                note = Asked(self.command, self.path, headers, body)
                asked.append(note)
                reply = script(note)
                if reply is None:
                    self.close_connection = True
                    return
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                length = len(reply.body) if reply.length is None else reply.length
                if reply.length != -1:
                    self.send_header("Content-Length", str(length))
                self.close_connection = length != len(reply.body)
                self.end_headers()
                if self.command != "HEAD":
                    try:
                        self.wfile.write(reply.body)
                        while reply.drips is not None:
                            time.sleep(reply.drips)
                            self.wfile.write(b" ")
                    except OSError:  # Who asked has read enough.
                        self.close_connection = True

            do_HEAD = do_GET  # noqa: N815 - names that http.server prescribes
            do_PUT = do_POST = do_PATCH = do_DELETE = do_GET  # noqa: N815

            def log_message(self, *arguments: object) -> None:
                pass

        self._server = _Server(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        self.base = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )
        self._thread.start()

    def count(self, method: str) -> int:
        """Count the requests of a method."""
        return sum(note.method == method for note in self.asked)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def hanging() -> Iterator[str]:
    """Give the base of a host that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=256) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


def file_reply(asked: Asked, content: bytes, **headers: str) -> Reply:
    """Answer as a server of files does: `Range`, `If-Range`, an ETag."""
    named = {"ETag": '"v1"'} | {name.replace("_", "-"): value for name, value in headers.items()}
    wanted = re.fullmatch(r"bytes=(\d+)-(\d+)", asked.headers.get("range", ""))
    condition = asked.headers.get("if-range", named["ETag"])
    if not content or wanted is None or condition != named["ETag"]:
        return Reply(200, content, named)
    start, end = int(wanted[1]), min(int(wanted[2]) + 1, len(content))
    named["Content-Range"] = f"bytes {start}-{end - 1}/{len(content)}"
    return Reply(206, content[start:end], named)
