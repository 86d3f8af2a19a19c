"""A lockfile that git could not merge: both sides read as hints, for the vendor to settle. Pure."""

from __future__ import annotations

from dataclasses import replace

from heygen_localize.deletions import both_deleted
from heygen_localize.lock import Lock, LockEntry
from heygen_localize.model import JobStatus

_OURS, _BASE, _THEIRS, _END = "<<<<<<<", "|||||||", "=======", ">>>>>>>"


def conflicted(text: str) -> bool:
    """Tell whether git's conflict markers stand in a text."""
    return any(line.startswith(_OURS) for line in text.splitlines())


def sides(text: str) -> tuple[str, str]:
    """Take a text with conflict markers apart: as it was on our side, and on theirs."""
    ours: list[str] = []
    theirs: list[str] = []
    into: tuple[list[str], ...] = (ours, theirs)
    for line in text.splitlines(keepends=True):
        if line.startswith(_OURS):
            into = (ours,)
        elif line.startswith(_BASE):
            into = ()
        elif line.startswith(_THEIRS) and len(into) < 2:
            into = (theirs,)
        elif line.startswith(_END):
            into = (ours, theirs)
        else:
            for side in into:
                side.append(line)
    return "".join(ours), "".join(theirs)


def union(ours: Lock, theirs: Lock) -> Lock:
    """Bring two sides together; where they differ, the job that is further along goes first.

    Nothing is decided by it: every job is asked for at the vendor, and its mark
    says whose it is.
    """
    entries = {**theirs.entries, **ours.entries}
    for address in ours.entries.keys() & theirs.entries.keys():
        entries[address] = further(ours.entries[address], theirs.entries[address])
    assets = {**theirs.assets, **ours.assets}
    return Lock(
        ours.project,
        dict(sorted(entries.items())),
        assets,
        {**theirs.sessions, **ours.sessions},
        {**theirs.approvals, **ours.approvals},
        both_deleted(ours.deleted, theirs.deleted),
        merged=True,
    )


def further(ours: LockEntry, theirs: LockEntry) -> LockEntry:
    """Give the entry whose job is further along; ours where none is."""
    done = theirs.job.status is JobStatus.COMPLETED
    chosen = theirs if done and ours.job.status is not JobStatus.COMPLETED else ours
    return replace(chosen, protected=ours.protected or theirs.protected)
