"""A lock without numbers that nothing true can have. Pure."""

from __future__ import annotations

import math

from msgspec.structs import replace

from heygen_localize.core.kinds import LATEST, LONGEST, MOST_ATTEMPTS
from heygen_localize.core.lock import Lock, LockedJob, LockEntry
from heygen_localize.core.paid import PaidOrder


def with_sane_numbers(lock: Lock) -> Lock:
    """Return the lock without the numbers that nothing true can have, which nothing can show."""
    entries = {address: _sane(entry) for address, entry in lock.entries.items()}
    sessions = {
        address: session
        if _is_moment(session.created_at) and session.attempts <= MOST_ATTEMPTS
        else replace(session, created_at=None, attempts=min(session.attempts, MOST_ATTEMPTS))
        for address, session in lock.sessions.items()
    }
    deleted = {name: moment for name, moment in lock.deleted.items() if _is_moment(moment)}
    paid = {name: _sane_order(order) for name, order in lock.paid.items()}
    return replace(lock, entries=entries, sessions=sessions, deleted=deleted, paid=paid)


def _sane(entry: LockEntry) -> LockEntry:
    job = _sane_job(entry.job)
    serving = entry.serving and _sane_job(entry.serving)
    if job is entry.job and serving is entry.serving and entry.attempts <= MOST_ATTEMPTS:
        return entry
    attempts = min(entry.attempts, MOST_ATTEMPTS)
    return replace(entry, job=job, serving=serving, attempts=attempts)


def _sane_job(job: LockedJob) -> LockedJob:
    if not _is_moment(job.created_at):
        job = replace(job, created_at=None)
    if not _is_moment(job.outputs.expires_at):
        job = replace(job, outputs=replace(job.outputs, expires_at=None))
    if not _is_length(job.duration):
        job = replace(job, duration=None)
    return job


def _sane_order(order: PaidOrder) -> PaidOrder:
    return order if _is_length(order.seconds) else replace(order, seconds=None)


def _is_length(value: float | None) -> bool:
    return value is None or (math.isfinite(value) and value <= LONGEST)


def _is_moment(value: int | None) -> bool:
    return value is None or 0 <= value <= LATEST
