"""The ids of what we deleted, remembered for as long as a key may bring one back. Pure.

An idempotency key answers for 24 hours with the job that it ordered first, also after that
was deleted (docs/vendor/behaviour.md, "Paying once").
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TypeVar

from msgspec.structs import replace

from heygen_localize.core.lock import Lock
from heygen_localize.core.model import JobStatus
from heygen_localize.core.paid import PaidOrder
from heygen_localize.core.waits import KEY_LIFETIME_SECONDS

_Known = TypeVar("_Known")
_MOST = 2000
"""So many are kept at most, the newest: 100 KB of a lockfile."""


def with_deleted(lock: Lock, translation_id: str, now: int) -> Lock:
    """Return the lock that remembers a deletion; `now` is in seconds since 1970."""
    return replace(lock, deleted=both_deleted(lock.deleted, {translation_id: now}))


def without_address(lock: Lock, address: str) -> Lock:
    """Forget all that is remembered of an address."""

    def rest(known: Mapping[str, _Known]) -> dict[str, _Known]:
        return {name: value for name, value in known.items() if name != address}

    return replace(
        lock,
        entries=rest(lock.entries),
        sessions=rest(lock.sessions),
        approvals=rest(lock.approvals),
    )


def without_job(lock: Lock, translation_id: str, orphans: Collection[str]) -> Lock:
    """Forget a job that was deleted at HeyGen.

    An orphan that counted on it falls back to its earlier job, and goes where it has none.
    """
    for address, entry in tuple(lock.entries.items()):
        superseded = tuple(name for name in entry.superseded if name != translation_id)
        serving, job = entry.serving, entry.job
        if address in orphans:
            if serving is not None and serving.translation_id == translation_id:
                serving = None
            if job.translation_id == translation_id and serving is None:
                lock = without_address(lock, address)
                continue
            if job.translation_id == translation_id and serving is not None:
                job, serving = serving, None
        changed = replace(entry, job=job, serving=serving, superseded=superseded)
        lock = replace(lock, entries={**lock.entries, address: changed})
    return lock


def with_paid(lock: Lock, name: str, order: PaidOrder) -> Lock:
    """Return the lock that remembers what was paid for, under the id that is deleted."""
    return replace(lock, paid={**lock.paid, name: order})


def paid_job(lock: Lock, translation_id: str) -> PaidOrder | None:
    """Return what the lock knows of a job that was paid for; None of one that was not.

    Failed jobs are not charged (docs/vendor/behaviour.md, "Paying once").
    """
    for address, entry in sorted(lock.entries.items()):
        for job in (entry.job, entry.serving):
            if job is not None and job.translation_id == translation_id:
                paid = job.status is JobStatus.COMPLETED
                return PaidOrder(address, job.duration) if paid else None
        if translation_id in entry.superseded:
            return PaidOrder(address)
    return None


def without_session(lock: Lock, proofread_id: str, orphans: Collection[str]) -> Lock:
    """Forget a proofread session that was deleted at HeyGen, where only orphans had it.

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
    kept = {
        name: moment
        for name, moment in lock.deleted.items()
        if now - moment <= KEY_LIFETIME_SECONDS
    }
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
