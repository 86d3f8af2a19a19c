"""What was read of files behind URLs, so that a plan need not read them again.

Kept by URL and what its server said of the file, outside of git. Losing it costs
requests alone.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict

from heygen_localize.core.decoding import integer, number, one_of, optional, record, text
from heygen_localize.media import MediaType
from heygen_localize.system.clock import Clock
from heygen_localize.system.json_cache import JsonCache

_KEPT_SECONDS = 90 * 86_400.0
_DAY = 86_400.0


class Validators(Struct, frozen=True):
    """What a server says of a file, that tells it from another. `size` in bytes."""

    etag: str | None = None
    last_modified: str | None = None
    size: int | None = None

    def agree(self, other: Validators) -> bool:
        """Return whether both are of the same file; a size that one does not tell is no matter."""
        named = (self.etag, self.last_modified)
        sizes = {self.size, other.size} - {None}
        return any(named) and named == (other.etag, other.last_modified) and len(sizes) <= 1


class Known(Struct, frozen=True):
    """What a file is, and its length in seconds, where it could be read."""

    validators: Validators
    media_type: MediaType
    seconds: float | None


class _Entry(Struct, frozen=True):
    known: Known
    seen: float
    """When it was last of use, in seconds since 1970."""


class SourceCache:
    """Remembers files by their URL, of which it keeps a hash alone: a query may be a secret.

    `path` is `.localize/NAME/cache/sources.json` beside the manifest; None keeps
    nothing on disk.
    """

    def __init__(self, path: Path | None, clock: Clock) -> None:
        self._file = JsonCache(path, "sources", _ENTRY, _encoded)
        self._clock = clock
        self._entries = self._file.load()
        self._changed = False

    def known(self, url: str, validators: Validators) -> Known | None:
        """Return what is known of the file that a server describes so. Any thread may ask."""
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
        """Keep what was learned for the next run, but for what nobody asked for in 90 days."""
        if not self._changed:
            return
        oldest = self._clock.now() - _KEPT_SECONDS
        kept = {key: entry for key, entry in self._entries.items() if entry.seen >= oldest}
        self._changed = not self._file.save(kept)


def _key(url: str) -> str:
    return hashlib.sha256(url.encode("utf-8", "surrogatepass")).hexdigest()


def _decoded(found: dict[str, Any]) -> _Entry:
    validators = Validators(*map(found.get, ("etag", "last_modified", "size")))
    known = Known(validators, found["media_type"], found.get("seconds"))
    return _Entry(known, found["seen"])


_ENTRY = record(
    {
        **dict.fromkeys(("etag", "last_modified"), optional(text)),
        "size": optional(integer(1)),
        "media_type": one_of({kind.value: kind for kind in MediaType}),
        "seconds": optional(number),
        "seen": number,
    },
    ("media_type", "seen"),
    _decoded,
)


def _encoded(entry: _Entry) -> dict[str, Any]:
    return {
        **asdict(entry.known.validators),
        "media_type": entry.known.media_type.value,
        "seconds": entry.known.seconds,
        "seen": float(entry.seen),
    }
