"""Whether bytes can be the file that they are given as: by their beginning, boxes and length.

A host may answer 200 with an error in words, with nothing, or with a part whose length it
does not tell. Nothing here is a decoder: what begins like a video, and is whole as far as its
own boxes tell, is taken.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from heygen_localize.core.errors import SubtitleError
from heygen_localize.core.text import subtitle_bytes
from heygen_localize.media import HEAD, HTML, LFS_POINTER, MediaType, recognise, seconds_of
from heygen_localize.subtitles import as_subrip, read

_MEDIA = {"video": ("video/",), "audio": ("audio/", "video/")}
"""Beginnings of MIME types; sound may come in the container of a video."""

_BOXED = ("video/mp4", "video/quicktime", "audio/mp4", "audio/m4a", "audio/x-m4a")
_MAX_TEXT_BYTES = 32_000_000
_MOST_BOXES = 100_000
_RIFF_UNKNOWN = 0xFFFFFFFF
_SHORTEST_SHARE = 0.5
"""Of a job's seconds: a dub may be shorter than its source, but not by half."""


def fault_of(stream: BinaryIO, size: int, kind: str, seconds: float | None) -> str | None:
    """Return why a file cannot be of its kind (`video`, `audio`, `srt`, `vtt`); None if it can.

    `size` is in bytes, `seconds` what the vendor says of the job's length. The stream must seek.
    """
    if size == 0:
        return "nothing at all"
    stream.seek(0)
    head = stream.read(HEAD)
    if kind not in _MEDIA:
        return _fault_of_text(stream, size, kind, head)
    found = recognise(head)
    if found is None or not found.startswith(_MEDIA[kind]):
        return _named(head, found)
    if found in _BOXED:
        return _fault_of_boxes(stream, size) or _fault_of_length(stream, kind, seconds)
    if head[:4] == b"RIFF":
        announced = int.from_bytes(head[4:8], "little")
        if announced != _RIFF_UNKNOWN and announced + 8 > size:
            return "a file that is cut off"
    return None


def _fault_of_text(stream: BinaryIO, size: int, kind: str, head: bytes) -> str | None:
    if size > _MAX_TEXT_BYTES:
        return "more than any subtitles have"
    stream.seek(0)
    content = subtitle_bytes(stream.read(size))
    signed = content.startswith(b"WEBVTT")
    if kind == "vtt":
        return None if signed else _named(head, recognise(head))
    try:
        read(as_subrip(content) if signed else content)
    except SubtitleError:
        return _named(head, recognise(head))
    return None


def _fault_of_boxes(stream: BinaryIO, size: int) -> str | None:
    """Walk over the outer boxes of an MP4 (ISO/IEC 14496-12, 4.2): all have to be whole."""
    names = set()
    for name, end in _boxes(stream, size):
        if end > size:
            return "a file that is cut off"
        names.add(name)
    return None if b"moov" in names else "a file that is cut off: it has no index (moov)"


def _boxes(stream: BinaryIO, size: int) -> Iterator[tuple[bytes, int]]:
    start = 0
    for _ in range(_MOST_BOXES):
        stream.seek(start)
        head = stream.read(16)
        if len(head) < 8:
            return  # A few bytes behind the last box harm nobody.
        length, name = int.from_bytes(head[:4], "big"), head[4:8]
        if length == 1:
            length = int.from_bytes(head[8:16], "big")
        elif length == 0:
            length = size - start  # the last one, to the end
        if length < 8:
            return
        yield name, start + length
        start += length


def _fault_of_length(stream: BinaryIO, kind: str, seconds: float | None) -> str | None:
    if kind != "video" or not seconds:
        return None
    there = seconds_of(stream, MediaType.MP4)
    if there is None or there >= seconds * _SHORTEST_SHARE:
        return None
    return f"{there:.0f} seconds of the {seconds:.0f} that the job has"


def _named(head: bytes, found: str | None) -> str:
    if found == HTML:
        return "an HTML page"
    if found == LFS_POINTER:
        return "a Git LFS pointer"
    if found is not None:
        return f"a file of another type ({found})"
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if not head.strip(b"\0"):
        return "zeros"
    if start in (b"{", b"["):
        return "JSON"
    if start == b"<":
        return "XML"
    if b"\0" in head:
        return "bytes of no known type"
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(head) - 4:
            return "bytes of no known type"
    return "text"
