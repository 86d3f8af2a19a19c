"""Numbers of a lockfile that nothing true can have: edited by hand, or made up. Pure."""

from __future__ import annotations

import math
from dataclasses import replace

from heygen_localize.core.lock import Lock, LockedJob, LockEntry

_LATEST = 253_402_300_799
"""Seconds since 1970: the end of the year 9999, beyond which no calendar here goes."""

_LONGEST = 1e9
"""Seconds; no video lasts for thirty years."""

_MOST_ATTEMPTS = 1_000_000


def with_sane_numbers(lock: Lock) -> Lock:
    """Return the lock without the numbers that nothing true can have, which nothing can show."""
    entries = {address: _sane(entry) for address, entry in lock.entries.items()}
    sessions = {
        address: session
        if _is_moment(session.created_at) and session.attempts <= _MOST_ATTEMPTS
        else replace(session, created_at=None, attempts=min(session.attempts, _MOST_ATTEMPTS))
        for address, session in lock.sessions.items()
    }
    deleted = {name: moment for name, moment in lock.deleted.items() if _is_moment(moment)}
    return replace(lock, entries=entries, sessions=sessions, deleted=deleted)


def _sane(entry: LockEntry) -> LockEntry:
    job = _sane_job(entry.job)
    serving = entry.serving and _sane_job(entry.serving)
    if job is entry.job and serving is entry.serving and entry.attempts <= _MOST_ATTEMPTS:
        return entry
    attempts = min(entry.attempts, _MOST_ATTEMPTS)
    return replace(entry, job=job, serving=serving, attempts=attempts)


def _sane_job(job: LockedJob) -> LockedJob:
    if not _is_moment(job.created_at):
        job = replace(job, created_at=None)
    if not _is_moment(job.outputs.expires_at):
        job = replace(job, outputs=replace(job.outputs, expires_at=None))
    duration = job.duration
    if duration is not None and not (math.isfinite(duration) and duration <= _LONGEST):
        job = replace(job, duration=None)
    return job


def _is_moment(value: int | None) -> bool:
    """Return whether it can be seconds since 1970, or is not told."""
    return value is None or 0 <= value <= _LATEST
