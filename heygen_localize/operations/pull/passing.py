"""What is kept of a file that passes through memory, so that it can be judged without a disk.

The judge of whole files (`nature`) reads their beginning, the heads of an MP4's boxes, and its
index. So much is kept, by the same walk over the boxes; between these all bytes are zeros to it.
"""

from __future__ import annotations

import io
from bisect import bisect_right

_HEAD = 1024 * 1024
"""Bytes: all of most subtitles."""

_BOX_HEAD = 16
_PASSED = (b"mdat", b"free", b"skip", b"wide")
"""Boxes whose content tells nothing about the file."""

_MOST_KEPT = 16 * 1024 * 1024
"""Bytes of boxes; of an index beyond, the rest reads as zeros."""


class Passing(io.RawIOBase):
    """Takes a file's bytes in turn, and can be read afterwards where a judge looks.

    `head` bytes from the start are kept of any file.
    """

    def __init__(self, head: int = _HEAD) -> None:
        super().__init__()
        self._most_of_head = head
        self.size = 0
        self._place = 0
        self._head = bytearray()
        self._starts: list[int] = []
        self._kept: list[bytearray] = []
        self._room = _MOST_KEPT
        self._box = 0
        """Where the box begins whose head comes next, or is coming."""
        self._until = 0
        """Where the box ends whose content is being kept."""

    def take(self, piece: bytes) -> None:
        """Take the next bytes."""
        if len(self._head) < self._most_of_head:
            self._head += piece[: self._most_of_head - len(self._head)]
        start = self.size
        self.size += len(piece)
        while start < self.size:
            rest = memoryview(piece)[len(piece) - (self.size - start) :]
            if start < self._until:  # inside of a box that is kept
                used = min(self._until - start, len(rest))
                self._keep(rest[:used])
            elif start < self._box:  # inside of one that is passed over
                used = min(self._box - start, len(rest))
            else:
                used = self._read_head(rest, start)
            start += used

    def _keep(self, rest: memoryview) -> None:
        fits = min(self._room, len(rest))
        self._kept[-1] += rest[:fits]
        self._room -= fits

    def _read_head(self, rest: memoryview, start: int) -> int:
        """Take what comes of a box's head; once it is whole, know where the box ends."""
        if start == self._box:
            self._starts.append(start)
            self._kept.append(bytearray())
        head = self._kept[-1]
        used = min(_BOX_HEAD - len(head), len(rest))
        head += rest[:used]
        self._room -= used
        if len(head) == _BOX_HEAD:
            self._follow(bytes(head), self._starts[-1])
        return used

    def _follow(self, head: bytes, start: int) -> None:
        length, name = int.from_bytes(head[:4], "big"), head[4:8]
        if length == 1:
            length = int.from_bytes(head[8:16], "big")
        if length < 8 or self._room <= 0:  # the last one, or no boxes at all
            length = 1 << 62
        end = start + length
        if length < _BOX_HEAD:
            # Half of what was read is the next one's head: it is short, and told again.
            self._kept[-1], again = self._kept[-1][:length], head[length:]
            self._starts.append(end)
            self._kept.append(bytearray(again))
            self._box = end
            return
        self._box = end
        self._until = end if name not in _PASSED and length < 1 << 61 else 0

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def seekable(self) -> bool:
        """Say that it can be read here and there."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place, as in a file."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self.size}[whence]
        self._place = max(0, base + offset)
        return self._place

    def tell(self) -> int:
        """Return the place."""
        return self._place

    def read(self, size: int = -1) -> bytes:
        """Read from the place on; what was not kept reads as zeros."""
        end = self.size if size < 0 else min(self.size, self._place + size)
        start = min(self._place, end)
        found = bytearray(end - start)
        index = max(0, bisect_right(self._starts, start) - 1)
        while index < len(self._starts) and self._starts[index] < end:
            self._lay(found, start, self._starts[index], self._kept[index])
            index += 1
        self._lay(found, start, 0, self._head)
        self._place = end
        return bytes(found)

    @staticmethod
    def _lay(found: bytearray, start: int, begin: int, kept: bytearray) -> None:
        first, last = max(start, begin), min(start + len(found), begin + len(kept))
        if first < last:
            found[first - start : last - start] = kept[first - begin : last - begin]
