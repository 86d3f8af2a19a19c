"""A checkout's files for those who may not touch the disk: looked at, and read within bounds."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from heygen_localize.system import UnsafePathError, read, status


class Checkout(Struct, frozen=True):
    """The files below a folder; what leads out of it is not there."""

    root: Path

    def size(self, path: Path) -> int | None:
        """Return a file's size in bytes; None where there is none that can be looked at."""
        try:
            found = status(path, self.root)
        except (OSError, UnsafePathError):
            return None
        return None if found is None else found.st_size

    def read(self, path: Path, most: int) -> bytes | None:
        """Return a file's content, of at most so many bytes; None where it cannot be read."""
        try:
            return read(path, most, self.root)
        except (OSError, UnsafePathError):
            return None
