"""Two versions of a lock made one, so that nothing that either paid for is lost. Pure.

Used for a lockfile that git could not merge, and for one that others changed while a command
worked. Nothing is decided by it: every job is asked for at HeyGen, and its mark says
whose it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TypeVar

from msgspec.structs import replace

from heygen_localize.core.deletions import both_deleted
from heygen_localize.core.gates import release
from heygen_localize.core.lock import Lock, LockedJob, LockedSession, LockEntry, PulledFile
from heygen_localize.core.locked_check import LockedCheck
from heygen_localize.core.model import NO_OUTPUTS, JobStatus
from heygen_localize.core.objects import StoredObject
from heygen_localize.core.paid import PaidOrder
from heygen_localize.core.proofread import SessionStatus
from heygen_localize.core.spent import dearer

_Known = TypeVar("_Known")

_OURS = b"<<<<<<<"
_MARKER = re.compile(rb"^(<{7}|\|{7}|={7}|>{7})[^\n]*\n?", re.MULTILINE)

_FURTHER = (JobStatus.PENDING, JobStatus.RUNNING, JobStatus.FAILED, JobStatus.COMPLETED)
_SESSION_FURTHER = (SessionStatus.PROCESSING, SessionStatus.FAILED, SessionStatus.COMPLETED)


def conflicted(content: bytes) -> bool:
    """Return whether git's conflict markers stand in a file."""
    return content.startswith(_OURS) or b"\n" + _OURS in content


def sides(content: bytes) -> tuple[bytes, bytes]:
    """Take a file with conflict markers apart: as it was on our side, and on theirs."""
    ours, theirs = bytearray(), bytearray()
    into: tuple[bytearray, ...] = (ours, theirs)
    done = 0
    for marker in _MARKER.finditer(content):
        if marker[1] == b"=======" and len(into) == 2:
            continue  # A line of the file.
        for side in into:
            side += content[done : marker.start()]
        done = marker.end()
        into = {_OURS: (ours,), b"|||||||": (), b"=======": (theirs,)}.get(
            marker[1], (ours, theirs)
        )
    for side in into:
        side += content[done:]
    return bytes(ours), bytes(theirs)


def union(ours: Lock, theirs: Lock) -> Lock:
    """Return both sides of a conflict as one lock; where they differ, see `merge`."""
    return replace(merge(Lock(ours.project), ours, theirs), merged=True)


def merge(base: Lock, ours: Lock, theirs: Lock) -> Lock:
    """Return what two locks have become that both come from `base`.

    What one side alone changed is taken from it, what it removed too. Where both changed an
    entry, the job that is further along stands, ours where neither is, and the ids of the
    other's jobs are kept as superseded.
    """
    entries = _merged(base.entries, ours.entries, theirs.entries, _entry, _unsigned)
    return replace(
        ours,
        entries={
            name: _completed(entry, *(side.entries.get(name) for side in (base, ours, theirs)))
            for name, entry in entries.items()
        },
        assets=_merged(base.assets, ours.assets, theirs.assets, _first),
        sessions=_merged(base.sessions, ours.sessions, theirs.sessions, _session),
        approvals=_merged(base.approvals, ours.approvals, theirs.approvals, _first),
        paid=_merged(base.paid, ours.paid, theirs.paid, _longer),
        spent=_merged(base.spent, ours.spent, theirs.spent, dearer),
        deleted=both_deleted(_merged(base.deleted, ours.deleted, theirs.deleted, max), {}),
    )


def _merged(
    base: Mapping[str, _Known],
    ours: Mapping[str, _Known],
    theirs: Mapping[str, _Known],
    both: Callable[[_Known, _Known], _Known],
    alike: Callable[[_Known], object] = lambda known: known,
) -> dict[str, _Known]:
    """Merge one part of a lock, name by name; `alike` gives what counts as a change."""
    merged: dict[str, _Known] = {}
    for name in sorted(ours.keys() | theirs.keys()):
        known, mine, other = base.get(name), ours.get(name), theirs.get(name)
        if mine in (known, other):
            chosen = other
        elif other == known:
            chosen = mine
        elif mine is None or other is None:
            chosen = other if mine is None else mine  # changed here, removed there
        elif known is not None and alike(other) == alike(known):
            chosen = mine
        elif known is not None and alike(mine) == alike(known):
            chosen = other
        else:
            chosen = both(mine, other)
        if chosen is not None:
            merged[name] = chosen
    return merged


def _first(ours: str, _theirs: str) -> str:
    return ours


def _longer(ours: PaidOrder, theirs: PaidOrder) -> PaidOrder:
    return max(ours, theirs, key=lambda order: (order.seconds or 0.0, order.address, order.session))


def _unsigned(entry: LockEntry) -> LockEntry:
    """Return an entry without what changes though the job stays the same.

    HeyGen signs links anew at every answer, a spec is learned by whoever runs first, and neither
    a check nor a delivery is a reason to go back to the job whose files they are of, nor is what
    comes of the check.
    """
    if entry.job.held or entry.job.accepted:
        entry = release(entry)
    return replace(
        entry, job=_bare(entry.job), serving=entry.serving and _bare(entry.serving), objects={}
    )


def _bare(job: LockedJob) -> LockedJob:
    return replace(job, outputs=NO_OUTPUTS, spec=None, check=None, files={})


def _completed(
    entry: LockEntry, base: LockEntry | None, ours: LockEntry | None, theirs: LockEntry | None
) -> LockEntry:
    """Return an entry that both sides changed with what either learned of its files."""
    if ours is None or theirs is None or ours in (base, theirs) or theirs == base:
        return entry
    return _checked(_delivered(entry, base, ours, theirs), ours, theirs)


