"""The beginning of a file that is being fetched, on the disk beside where it belongs."""

from __future__ import annotations

import hashlib
import os
import re
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

_LONGEST_NAME = 255
"""Bytes, on the usual file systems."""

_TAG = re.compile(r"\.([0-9a-f]{16})\.part")
_NO_TAG = "0" * 16
_TAG_LENGTH = len(f".{_NO_TAG}.part")
_PIECE = 1024 * 1024
_AGE = 2.0
"""Seconds by which a file is made older than it is: whoever changes it afterwards changes its
time too, however coarse the file system's clock."""

_FLAGS = os.O_RDWR | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)


def _tag(etag: str | None) -> str:
    """Give what stands for an ETag in a name. A weak one says nothing of single bytes."""
    if not etag or etag.startswith("W/"):
        return _NO_TAG
    return hashlib.sha256(etag.encode("utf-8", "replace")).hexdigest()[:16]


class Part:
    """What there is of one file; hashed as it grows.

    `size` is how much of it is sure, in bytes; `etag` is known once the host said it.
    """

    def __init__(self, destination: Path) -> None:
        self._destination = destination
        self._stem = destination.name
        if len(self._stem.encode()) + _TAG_LENGTH > _LONGEST_NAME:
            self._stem = hashlib.sha256(self._stem.encode()).hexdigest()
        self._hash = hashlib.sha256()
        self._file: BinaryIO | None = None
        self._tag = _NO_TAG
        self.etag: str | None = None
        self.size = 0
        self._reopen()

    def _reopen(self) -> None:
        """Go on with the longest beginning that an earlier run has left."""
        found = [(size, tag) for tag, size in self._left().items() if tag != _NO_TAG and size > 1]
        if not found:
            return
        length, self._tag = max(found)
        with suppress(OSError):
            self._file = os.fdopen(os.open(self._path(self._tag), _FLAGS), "r+b", buffering=0)
            # Its last byte is asked for again: there is always one to ask for then.
            while self.size < length - 1:
                piece = self._file.read(min(_PIECE, length - 1 - self.size))
                if not piece:
                    break
                self._hash.update(piece)
                self.size += len(piece)
            self._file.truncate(self.size)

    def _left(self) -> dict[str, int]:
        """Give the sizes of the parts of this file by their tags; links are not looked at."""
        found = {}
        with suppress(OSError), os.scandir(self._destination.parent) as entries:
            for entry in entries:
                tag = _TAG.fullmatch(entry.name.removeprefix(self._stem))
                ours = entry.name.startswith(self._stem) and tag is not None
                if tag and ours and entry.is_file(follow_symlinks=False):
                    found[tag[1]] = entry.stat(follow_symlinks=False).st_size
        return found

    def _path(self, tag: str) -> Path:
        return self._destination.with_name(f"{self._stem}.{tag}.part")

    @property
    def resumable(self) -> bool:
        """Whether there is a beginning, and a way to tell what it is the beginning of."""
        return self.size > 0 and self._tag != _NO_TAG

    def goes_on_with(self, etag: str | None) -> bool:
        """Tell whether an answer that is named so has the rest of this; remember the name."""
        if not self.resumable or _tag(etag) != self._tag:
            return False
        self.etag = etag
        return True

    def restart(self, etag: str | None) -> None:
        """Begin anew, with the ETag of what comes; nothing is written before `add`."""
        self.discard()
        self.etag = etag if _tag(etag) != _NO_TAG else None
        self._tag = _tag(etag)

    def add(self, piece: bytes) -> None:
        """Take the next bytes.

        Raises:
            OSError: the disk does not.
        """
        if self._file is None:
            path = self._path(self._tag)
            with suppress(FileNotFoundError):
                path.unlink()
            handle = os.open(path, _FLAGS | os.O_CREAT | os.O_EXCL, 0o666)
            self._file = os.fdopen(handle, "r+b", buffering=0)
        rest = memoryview(piece)
        while rest:
            rest = rest[self._file.write(rest) :]
        self._hash.update(piece)
        self.size += len(piece)

    def land(self, now: float) -> str:
        """Put the whole file into its place and remove what else was begun; give its SHA-256.

        `now` in seconds since 1970.

        Raises:
            OSError: it cannot be put there.
        """
        self.add(b"")
        self.close()
        os.utime(self._path(self._tag), (now - _AGE, now - _AGE))
        self._path(self._tag).replace(self._destination)
        for tag in self._left():
            with suppress(OSError):
                self._path(tag).unlink()
        return self._hash.hexdigest()

    def discard(self) -> None:
        """Remove what there is."""
        self.close()
        with suppress(OSError):
            self._path(self._tag).unlink()
        self._hash, self.size, self.etag = hashlib.sha256(), 0, None

    def close(self) -> None:
        """Leave what there is on the disk."""
        if self._file is not None:
            self._file.close()
            self._file = None
