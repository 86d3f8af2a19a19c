"""What a lock says of a target itself, whichever job it counts on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit, urlunsplit

from msgspec.structs import replace

from heygen_localize.core.lock import Lock, LockedSource
from heygen_localize.core.model import MediaKind, Target


def sent_along(target: Target) -> str:
    """Return what stands for the options that reach a job only as it is ordered."""
    told = tuple(target.setting(name) for name in ("folder_id", "callback_url", "callback_id"))
    return hashlib.sha256(repr(told).encode()).hexdigest()[:16]


def sync_protection(targets: Iterable[Target], lock: Lock) -> Lock:
    """Let the entries of the manifest's targets be protected as it says; others stay so."""
    entries = dict(lock.entries)
    for target in targets:
        entry = entries.get(target.address)
        if entry is not None and entry.protected is not target.protect:
            entries[target.address] = replace(entry, protected=target.protect)
    return replace(lock, entries=entries)


def source_of(target: Target, assets: Mapping[str, str]) -> LockedSource:
    """Say what a target is made from, fit for git.

    A URL that an `identity` stands for may be signed and may move: its query is
    left out. `assets` are the uploads by their SHA-256.
    """
    media = target.source
    if media.kind is MediaKind.ASSET:
        return LockedSource(asset_id=media.reference)
    if media.kind is MediaKind.FILE:
        return LockedSource(asset_id=assets.get(media.sha256 or ""), sha256=media.sha256)
    if media.kind is MediaKind.OBJECT:
        return LockedSource(url=media.reference, etag=media.etag)
    if target.setting("identity"):
        bare = urlsplit(media.reference)._replace(query="", fragment="")
        return LockedSource(url=urlunsplit(bare))
    return LockedSource(url=media.reference)