def _delivered(
    entry: LockEntry, base: LockEntry | None, ours: LockEntry, theirs: LockEntry
) -> LockEntry:
    """Return an entry with what either side pulled, or put into buckets."""

    def with_files(job: LockedJob) -> LockedJob:
        sides = [_files(side, job.translation_id) for side in (base, ours, theirs)]
        mine, other = sides[1:]
        if mine is None or other is None:
            return job  # one side alone knows of it, and what it says stands
        files = _merged(sides[0] or {}, mine, other, lambda first, _: first)
        return job if files == job.files else replace(job, files=files)

    objects = _merged(base.objects if base else {}, ours.objects, theirs.objects, _latter(entry))
    serving = entry.serving and with_files(entry.serving)
    return replace(entry, job=with_files(entry.job), serving=serving, objects=objects)


def _latter(entry: LockEntry) -> Callable[[StoredObject, StoredObject], StoredObject]:
    """Choose of two objects the one that is of the entry's job, ours if both are or neither."""
    hashes = {file.sha256 for file in entry.job.files.values()}
    return lambda mine, other: (
        other if other.sha256 in hashes and mine.sha256 not in hashes else mine
    )


def _files(entry: LockEntry | None, translation_id: str) -> Mapping[str, PulledFile] | None:
    """Return what an entry has of a job's files; None where it has nothing to do with the job."""
    jobs = (entry.job, entry.serving) if entry is not None else ()
    found = (job.files for job in jobs if job and job.translation_id == translation_id)
    return next(found, None)


def _checked(entry: LockEntry, ours: LockEntry, theirs: LockEntry) -> LockEntry:
    """Return an entry with what either side found its files to be.

    What one side uses since then is held no more.
    """
    for side in (ours, theirs):
        same = side.job.translation_id == entry.job.translation_id
        if same and side.job.usable and entry.job.held:
            entry = release(entry, side.job.accepted)
        if same and entry.job.accepted is None and side.job.accepted and not entry.job.held:
            entry = replace(entry, job=replace(entry.job, accepted=side.job.accepted))
    found: dict[str, list[LockedCheck]] = {}
    for known in (entry, ours, theirs):
        for job in (known.job, known.serving):
            if job is not None and job.check is not None:
                found.setdefault(job.translation_id, []).append(job.check)
    if not found:
        return entry

    def with_check(job: LockedJob) -> LockedJob:
        hashes = {file.sha256 for file in job.files.values()}
        checks = found.get(job.translation_id, ())
        best = max(checks, key=lambda one: (one.fits(hashes), one.measuring), default=None)
        return job if best == job.check else replace(job, check=best)

    serving = entry.serving and with_check(entry.serving)
    return replace(entry, job=with_check(entry.job), serving=serving)


def _entry(ours: LockEntry, theirs: LockEntry) -> LockEntry:
    """Merge an entry that both changed; no id of a job that was paid for is lost."""
    first, second = ours, theirs
    if _standing(theirs.job) > _standing(ours.job):
        first, second = theirs, ours
    job, other = first.job, second.job
    attempts = first.attempts
    if job.translation_id == other.translation_id:
        job = _job(job, other)
    if job.fingerprint == other.fingerprint:
        attempts = max(first.attempts, second.attempts)
    serving = None
    if not job.usable:
        served = (known for known in (first.serving, second.served) if known is not None)
        others = (known for known in served if known.translation_id != job.translation_id)
        serving = next(others, None)
    passed = {*ours.superseded, *theirs.superseded}
    for known in (ours.job, ours.serving, theirs.job, theirs.serving):
        if known is not None and known.status.live:
            passed.add(known.translation_id)
    objects = {**second.objects, **first.objects}
    entry = replace(first, job=job, attempts=attempts, serving=serving, objects=objects)
    return replace(
        entry,
        superseded=tuple(sorted(passed - entry.ids())),
        protected=ours.protected or theirs.protected,
    )


def _standing(job: LockedJob) -> tuple[bool, bool]:
    """Return by what one job goes before another: rendered, else on the way, else failed."""
    return job.status is JobStatus.COMPLETED, job.status.live


def _job(first: LockedJob, second: LockedJob) -> LockedJob:
    """Merge what two sides know of one job; a later state of it is true on both."""
    job, other = first, second
    if _FURTHER.index(second.status) > _FURTHER.index(first.status):
        job, other = second, first
    return replace(
        job,
        outputs=job.outputs if job.outputs.reachable else other.outputs,
        files={**other.files, **job.files},
        sent=job.sent or other.sent,
        held=job.held and other.held,
        accepted=job.accepted or other.accepted,
        spec=job.spec or other.spec,
    )


def _session(ours: LockedSession, theirs: LockedSession) -> LockedSession:
    """Merge a session that both changed; of two that differ the one that is further along.

    The other comes back by its order's key for as long as a session lives.
    """
    first, second = ours, theirs
    if _SESSION_FURTHER.index(theirs.status) > _SESSION_FURTHER.index(ours.status):
        first, second = theirs, ours
    if first.proofread_id != second.proofread_id:
        return first
    return replace(
        first,
        attempts=max(first.attempts, second.attempts),
        machine=first.machine or second.machine,
        cues=first.cues or second.cues,
        uploaded=first.uploaded or second.uploaded,
        earlier=first.earlier or second.earlier,
        approved=first.approved or second.approved,
        unusable=None if first.cues or second.cues else first.unusable or second.unusable,
    )
