"""What the process that decodes a stranger's file may use. Nothing of it can be raised again.

Memory, processor time and files are limited by the kernel, where it has such limits (Linux, macOS;
macOS holds no process to a limit of memory). No file can be opened any more: neither one of the
disk nor a socket, so whatever a file makes of its decoder, it reaches nothing.
"""

from __future__ import annotations

import contextlib
from typing import Final

MEMORY: Final = 2 << 30
"""Bytes of addresses. Python and FFmpeg take 400 MB of them, pictures of 8K 900 MB."""

OPENING_SECONDS: Final = 60
"""Of the processor and of the clock, until the container has been read."""

MOST_SECONDS: Final = 4 * 60 * 60


def decoding_seconds(length: float | None, size: int) -> int:
    """Return how long the decoding of a file may take, of the processor and of the clock.

    One and a half times its length, where 1080p takes a sixth; without a length, that of
    sound at 16 kbit/s of the same size. Never more than MOST_SECONDS.
    """
    expected = length if length is not None else size / 2_000
    return int(min(OPENING_SECONDS + 1.5 * expected, MOST_SECONDS))


def confine(memory: int = MEMORY) -> None:
    """Give up everything but the files that are open, and time for opening one."""
    try:
        import resource
    except ImportError:  # Windows; the parent's clock and the bounds in the code remain.
        return
    for what, most in (
        (resource.RLIMIT_NOFILE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_AS, memory),
    ):
        with contextlib.suppress(ValueError, OSError):  # macOS refuses RLIMIT_AS
            resource.setrlimit(what, (most, most))
    _limit_time(OPENING_SECONDS, MOST_SECONDS + OPENING_SECONDS)


def allow_decoding(seconds: int) -> None:
    """Set the processor time that the whole may take, now that the length is known."""
    with contextlib.suppress(ImportError):
        _limit_time(seconds + OPENING_SECONDS, seconds + OPENING_SECONDS)


def _limit_time(soft: int, hard: int) -> None:
    import resource

    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    if most != resource.RLIM_INFINITY:
        hard = min(hard, most)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CPU, (min(soft, hard), hard))
