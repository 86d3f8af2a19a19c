"""What was read of files behind URLs, so that a plan need not read them again.

Kept by URL and what its server said of the file, outside of git. Losing it costs
requests alone.
"""

from __future__ import annotations

import hashlib
import json
import math
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from heygen_localize.core.decoding import parse_json
from heygen_localize.media import MediaType
from heygen_localize.system import read
from heygen_localize.system.clock import Clock
from heygen_localize.system.files import make_state_folder, write_atomically

_VERSION = 1
_LARGEST = 16 * 1024 * 1024
"""Bytes: some 50,000 URLs."""

_MOST_VALUES = 500_000

_KEPT_SECONDS = 90 * 86_400.0
_DAY = 86_400.0


@dataclass(frozen=True)
class Validators:
    """What a server says of a file, that tells it from another. `size` in bytes."""

    etag: str | None = None
    last_modified: str | None = None
    size: int | None = None

    def agree(self, other: Validators) -> bool:
        """Tell whether both are of the same file; a size that one does not tell is no matter."""
        named = (self.etag, self.last_modified)
        sizes = {self.size, other.size} - {None}
        return any(named) and named == (other.etag, other.last_modified) and len(sizes) <= 1


@dataclass(frozen=True)
class Known:
    """What a file is, and its length in seconds, where it could be read."""

    validators: Validators
    media_type: MediaType
    seconds: float | None


@dataclass(frozen=True)
class _Entry:
    known: Known
    seen: float
    """When it was last of use, in seconds since 1970."""


class SourceCache:
    """Remembers files by their URL, of which it keeps a hash alone: a query may be a secret.

    `path` is `.localize/NAME/cache/sources.json` beside the manifest; None keeps
    nothing on disk.
    """

    def __init__(self, path: Path | None, clock: Clock) -> None:
        self._path = path
        self._clock = clock
        self._entries: dict[str, _Entry] = {} if path is None else _load(path)
        self._changed = False

    def known(self, url: str, validators: Validators) -> Known | None:
        """Give what is known of the file that a server describes so. Any thread may ask."""
        entry = self._entries.get(_key(url))
        return entry.known if entry and entry.known.validators.agree(validators) else None

    def learn(self, url: str, known: Known) -> None:
        """Remember a file; for the thread alone that saves."""
        key, now = _key(url), self._clock.now()
        before = self._entries.get(key)
        if before is None or before.known != known or abs(now - before.seen) > _DAY:
            self._entries[key] = _Entry(known, now)
            self._changed = True

    def save(self) -> None:
        """Keep what was learned for the next run, where the disk takes it.

        What nobody asked for in 90 days is forgotten.
        """
        if self._path is None or not self._changed:
            return
        oldest = self._clock.now() - _KEPT_SECONDS
        kept = {key: entry for key, entry in self._entries.items() if entry.seen >= oldest}
        with suppress(OSError):  # A folder that is read-only, a full disk: the next run asks.
            make_state_folder(self._path.parent)
            write_atomically(self._path, _written(kept))
            self._changed = False


def _key(url: str) -> str:
    return hashlib.sha256(url.encode("utf-8", "surrogatepass")).hexdigest()


def _load(path: Path) -> dict[str, _Entry]:
    """Read the cache, leaving out what does not look right. Never fails."""
    try:
        document = parse_json(read(path, _LARGEST), _MOST_VALUES)
    except (OSError, ValueError):
        return {}
    if not isinstance(document, dict) or document.get("version") != _VERSION:
        return {}
    entries = document.get("sources")
    if not isinstance(entries, dict):
        return {}
    found = {key: _entry(entry) for key, entry in entries.items()}
    return {key: entry for key, entry in found.items() if entry is not None}


def _entry(entry: Any) -> _Entry | None:
    if not isinstance(entry, dict):
        return None
    etag, last_modified, size = (entry.get(name) for name in ("etag", "last_modified", "size"))
    if not all(text is None or isinstance(text, str) for text in (etag, last_modified)):
        return None
    if not (size is None or (type(size) is int and size > 0)):
        return None
    seconds, seen = entry.get("seconds"), entry.get("seen")
    if not (isinstance(seen, float) and math.isfinite(seen)):
        return None
    if not (seconds is None or (isinstance(seconds, float) and 0 < seconds < math.inf)):
        return None
    try:
        media_type = MediaType(entry.get("media_type"))
    except ValueError:
        return None
    return _Entry(Known(Validators(etag, last_modified, size), media_type, seconds), seen)


def _written(entries: dict[str, _Entry]) -> str:
    sources = {
        key: {
            **asdict(entry.known.validators),
            "media_type": entry.known.media_type.value,
            "seconds": entry.known.seconds,
            "seen": float(entry.seen),
        }
        for key, entry in sorted(entries.items())
    }
    return json.dumps({"version": _VERSION, "sources": sources}, indent=0) + "\n"
