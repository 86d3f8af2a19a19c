"""The standard streams: writing to them never fails, and is never a command to a CI system.

Whatever becomes of a stream, a run goes on and ends as it would have. One that is closed,
or whose reader has gone, has nobody to be told. One that takes nothing although somebody
wants it, as on a full disk, is told of on the other when the run is over.
"""

from __future__ import annotations

import codecs
import errno
import io
import logging
import os
import select
import sys
from threading import RLock
from typing import Any, BinaryIO

import click

from heygen_localize.core import environment
from heygen_localize.core.environment import is_dumb
from heygen_localize.core.errors import ExitCode
from heygen_localize.core.text import inert

_PIPE_TIMEOUT = 5.0
"""Seconds for the reader of a full pipe that is not waited for by the system itself."""

_FIRST_OF_OURS = 3
"""The number of the first file after standard input, output and error."""

_NOBODY_READS = frozenset({errno.EPIPE, errno.ESHUTDOWN, errno.ECONNRESET})


class Outlet(io.RawIOBase):
    """A standard stream that takes all that is written, and remembers why it could not.

    After the first failure nothing more is written: half of a report is worse the longer
    it gets.
    """

    def __init__(self, inner: BinaryIO) -> None:
        super().__init__()
        self._inner = inner
        self._terminal = inner.isatty()
        self._writing = RLock()
        self._over = False
        self.trouble: str | None = None

    def writable(self) -> bool:
        """Say that it takes text."""
        return True

    def fileno(self) -> int:
        """Return the number of the stream itself."""
        return self._inner.fileno()

    def isatty(self) -> bool:
        """Return whether it is a terminal."""
        return self._terminal

    def write(self, content: Any) -> int:
        """Write all of it, or see why that cannot be."""
        rest = memoryview(content).cast("B")
        size = len(rest)
        with self._writing:
            try:
                while rest and not self._over:
                    rest = rest[self._written(rest) :]
            except (OSError, ValueError) as error:
                self._end(error)
        return size

    def _written(self, rest: memoryview) -> int:
        count = self._inner.write(rest)
        if count is None:  # It would have to wait, and is set not to.
            ready = select.select([], [self._inner], [], _PIPE_TIMEOUT)[1]
            if not ready:
                raise TimeoutError(errno.ETIMEDOUT, "nobody reads it")
        return count or 0

    def _end(self, error: Exception) -> None:
        self._over = True
        number = error.errno if isinstance(error, OSError) else None
        hung_up = self._terminal and number == errno.EIO
        if number not in _NOBODY_READS and not hung_up:
            self.trouble = getattr(error, "strerror", None) or str(error)


def guard() -> None:
    """Put such streams in the place of the process's own, also of those that are closed.

    A closed one leaves its number free for the next file that is opened, where the writes
    of others would go: the lockfile. So the null device takes its place.
    """
    while (number := os.open(os.devnull, os.O_RDWR)) < _FIRST_OF_OURS:
        os.set_inheritable(number, True)
    os.close(number)
    if sys.stdin is None:
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115, PTH123 - for good
    sys.stdout, sys.stderr = _guarded(sys.stdout), _guarded(sys.stderr)


def _guarded(stream: Any) -> Any:
    if stream is None:
        return open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123 - for good
    buffer = getattr(stream, "buffer", None)
    if buffer is None:
        return stream  # a caller's own, in memory
    outlet: Any = Outlet(getattr(buffer, "raw", buffer))
    return io.TextIOWrapper(outlet, stream.encoding, "localize_escape", write_through=True)


def _escape(error: UnicodeError) -> tuple[str, int]:
    r"""Write `\u00e9` for what an encoding cannot say: JSON means the same by it."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    units = error.object[error.start : error.end].encode("utf-16-be", "surrogatepass")
    pairs = zip(units[::2], units[1::2], strict=True)
    return "".join(f"\\u{high:02x}{low:02x}" for high, low in pairs), error.end


codecs.register_error("localize_escape", _escape)


def ended(code: int, *, for_people: bool) -> int:
    """Tell on one stream what became of the other; return the exit code of the process.

    That of the work stands. Where the work was done and its report could not be written,
    it is `ExitCode.UNWRITTEN`. On standard output, only people are told.
    """
    lost, unsaid = _trouble(sys.stdout), _trouble(sys.stderr)
    if lost is not None:
        write(
            f"Standard output takes nothing more: {lost}. What was reported there is not whole; "
            "what was done stands.\n",
            err=True,
        )
    elif unsaid is not None and for_people:
        write(f"Standard error takes nothing more: {unsaid}. Messages are missing.\n")
    return ExitCode.UNWRITTEN if lost is not None and code == ExitCode.OK else code


def _trouble(stream: Any) -> str | None:
    outlet = getattr(stream, "buffer", None)
    return outlet.trouble if isinstance(outlet, Outlet) else None


def write(text: str, err: bool = False) -> None:
    """Write to standard output or error what nobody's log takes for a command."""
    write_commands(inert(text, coloured=colourful(sys.stderr if err else sys.stdout)), err)


def on_terminal() -> bool:
    """Return whether a person watches standard error on what can be drawn on, and no CI system."""
    return sys.stderr.isatty() and not in_ci() and not is_dumb(os.environ)


def in_ci() -> bool:
    """Return whether a CI system runs us, by the variable that they all set."""
    return environment.in_ci(os.environ)


class GuardedHandler(logging.Handler):
    """Writes a log to standard error by the way of everything else."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line of the log."""
        try:
            write(self.format(record) + "\n", err=True)
        except Exception:
            self.handleError(record)


# For libraries that warn while nobody asked for a log; they quote what servers sent.
logging.lastResort = GuardedHandler(logging.WARNING)


def write_commands(text: str, err: bool = False) -> None:
    """Write what may hold commands to a CI system: annotations of ours, and nothing else."""
    click.echo(text, sys.stderr if err else sys.stdout, nl=False)


def mask(secret: str) -> None:
    """Have GitHub's runner keep a secret out of its log, which many may read."""
    write_commands(f"::add-mask::{secret}\n", err=True)


def colourful(stream: Any) -> bool:
    """Return whether a stream is a terminal that may have colour."""
    # NO_COLOR by its own standard (no-color.org): whatever it says, unless it is empty.
    plain = os.environ.get("NO_COLOR") or is_dumb(os.environ)
    return bool(stream.isatty()) and not plain
