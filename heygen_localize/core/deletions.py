"""The ids of what we deleted, remembered for as long as a key may bring one back. Pure.

An idempotency key answers for 24 hours with the job that it ordered first, also after that
was deleted (docs/vendor/behaviour.md, "Paying once").
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from msgspec.structs import replace

from heygen_localize.core.lock import Lock, without_address

_KEPT_FOR = 86_400
"""Seconds for which a key is answered with what it ordered first."""

_MOST = 2000
"""So many are kept at most, the newest: 100 KB of a lockfile."""


def with_deleted(lock: Lock, translation_id: str, now: int) -> Lock:
    """Return the lock that remembers a deletion; `now` is in seconds since 1970."""
    return replace(lock, deleted=both_deleted(lock.deleted, {translation_id: now}))


def without_session(lock: Lock, proofread_id: str, orphans: Collection[str]) -> Lock:
    """Forget a proofread session that was deleted at the vendor, where only orphans had it.

    What a target of the manifest remembers of it stays: its attempts, and what its next
    order's key follows.
    """
    for address, known in tuple(lock.sessions.items()):
        if known.proofread_id != proofread_id or address not in orphans:
            continue
        if address not in lock.entries:
            lock = without_address(lock, address)
            continue
        rest = {name: held for name, held in lock.sessions.items() if name != address}
        lock = replace(lock, sessions=rest)
    return lock


def without_old_deletions(lock: Lock, now: float) -> Lock:
    """Return the lock without the deletions that no key can tell of any more."""
    kept = {name: moment for name, moment in lock.deleted.items() if now - moment <= _KEPT_FOR}
    return replace(lock, deleted=kept)


def both_deleted(ours: Mapping[str, int], theirs: Mapping[str, int]) -> dict[str, int]:
    """Return the deletions of two locks: of one that both know the later moment, and not too many.

    In both orders the same.
    """
    moments = {
        name: max(ours.get(name, 0), theirs.get(name, 0)) for name in ours.keys() | theirs.keys()
    }
    newest = sorted(moments, key=lambda name: (-moments[name], name))[:_MOST]
    return {name: moments[name] for name in sorted(newest)}
