"""A small HTTP server for what strangers may send: everything is bounded before it is read.

The standard library parses requests, one for each connection. A connection has so many bytes
and so many seconds in all; one too many ends the oldest. Nothing of a request is told anywhere.
"""

from __future__ import annotations

import io
import socket
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer, ThreadingMixIn
from typing import Any

from msgspec import Struct

_BACKLOG = 128
_POLL_SECONDS = 0.1
_BUFFER = 8192
"""Bytes that may be read ahead of what is asked for."""

_DRAINED_SECONDS = 1.0
_DRAINED_BYTES = 1 << 20
"""What is still read of a refused request: else its sender might never see the answer."""

_LONGEST_LENGTH = 12
"""Digits."""


class Bounds(Struct, frozen=True):
    """What a connection may take: bytes of its head and its body, and `seconds` in all."""

    head: int = 16 * 1024
    body: int = 256 * 1024
    seconds: float = 10.0
    connections: int = 64


class Incoming(Struct, frozen=True):
    """A request. `path` is without its query; names of headers are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""


Answer = Callable[[Incoming], HTTPStatus]
"""Called in many threads at once, and quick. What it raises is answered with 500."""


class _Exhausted(OSError):
    """More bytes came than a connection may bring."""


class _Allowance(io.RawIOBase):
    """Reads from a socket, until its time or its bytes are used up."""

    def __init__(self, connection: socket.socket, bounds: Bounds) -> None:
        self._connection = connection
        self._left = bounds.head + _BUFFER
        self._ends = time.monotonic() + bounds.seconds

    def allow(self, more: int) -> None:
        """Let so many bytes more come."""
        self._left += more

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self._left <= 0:
            raise _Exhausted
        seconds = self._ends - time.monotonic()
        if seconds <= 0:
            raise TimeoutError
        self._connection.settimeout(seconds)
        with memoryview(buffer) as view:
            count = self._connection.recv_into(view[: self._left])
        self._left -= count
        return count


class _Handler(BaseHTTPRequestHandler):
    """One connection: one request, one answer."""

    protocol_version = "HTTP/1.1"
    server: _Server

    def setup(self) -> None:
        super().setup()
        self.rfile.close()
        self._allowance = _Allowance(self.connection, self.server.bounds)
        self.rfile = io.BufferedReader(self._allowance, _BUFFER)
        self.command, self.requestline, self.request_version = "", "", self.protocol_version

    def handle(self) -> None:
        self.close_connection = True
        try:
            self.handle_one_request()
        except _Exhausted:
            self.reply(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        self.close_connection = True

    def do_GET(self) -> None:
        self._answer(b"")

    def do_HEAD(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        refusal = self._unfit()
        if refusal is not None:
            self.reply(refusal)
            return
        length = int(self.headers["Content-Length"])
        self._allowance.allow(length)
        body = self.rfile.read(length)
        if len(body) == length:  # else its sender has left
            self._answer(body)

    def handle_expect_100(self) -> bool:
        refusal = self._unfit()
        if refusal is not None:
            self.reply(refusal)
            return False
        return super().handle_expect_100()

    def _unfit(self) -> HTTPStatus | None:
        """Say why a body is not read; None where it may be."""
        lengths = self.headers.get_all("Content-Length") or []
        if "Transfer-Encoding" in self.headers or not lengths:
            return HTTPStatus.LENGTH_REQUIRED
        told = lengths[0].strip()
        if len(lengths) > 1 or not (told.isascii() and told.isdigit()):
            return HTTPStatus.BAD_REQUEST
        if len(told) > _LONGEST_LENGTH or int(told) > self.server.bounds.body:
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        return None

    def _answer(self, body: bytes) -> None:
        path = self.path.partition("?")[0]
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            status = self.server.answer(Incoming(self.command, path, headers, body))
        except Exception:  # whatever it is, a stranger is not told
            status = HTTPStatus.INTERNAL_SERVER_ERROR
        self.reply(status)

    def reply(self, status: HTTPStatus) -> None:
        """Answer with a status and its phrase, and end the connection."""
        content = f"{status.phrase}\n".encode()
        self.close_connection = True
        with suppress(OSError):
            self.connection.settimeout(_DRAINED_SECONDS)
            self.send_response(status)
            self.send_header("Content-Type", "text/plain; charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Connection", "close")
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)
            if status >= HTTPStatus.BAD_REQUEST:
                self._drain()

    def _drain(self) -> None:
        self.connection.shutdown(socket.SHUT_WR)
        left, ends = _DRAINED_BYTES, time.monotonic() + _DRAINED_SECONDS
        while left > 0 and time.monotonic() < ends:
            count = len(self.connection.recv(min(left, 1 << 16)))
            if not count:
                return
            left -= count

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer what is no request, or too long; the library's words would repeat it."""
        del message, explain
        self.command = self.command or ""
        self.request_version = self.protocol_version
        self.reply(HTTPStatus(code))

    def version_string(self) -> str:
        return "localize"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
        """Log nothing: what a stranger sends is not for a log."""


class _Server(ThreadingMixIn, TCPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    request_queue_size = _BACKLOG

    def __init__(self, host: str, port: int, answer: Answer, bounds: Bounds) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.answer, self.bounds = answer, bounds
        self._open: dict[socket.socket, None] = {}
        self._changed = threading.Condition()
        super().__init__((host, port), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Begin a connection; where there are too many, end the oldest, which is the slowest."""
        with self._changed:
            if len(self._open) >= self.bounds.connections:
                _cut(next(iter(self._open)))
                self._changed.wait_for(self._has_room, timeout=_POLL_SECONDS)
            if not self._has_room():
                self.shutdown_request(request)
                return
            self._open[request] = None
        super().process_request(request, client_address)

    def _has_room(self) -> bool:
        return len(self._open) < self.bounds.connections

    def shutdown_request(self, request: Any) -> None:
        """End a connection."""
        super().shutdown_request(request)
        with self._changed:
            self._open.pop(request, None)
            self._changed.notify_all()

    def wait(self, seconds: float) -> None:
        """Wait for what is under way, and cut off what then remains."""
        with self._changed:
            self._changed.wait_for(lambda: not self._open, seconds)
            for connection in self._open:
                _cut(connection)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of those who sent what is no request, or left."""


def _cut(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


class HttpListener:
    """Answers requests in threads, from its making until it is closed.

    Raises:
        OSError: the address cannot be listened on.
    """

    def __init__(self, host: str, port: int, answer: Answer, bounds: Bounds | None = None) -> None:
        self._server = _Server(host, port, answer, bounds or Bounds())
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(_POLL_SECONDS,), name="listener", daemon=True
        )
        self._thread.start()

    def close(self, seconds: float = 2.0) -> None:
        """Take no more connections; those under way have so many seconds to end."""
        self._server.shutdown()
        self._server.server_close()
        self._server.wait(seconds)
