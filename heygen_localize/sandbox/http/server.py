"""The HTTP server: connections that stay open, and are lost where the application says so."""

from __future__ import annotations

import os
import socket
import struct
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterable
from contextlib import suppress
from http import HTTPStatus
from socketserver import TCPServer, ThreadingMixIn
from typing import IO, TYPE_CHECKING, Any, cast

from werkzeug.exceptions import ClientDisconnected
from werkzeug.serving import WSGIRequestHandler
from werkzeug.wsgi import LimitedStream

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

BACKLOG = 128
# On, for no time at all: closing resets. Windows has shorter integers here.
_NO_LINGERING = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)
# How long answers under way are waited for at the end.
_CLOSE_SECONDS = 1.0
# How long a reset waits for what was sent before it.
_ARRIVAL_SECONDS = 1.0
# Closing does not wait for answers that are longer.
_LONG_BYTES = 256 * 1024
_PIECE_BYTES = 256 * 1024
_NO_BODY = (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)


def _unsent_bytes(connection: socket.socket) -> int:
    if sys.platform != "linux":
        return 0
    import fcntl
    import termios

    waiting = fcntl.ioctl(connection.fileno(), termios.TIOCOUTQ, struct.pack("i", 0))
    count: int = struct.unpack("i", waiting)[0]
    return count


class Handler(WSGIRequestHandler):
    """One connection: a request, its answer, the next request."""

    protocol_version = "HTTP/1.1"
    # An answer may be many writes, and must not wait for the other side in between.
    disable_nagle_algorithm = True
    server: Server  # type: ignore[assignment]  # it has what the handler asks for

    def setup(self) -> None:
        """Make the connection known to the server."""
        super().setup()
        self.server.connections.add(self.connection)

    def finish(self) -> None:
        """Take it off the server's list."""
        self.server.connections.leave(self.connection)
        with suppress(OSError):
            super().finish()

    def run_wsgi(self) -> None:
        """Answer one request, and read what the application left of its body."""
        try:
            self.server.connections.begin(self.connection)
            self.environ = self.make_environ()
            self._limit_body(self.environ)
            self._answer(self.environ)
            while self.environ["wsgi.input"].read(_PIECE_BYTES):
                pass
        except (ConnectionError, ClientDisconnected) as error:
            self.connection_dropped(error)
        finally:
            if self.server.connections.release(self.connection):
                self.close_connection = True

    def _limit_body(self, environ: WSGIEnvironment) -> None:
        if "wsgi.input_terminated" not in environ:
            length = environ.get("CONTENT_LENGTH", "")
            stream = cast("IO[bytes]", self.rfile)
            body = LimitedStream(stream, int(length) if length.isdecimal() else 0)
            environ["wsgi.input"] = body
            environ["wsgi.input_terminated"] = True

    def _answer(self, environ: WSGIEnvironment) -> None:
        answers: list[tuple[str, list[tuple[str, str]]]] = []

        def start(status: str, headers: list[tuple[str, str]], _: Any = None) -> Callable[..., Any]:
            answers.append((status, headers))
            return self.wfile.write

        try:
            pieces = self.server.app(environ, start)
        except ConnectionError:
            raise
        except Exception:
            self.log("error", traceback.format_exc())
            answers, pieces = [("500 Internal Server Error", [("Content-Length", "0")])], ()
        try:
            self._send(*answers[0], pieces)
        finally:
            if hasattr(pieces, "close"):
                pieces.close()

    def _send(self, status: str, headers: list[tuple[str, str]], pieces: Iterable[bytes]) -> None:
        length = {name.lower(): text for name, text in headers}.get("content-length")
        code = int(status.partition(" ")[0])
        without_body = self.command == "HEAD" or code in _NO_BODY
        if length is None and not without_body:
            self.close_connection = True
        lines = [f"{self.protocol_version} {status}", f"Server: {self.version_string()}"]
        lines += [f"Date: {self.date_time_string(int(self.server.now()))}"]
        lines += [f"{name}: {text}" for name, text in headers]
        if self.close_connection:
            lines.append("Connection: close")
        self.log_request(code)
        unsent = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
        long = int(length or 0) > _LONG_BYTES
        if long and self.server.connections.release(self.connection):
            raise ConnectionResetError
        sent = 0
        try:
            for piece in pieces:
                # The head goes with what comes first: each write costs more than all of it.
                self.wfile.write(unsent + piece)
                unsent, sent = b"", sent + len(piece)
        finally:
            if unsent:
                self.wfile.write(unsent)
        # A body that was cut can only be told by the end of the connection.
        if not without_body and sent < int(length or 0):
            self.close_connection = True

    def connection_dropped(
        self, _error: BaseException, _environ: WSGIEnvironment | None = None
    ) -> None:
        """Close the socket with a reset instead of an orderly end.

        The descriptor is closed by itself, since closing the socket object
        would wait for the file objects that the handler made of it.
        """
        self.close_connection = True
        with suppress(OSError):
            self._let_arrive()
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGERING)
            socket.close(self.connection.detach())

    def _let_arrive(self) -> None:
        # A reset throws away what is still on its way.
        deadline = time.monotonic() + _ARRIVAL_SECONDS
        while _unsent_bytes(self.connection) and time.monotonic() < deadline:
            time.sleep(0.001)


