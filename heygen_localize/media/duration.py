"""How long media is, as two libraries read it; damaged bytes cost little and break nothing."""

from __future__ import annotations

import math
from typing import BinaryIO, cast

from heygen_localize.media.types import MediaType

_MOST_BYTES = 64 * 1024 * 1024
_MOST_READS = 20_000
"""A file without faults is asked for far less of both; thousands where it is in fragments."""

_LONGEST = 1_000_000.0
"""Seconds; a number beyond (11 days) stands for "unknown", or is damage."""


class _TooMuch(Exception):
    """The libraries read on and on."""


class _Bounded:
    """A stream that ends the reading of damaged bytes. Has what the two libraries use."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._bytes = _MOST_BYTES
        self._reads = _MOST_READS

    def read(self, size: int = -1) -> bytes:
        """Read some bytes; never the rest of the file, nor what a damaged size asks for."""
        self._bytes -= size
        self._reads -= 1
        if size < 0 or self._bytes < 0 or self._reads < 0:
            raise _TooMuch
        return self._stream.read(size)

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        return self._stream.tell()


def seconds_of(stream: BinaryIO, media_type: MediaType) -> float | None:
    """Return the length of media in seconds; None where it cannot be read.

    `stream` must seek; it is read here and there, at most 64 MB of it. Not all
    lengths are in the file: videos in fragments or made live have none.
    """
    if media_type is MediaType.SRT:
        return None
    bounded = cast(BinaryIO, _Bounded(stream))
    try:
        bounded.seek(0)
        seconds = _webm(bounded) if media_type is MediaType.WEBM else _tagged(bounded, media_type)
    except Exception:  # Damaged bytes: the libraries raise whatever they stumble over.
        return None
    if seconds is None or not math.isfinite(seconds) or not 0 < seconds <= _LONGEST:
        return None
    return seconds


def _webm(stream: BinaryIO) -> float | None:
    from enzyme import MKV

    duration = MKV(stream).info.duration
    return None if duration is None else float(duration.total_seconds())


def _tagged(stream: BinaryIO, media_type: MediaType) -> float | None:
    from tinytag import TinyTag

    tag = TinyTag.get(file_obj=stream, tags=False, duration=True)
    if media_type is MediaType.WAV and tag.duration and tag.bitrate:
        # What was recorded into a pipe claims to have 4 GB.
        return min(tag.duration, tag.filesize * 8 / (tag.bitrate * 1000))
    return tag.duration
