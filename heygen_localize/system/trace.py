"""What a run read of the checkout, so that a later one can tell whether any of it changed.

Every file of a checkout is opened by `system.folder`, which tells the trace of each: so nothing
that a run's outcome hangs on is left out.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from msgspec import Struct, field

_Found = TypeVar("_Found")
Stat = tuple[int, int, int]
"""Size in bytes, time of the last change in nanoseconds, and number on its disk."""


class Trace(Struct):
    """What was read, by absolute paths: contents and listings as SHA-256, else the `Stat`.

    None stands for what is not there. `unsteady` are places that changed meanwhile, or of which
    not all was read.
    """

    contents: dict[str, str] = field(default_factory=dict)
    listings: dict[str, str] = field(default_factory=dict)
    stats: dict[str, Stat | None] = field(default_factory=dict)
    unsteady: set[str] = field(default_factory=set)

    def note_content(self, path: Path, content: bytes) -> None:
        """Note a file that was read whole."""
        self._note(self.contents, path, hashlib.sha256(content).hexdigest())

    def note_stat(self, path: Path, status: os.stat_result | None) -> None:
        """Note what stands in a place, or that nothing does."""
        found = status and (status.st_size, status.st_mtime_ns, status.st_ino)
        self._note(self.stats, path, found)

    def note_listing(self, folder: Path, entries: list[os.DirEntry[str]] | None) -> None:
        """Note what a folder holds; None where that was not read to its end."""
        if entries is None:
            self.unsteady.add(str(folder))
            return
        told = sorted(
            (entry.name, entry.is_dir(follow_symlinks=False), entry.is_symlink())
            for entry in entries
        )
        self._note(self.listings, folder, hashlib.sha256(repr(told).encode()).hexdigest())

    def _note(self, noted: dict[str, _Found], path: Path, found: _Found) -> None:
        """Note what was found first; what is found otherwise later is unsteady."""
        if noted.setdefault(str(path), found) != found:
            self.unsteady.add(str(path))


_trace: Trace | None = None


@contextmanager
def traced() -> Iterator[Trace]:
    """Note what is read meanwhile, by any thread."""
    global _trace
    before, _trace = _trace, Trace()
    try:
        yield _trace
    finally:
        _trace = before


def current() -> Trace | None:
    """Return the trace that is being made, if one is."""
    return _trace
