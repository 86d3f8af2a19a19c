"""What files were measured to be, by the hash of their bytes, so that none is decoded twice.

It may be lost or damaged: that costs time alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import Struct

from heygen_localize.core.measurement import MEASURING, CaptionMeasurement, Measurement
from heygen_localize.project.process_lock import cache_path
from heygen_localize.system.files import make_state_folder, write_atomically
from heygen_localize.system.folder import names, read
from heygen_localize.system.paths import UnsafePathError

_MAX_BYTES = 1_000_000
_HASH = re.compile(r"[0-9a-f]{64}\Z")


_K = TypeVar("_K", "_Kept", "_KeptCaptions")


class _Kept(Struct, frozen=True, forbid_unknown_fields=True):
    measuring: int
    media: Measurement


class _KeptCaptions(Struct, frozen=True, forbid_unknown_fields=True):
    measuring: int
    captions: CaptionMeasurement


class MeasuredFiles:
    """The measurements that are kept for a manifest, a file each in `.localize/NAME/cache`.

    Captions are measured beside their sound, and kept by both hashes. `bytes_read` counts what
    was read of them, for those who have a bound. With `listed`, what is there is listed once, and
    nothing is tried that is not: for those who ask for thousands, and keep none.
    """

    def __init__(self, manifest: Path, *, listed: bool = False) -> None:
        self._folder = cache_path(manifest, "measured")
        self._there = _names(self._folder) if listed else None
        self.bytes_read = 0

    def load(self, sha256: str) -> Measurement | None:
        """Return what the file of these bytes was measured to be; None where nobody knows."""
        kept = self._load(_Kept, sha256)
        return None if kept is None else kept.media

    def load_captions(self, captions: str, media: str) -> CaptionMeasurement | None:
        """Return what captions were measured to be beside a file; None where nobody knows."""
        kept = self._load(_KeptCaptions, media, captions)
        return None if kept is None else kept.captions

    def save(self, sha256: str, media: Measurement) -> None:
        """Keep a measurement, where the disk takes it."""
        self._save(_Kept(MEASURING, media), sha256)

    def save_captions(self, captions: str, media: str, found: CaptionMeasurement) -> None:
        """Keep what captions were measured to be, where the disk takes it."""
        self._save(_KeptCaptions(MEASURING, found), media, captions)

    def _load(self, kind: type[_K], *hashes: str) -> _K | None:
        if not all(map(_HASH.match, hashes)):
            return None
        if self._there is not None and self._path(hashes).name not in self._there:
            return None
        try:
            content = read(self._path(hashes), _MAX_BYTES)
            self.bytes_read += len(content)
            kept = msgspec.json.decode(content, type=kind)
        except (OSError, ValueError, UnsafePathError):
            return None
        return kept if kept.measuring == MEASURING else None

    def _save(self, kept: _Kept | _KeptCaptions, *hashes: str) -> None:
        if all(map(_HASH.match, hashes)):
            with suppress(OSError):
                make_state_folder(self._folder)
                write_atomically(self._path(hashes), msgspec.json.encode(kept))

    def _path(self, hashes: Sequence[str]) -> Path:
        return self._folder / f"{'-'.join(hashes)}.json"


def _names(folder: Path) -> frozenset[str]:
    try:
        return frozenset(names(folder))
    except (OSError, UnsafePathError):
        return frozenset()