class QuietHandler(Handler):
    """The same without a log of requests."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Log nothing."""


class _Connections:
    """The open connections, and which of them have an answer under way."""

    def __init__(self) -> None:
        self._closing = False
        self._changed = threading.Condition()
        self._idle: set[socket.socket] = set()
        self._busy: set[socket.socket] = set()

    def add(self, connection: socket.socket) -> None:
        with self._changed:
            self._idle.add(connection)
            if self._closing:
                _shut(connection)

    def leave(self, connection: socket.socket) -> None:
        with self._changed:
            self._idle.discard(connection)
            self._busy.discard(connection)
            self._changed.notify_all()

    def begin(self, connection: socket.socket) -> None:
        """Mark a request.

        Raises:
            ConnectionResetError: If the server is being closed.
        """
        with self._changed:
            if self._closing:
                raise ConnectionResetError
            self._idle.discard(connection)
            self._busy.add(connection)

    def release(self, connection: socket.socket) -> bool:
        """Mark that closing need not wait any more; return whether it has begun."""
        with self._changed:
            self._busy.discard(connection)
            self._idle.add(connection)
            self._changed.notify_all()
            return self._closing

    def close(self) -> None:
        """End the idle ones at once, the others after their answers or a while."""
        with self._changed:
            self._closing = True
            for connection in self._idle:
                _shut(connection)
            self._changed.wait_for(lambda: not self._busy, timeout=_CLOSE_SECONDS)
            for connection in self._busy:
                _shut(connection)


def _shut(connection: socket.socket) -> None:
    # Its own thread closes it, and may have done so.
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


class Server(ThreadingMixIn, TCPServer):
    """Serves an application, with a thread for each connection.

    Args:
        listening: The bound socket; the server takes a copy of it.
        app: The application.
        handler: `Handler` or `QuietHandler`.
        now: Gives the time that answers are dated by, in seconds since the epoch.
    """

    daemon_threads = True
    block_on_close = False
    # What werkzeug's handler asks of its server.
    multithread, multiprocess, passthrough_errors, ssl_context = True, False, False, None
    _server_version = "sandbox"

    def __init__(
        self,
        listening: socket.socket,
        app: WSGIApplication,
        handler: type[Handler],
        now: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(listening.getsockname()[:2], handler, bind_and_activate=False)
        self.socket.close()
        self.socket = listening.dup()
        self._host, self.port = listening.getsockname()[:2]
        self.app = app
        self.now = now
        self.connections = _Connections()
        self._stopping = False

    def serve_forever(self, poll_interval: float = 0) -> None:  # noqa: ARG002 there are no polls
        """Serve until `shutdown`, which need not be waited for."""
        with self.socket:
            while not self._stopping:
                with suppress(OSError):
                    connection, address = self.get_request()
                    if self._stopping:
                        self.shutdown_request(connection)
                    else:
                        self.process_request(connection, address)

    def shutdown(self) -> None:
        """Have the serving thread end, by the connection that it waits for."""
        self._stopping = True
        with suppress(OSError):
            socket.create_connection((self._host, self.port), timeout=1).close()
