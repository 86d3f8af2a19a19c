"""What a project has spent, by its account and its lockfile."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from heygen_localize.core.unlisted import unlisted
from heygen_localize.operations.budget import listed_sessions
from heygen_localize.planning.budget import Standing, standings, zone_of
from heygen_localize.planning.charges import charges
from heygen_localize.planning.costs import Costs, Dimension, added_up, dated
from heygen_localize.project.account import Account, earlier_time, jobs_from_lockfile, list_jobs
from heygen_localize.project.project import Project
from heygen_localize.system.clock import Clock


def standings_by_lockfile(project: Project, now: float) -> tuple[Standing, ...]:
    """Return how a project's budgets stand as far as its lockfile tells; `now` since 1970."""
    budgets = project.manifest.budgets
    if not budgets.items:
        return ()
    listing = jobs_from_lockfile(project.lock, project.journal.read(), project.pinned_ids)
    return standings(budgets, charges(project.manifest, project.lock, listing), now)


def costs_of(
    manifest: Path,
    account: Account | None,
    clock: Clock,
    by: Sequence[Dimension],
    since: datetime | None = None,
    *,
    loopback: bool = False,
) -> Costs:
    """Add up what the jobs and the proofread sessions of a project have cost.

    Without an account, by the lockfile alone. `since` is the beginning of a day: where it has no
    zone of its own, in that of the manifest's budgets.

    Raises:
        ManifestError, LockfileError: see `Project.open`.
        ApiFailure: HeyGen could not be asked.
    """
    project = Project.open(manifest, account, loopback=loopback)
    found, lock = project.manifest, project.lock
    answers = project.journal.read()
    if account is None:
        listing = jobs_from_lockfile(lock, answers, project.pinned_ids)
    else:
        kinds = project.kinds(answers)
        listing = list_jobs(account.client, kinds, lock, answers, clock.now(), project.pinned_ids)
    offset = found.budgets.offset
    seen = listed_sessions(found, account)
    lost = project.state.unanswered()
    known = charges(found, lock, listing, lost, sessions=seen.sessions)
    now = standings(found.budgets, known, earlier_time(account, clock))
    undated = 0
    if since is not None:
        since = since.replace(tzinfo=since.tzinfo or zone_of(offset))
        known, undated = dated(known, since.timestamp())
    rows, total = added_up(known, by, offset)
    flaw = listing.flaw or listing.lipsyncs_denied or seen.flaw
    hint = "there may be more than these; run the same command again"
    return Costs(
        found.project,
        tuple(by),
        rows,
        total,
        since,
        undated,
        now,
        offline=account is None,
        problem=unlisted(flaw, hint) if flaw is not None else None,
    )
