"""The boxes that an mp4 file consists of, as far as moving one takes."""

from __future__ import annotations

import struct
from collections.abc import Iterator

_HEADER = struct.Struct(">I4s")
# The boxes on the way from the index of a film to its tables of offsets.
_PARENTS = (b"moov", b"trak", b"mdia", b"minf", b"stbl")


def _boxes(data: bytes | bytearray, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    while start < end:
        length, name = _HEADER.unpack_from(data, start)
        yield name, start, start + length
        start += length


def _shift(film: bytearray, start: int, end: int, by: int) -> None:
    for name, box_start, box_end in _boxes(film, start, end):
        if name in _PARENTS:
            _shift(film, box_start + _HEADER.size, box_end, by)
        elif name == b"stco":
            # Four bytes of version and flags, the number of offsets, the offsets.
            (count,) = struct.unpack_from(">I", film, box_start + 12)
            table = struct.Struct(f">{count}I")
            offsets = table.unpack_from(film, box_start + 16)
            table.pack_into(film, box_start + 16, *(offset + by for offset in offsets))


def with_index_at_end(film: bytes) -> bytes:
    """Return an mp4 file whose index comes after the data instead of before it."""
    boxes = {name: (start, end) for name, start, end in _boxes(film, 0, len(film))}
    start, end = boxes[b"moov"]
    index = bytearray(film[start:end])
    _shift(index, 0, len(index), start - end)
    return film[:start] + film[end:] + bytes(index)
