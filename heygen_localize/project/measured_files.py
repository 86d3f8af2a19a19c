"""What files were measured to be, by the hash of their bytes, so that none is decoded twice.

It may be lost or damaged: that costs time alone.
"""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

import msgspec
from msgspec import Struct

from heygen_localize.core.measurement import MEASURING, Measurement
from heygen_localize.project.process_lock import cache_path
from heygen_localize.system.files import make_state_folder, write_atomically
from heygen_localize.system.folder import read

_MAX_BYTES = 1_000_000
_HASH = re.compile(r"[0-9a-f]{64}\Z")


class _Kept(Struct, frozen=True, forbid_unknown_fields=True):
    measuring: int
    media: Measurement


class MeasuredFiles:
    """The measurements that are kept for a manifest, a file each in `.localize/NAME/cache`."""

    def __init__(self, manifest: Path) -> None:
        self._folder = cache_path(manifest, "measured")

    def load(self, sha256: str) -> Measurement | None:
        """Return what the file of these bytes was measured to be; None where nobody knows."""
        if not _HASH.match(sha256):
            return None
        try:
            kept = msgspec.json.decode(read(self._path(sha256), _MAX_BYTES), type=_Kept)
        except (OSError, ValueError):
            return None
        return kept.media if kept.measuring == MEASURING else None

    def save(self, sha256: str, media: Measurement) -> None:
        """Keep a measurement, where the disk takes it."""
        if _HASH.match(sha256):
            with suppress(OSError):
                make_state_folder(self._folder)
                write_atomically(self._path(sha256), msgspec.json.encode(_Kept(MEASURING, media)))

    def _path(self, sha256: str) -> Path:
        return self._folder / f"{sha256}.json"
