"""What is rendered and not used yet: with `publish_after: check` its check goes first. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from heygen_localize.core.lock import Lock, LockEntry, follow
from heygen_localize.core.model import Target


def gated(target: Target) -> bool:
    """Return whether what is rendered for a target is used only once its check has passed."""
    return target.setting("publish_after") == "check"


def release(entry: LockEntry, accepted: str | None = None) -> LockEntry:
    """Return an entry whose job is held no more; `accepted` is the file that a person took."""
    job = replace(entry.job, held=False, accepted=accepted)
    return follow(entry, entry.language, job, entry.attempts)


def sync_gates(targets: Iterable[Target], lock: Lock) -> Lock:
    """Hold what the manifest wants checked first, and nothing else; what is used stays so."""
    entries = dict(lock.entries)
    for target in targets:
        entry = entries.get(target.address)
        if entry is None:
            continue
        if entry.job.held and not gated(target):
            entries[target.address] = release(entry)
        elif gated(target) and not entry.job.held and entry.job.status.in_progress:
            entries[target.address] = replace(entry, job=replace(entry.job, held=True))
    return lock if entries == lock.entries else replace(lock, entries=entries)
