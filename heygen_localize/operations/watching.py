"""Following a run from the account, wherever it goes on: nothing is ordered, nothing written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from msgspec import Struct

from heygen_localize.core.errors import VendorError
from heygen_localize.core.lock import Lock
from heygen_localize.core.model import Job
from heygen_localize.core.unlisted import unlisted
from heygen_localize.operations.apply.pace import Pace
from heygen_localize.operations.events import Pulse, Tally
from heygen_localize.planning.plan import Plan
from heygen_localize.planning.reconcile import Policy, reconcile
from heygen_localize.planning.status import StatusRow, TargetStatus, target_statuses
from heygen_localize.project.account import Account, list_jobs
from heygen_localize.project.project import Project
from heygen_localize.project.working_lock import WorkingLock
from heygen_localize.system.clock import Clock

_IN_PROGRESS = (TargetStatus.PENDING, TargetStatus.RUNNING)

_QUIET_LOOKS = 2
"""Looks in a row at which nothing renders, after which the run is over: one may fall between
the end of a job and the next order."""

_MOST_FLAWS = 5
"""Lists in a row that may break off."""


class Look(Struct, frozen=True):
    """How targets stand at one moment, and how since the look before: `changed` with the old."""

    rows: tuple[StatusRow, ...]
    pulse: Pulse
    changed: tuple[tuple[StatusRow, TargetStatus], ...] = ()


def watch_status(
    manifest: Path,
    account: Account,
    clock: Clock,
    tell: Callable[[Look], None],
    *,
    targets: Sequence[str] = (),
    interval: float = 30.0,
) -> tuple[StatusRow, ...]:
    """Look at the account until nothing renders any more; return how the targets stand then.

    `tell` gets each look; `interval` in seconds. Manifest and lockfile are read anew each time.

    Raises:
        UsageError: a pattern that fits no address.
        ManifestError, LockfileError: see `Project.open`.
        ApiFailure: HeyGen could not be asked, or its list breaks off again and again.
    """
    pace, before = Pace(), dict[str, TargetStatus]()
    quiet = flaws = 0
    while True:
        project, now = Project.open(manifest, account), clock.now()
        lock, flaw = _as_in_account(project, account, now)
        if flaw is not None:
            flaws += 1
            if flaws >= _MOST_FLAWS:
                raise VendorError.of([unlisted(flaw, "run the same command again")])
            clock.sleep(interval)
            continue
        flaws, selected = 0, project.select(targets)
        found = target_statuses(project.manifest.targets, lock, now)
        rows = tuple(row for row in found if selected is None or row.address in selected)
        tell(_look(rows, lock, before, pace, now))
        before = {row.address: row.standing for row in rows}
        quiet = 0 if any(row.standing in _IN_PROGRESS for row in rows) else quiet + 1
        if quiet >= _QUIET_LOOKS:
            return rows
        clock.sleep(interval)


def _as_in_account(project: Project, account: Account, now: float) -> tuple[Lock, str | None]:
    """Return the lock as it would be if the account's jobs were entered; else the list's flaw."""
    manifest, lock, answers = project.manifest, project.lock, project.journal.read()
    listing = list_jobs(
        account.client, project.kinds(answers), lock, answers, now, project.pinned_ids
    )
    if not listing.complete:
        return lock, listing.flaw
    policy = Policy(max_attempts=manifest.limits.max_attempts, formerly=manifest.formerly)
    return _entered(reconcile(manifest.targets, lock, listing, now, policy), lock), None


def _entered(plan: Plan, lock: Lock) -> Lock:
    working = WorkingLock(lock)
    for action in plan.of_targets:
        if action.facts.moved_from is not None:
            working.move(action.facts.moved_from, action.address)
        if action.job is not None and not action.target.skip:
            working.adopt(action.target, action.job, 1)
    return working.lock


def _look(
    rows: tuple[StatusRow, ...],
    lock: Lock,
    before: dict[str, TargetStatus],
    pace: Pace,
    now: float,
) -> Look:
    changed = tuple(
        (row, before[row.address])
        for row in rows
        if row.address in before and before[row.address] is not row.standing
    )
    rendering = completed = failed = queued = 0
    for row in rows:
        job = lock.entries[row.address].job if row.address in lock.entries else None
        if row.standing in _IN_PROGRESS and job is not None:
            rendering += 1
            pace.began(Job(job.translation_id, job.status, created_at=job.created_at), now)
        elif job is not None:
            pace.ended(job.translation_id, now)
        completed += row.standing is TargetStatus.COMPLETED and not row.stale
        failed += row.standing is TargetStatus.FAILED
        queued += row.standing is TargetStatus.MISSING
    tally = Tally(queued, rendering, completed, failed)
    left = pace.left(queued, now) if rendering else None
    return Look(rows, Pulse(tally, now, pace.oldest(now), left), changed)
