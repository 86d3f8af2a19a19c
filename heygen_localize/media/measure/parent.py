"""Starts the process that decodes, hears it out, and says what went wrong. Imports no decoder.

What the child says is a stranger's: read line by line with a bound, and held against its types.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from threading import Timer
from typing import BinaryIO, Final

import msgspec

from heygen_localize.core.errors import FileError, UsageError
from heygen_localize.media.measure.limits import OPENING_SECONDS, decoding_seconds
from heygen_localize.media.measure.messages import MOST_BYTES, Message, Opened, Reached, Refused
from heygen_localize.media.measure.refusals import missing, refusal
from heygen_localize.system.causes import cause_of

_START: Final = (
    "import sys; sys.path[:] = sys.argv[1:]; "
    "from heygen_localize.media.measure.child import main; main()"
)
_KEPT = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH", "SYSTEMROOT")
_OURS = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "LC_ALL": "C.UTF-8"}

_lines = msgspec.json.Decoder(Message)


def answer_of(
    file: BinaryIO,
    shown_name: str,
    size: int,
    reached: Callable[[float], None] | None = None,
) -> Message:
    """Return what a child of its own says in the end of a file of `size` bytes.

    Raises:
        FileError: there is no measurement; says why.
        UsageError: PyAV is not installed, or cannot be used.
    """
    with _started(file) as process, _Alarm(process) as alarm:
        alarm.within(OPENING_SECONDS)
        for message in _messages(process):
            if isinstance(message, Opened):
                alarm.within(decoding_seconds(message.seconds, size))
            elif isinstance(message, Reached):
                if reached is not None:
                    reached(message.seconds)
            elif isinstance(message, Refused) and message.code == "missing":
                raise missing(message.detail)
            elif isinstance(message, Refused):
                raise refusal(message, shown_name)
            else:
                return message
        process.wait()
        raise _ended(process.returncode, alarm.rang, shown_name)


@contextlib.contextmanager
def _started(file: BinaryIO) -> Iterator[subprocess.Popen[bytes]]:
    """Start a child that gets nothing of ours but the file, and ends with this block."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    try:
        process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-I", "-c", _START, *sys.path],
            env=kept | _OURS,
            stdin=file,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        raise UsageError(
            f"no process for looking at media could be started: {cause_of(error)}",
            code="measure_failed",
        ) from None
    try:
        yield process
    finally:
        process.kill()
        if process.stdout is not None:
            process.stdout.close()
        process.wait()


class _Alarm:
    """Kills a child that takes longer than it may, by the clock."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._timer: Timer | None = None
        self.rang = False

    def __enter__(self) -> _Alarm:
        return self

    def __exit__(self, *_: object) -> None:
        self._cancel()

    def within(self, seconds: float) -> None:
        """Begin to count anew."""
        self._cancel()
        self._timer = Timer(seconds, self._ring)
        self._timer.daemon = True
        self._timer.start()

    def _ring(self) -> None:
        self.rang = True
        self._process.kill()

    def _cancel(self) -> None:
        if self._timer is not None:
            self._timer.cancel()


def _messages(process: subprocess.Popen[bytes]) -> Iterator[Message]:
    """Yield what the child says, up to what it cannot have said."""
    while process.stdout is not None:
        line = process.stdout.readline(MOST_BYTES + 1)
        if not line:
            return
        try:
            yield _lines.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError):
            process.kill()
            return


def _ended(returncode: int, rang: bool, shown_name: str) -> FileError:
    """Say why a child ended without an answer."""
    import signal

    slow = rang or returncode == -getattr(signal, "SIGXCPU", 0)
    return refusal(Refused("time" if slow else "crashed", str(returncode)), shown_name)
