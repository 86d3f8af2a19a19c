"""A proxy that misbehaves: it stands between the client and the sandbox, and does as scripted."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from stand_in import Asked, Reply

Forward = Callable[[], Reply]
Script = Callable[[Asked, Forward], "Reply | None"]

_NOT_PASSED_ON = {"connection", "content-length", "transfer-encoding"}


@contextmanager
def proxy_to(base: str, script: Script) -> Iterator[str]:
    """Give the base of a proxy before `base`.

    `script` gets each request and a call that passes it on and gives the true answer;
    what it returns is answered, and for None the connection is closed without a word.
    """
    target = urlsplit(base)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # Headers and body would wait for each other.

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}

            def forward() -> Reply:
                onward = http.client.HTTPConnection(target.hostname or "", target.port)
                try:
                    onward.request(self.command, self.path, body, headers)
                    got = onward.getresponse()
                    told = {
                        name: value
                        for name, value in got.getheaders()
                        if name.lower() not in _NOT_PASSED_ON
                    }
                    length = int(got.headers.get("Content-Length") or 0)
                    whole = length if self.command == "HEAD" else None
                    return Reply(got.status, got.read(), told, whole)
                finally:
                    onward.close()

            reply = script(Asked(self.command, self.path, headers), forward)
            if reply is None:
                self.close_connection = True
                return
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            length = len(reply.body) if reply.length is None else reply.length
            self.send_header("Content-Length", str(length))
            self.end_headers()
            self.wfile.write(reply.body)

        do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _answer  # noqa: N815 - their names

        def log_message(self, *arguments: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 128

        def handle_error(self, request: object, client_address: object) -> None:
            pass  # Those who asked have left.

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(
            target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()


def html(status: int) -> Reply:
    """Answer as a gateway does."""
    page = f"<html><head><title>{status}</title></head><body>nginx</body></html>"
    return Reply(status, page.encode(), {"Content-Type": "text/html"})


def envelope(status: int, code: str, message: str = "No.") -> Reply:
    """Answer as the API itself refuses."""
    body = json.dumps({"error": {"code": code, "message": message}})
    return Reply(status, body.encode(), {"Content-Type": "application/json"})
