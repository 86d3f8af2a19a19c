"""What refuses a plan for what it costs, and what a project has cost so far. Pure."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator

from msgspec import Struct

from heygen_localize.core.errors import Diagnostic
from heygen_localize.core.lock import Lock, LockedJob, LockEntry
from heygen_localize.core.model import JobStatus, Target
from heygen_localize.core.proofread import SessionStatus
from heygen_localize.core.rates import Limits, Rates, UnknownDuration
from heygen_localize.core.text import pluralize
from heygen_localize.planning.estimate import Estimate, ordered, price_of
from heygen_localize.planning.plan import Plan


def refusals(plan: Plan, expected: Estimate, limits: Limits) -> list[Diagnostic]:
    """Hold a whole plan against the limits; each refusal names its number and its flag."""
    problems = []
    if plan.all_gone:
        problems.append(another_account())
    orders = expected.jobs + expected.sessions
    if orders > limits.max_new:
        problems.append(
            Diagnostic(
                "max_new_exceeded",
                f"the plan orders {ordered(expected)}, limits.max_new is {limits.max_new}",
                hint=f"narrow it with --target, or allow it: --max-new {orders}",
            )
        )
    if limits.max_cost is not None:
        problems += _cost_refusals(expected, limits.max_cost, limits.unknown_duration)
    return problems


def another_account(mend: str = "localize apply --recreate orders them again") -> Diagnostic:
    """Say that no job of the lockfile is there; `mend` is for where they really were deleted."""
    return Diagnostic(
        "all_jobs_gone",
        "HeyGen knows none of the lockfile's jobs: is this another account?",
        hint=f"check HEYGEN_API_KEY and HEYGEN_API_BASE; if the jobs really were deleted, {mend}",
    )


def _cost_refusals(expected: Estimate, most: float, unknown: UnknownDuration) -> list[Diagnostic]:
    problems = []
    enough = math.ceil(round(expected.cost * 100, 4)) / 100
    if expected.cost > most:
        problems.append(
            Diagnostic(
                "max_cost_exceeded",
                f"the plan costs about {enough:.2f} USD, limits.max_cost is {most:.2f}",
                hint=f"narrow it with --target, or allow it: --max-cost {enough:.2f}",
            )
        )
    if expected.unknown and unknown is UnknownDuration.REFUSE:
        shown = ", ".join(expected.unknown[:3]) + (", …" if len(expected.unknown) > 3 else "")
        problems.append(
            Diagnostic(
                "duration_unknown",
                f"limits.max_cost is set, and nobody knows the length of "
                f"{pluralize(len(expected.unknown), 'target')}: {shown}",
                hint="write duration: (seconds) at the video, or limits.unknown_duration: allow",
            )
        )
    return problems


class Spending(Struct, frozen=True):
    """Finished jobs and proofread sessions, seconds of output video, and USD.

    `least` and `most` differ where the lockfile does not tell a job's mode: one of an
    earlier spec, or of a target that left the manifest. `unknown` are orders whose
    length the lockfile does not have: they are in no sum.
    """

    jobs: int = 0
    sessions: int = 0
    seconds: float = 0.0
    least: float = 0.0
    most: float = 0.0
    unknown: int = 0


def spent(
    targets: Iterable[Target], lock: Lock, rates: Rates, addresses: Collection[str]
) -> Spending:
    """Add up what the jobs and sessions of these addresses cost, those included that were pruned.

    A job that several targets share counts once. Failed jobs are not charged
    (docs/vendor/behaviour.md, "Paying once"), and those under way not yet.
    """
    wanted = {target.address: target for target in targets}
    entries = {name: lock.entries[name] for name in addresses if name in lock.entries}
    jobs: dict[str, tuple[LockedJob, tuple[float, float]]] = {}
    for address, entry in entries.items():
        for job in _finished(entry):
            prices = _prices(job, wanted.get(address), rates)
            known = jobs.get(job.translation_id)
            if known is None or prices[0] == prices[1]:
                jobs[job.translation_id] = (job, prices)
    known_ids = jobs.keys() | {session.proofread_id for session in lock.sessions.values()}
    paid = {
        name: order
        for name, order in lock.paid.items()
        if order.address in addresses and name not in known_ids
    }
    costs = [(job.duration or 0.0, prices) for job, prices in jobs.values()]
    costs += [
        (order.seconds or 0.0, rates.range_of(name))
        for name, order in paid.items()
        if not order.session
    ]
    earlier = {name for entry in entries.values() for name in entry.superseded}
    earlier -= jobs.keys() | lock.paid.keys()
    unknown = len(earlier) + sum(not seconds for seconds, _ in costs)
    lengths = [
        _length(wanted.get(name), lock.entries.get(name))
        for name, session in lock.sessions.items()
        if name in addresses and session.status is SessionStatus.COMPLETED
    ] + [order.seconds for order in paid.values() if order.session]
    proofread = sum(length or 0.0 for length in lengths) * rates.proofread
    return Spending(
        jobs=len(costs) + len(earlier),
        sessions=len(lengths),
        seconds=round(sum(seconds for seconds, _ in costs), 3),
        least=round(sum(seconds * least for seconds, (least, _) in costs) + proofread, 4),
        most=round(sum(seconds * most for seconds, (_, most) in costs) + proofread, 4),
        unknown=unknown + sum(not length for length in lengths),
    )


def _finished(entry: LockEntry) -> Iterator[LockedJob]:
    jobs = (entry.job, entry.serving)
    return (job for job in jobs if job is not None and job.status is JobStatus.COMPLETED)


def _prices(job: LockedJob, target: Target | None, rates: Rates) -> tuple[float, float]:
    """Return the least and the most that a second of a job may have cost."""
    if target is None or not target.is_of(job.fingerprint):
        return rates.range_of(job.translation_id)
    return (price := price_of(target, rates)), price


def _length(target: Target | None, entry: LockEntry | None) -> float | None:
    """Return the seconds that a proofread session was about, where anything tells."""
    for job in (entry.job, entry.serving) if entry is not None else ():
        if job is not None and job.duration:
            return job.duration
    return target.duration if target is not None else None


def spending_line(spending: Spending) -> str:
    """Say in a line what was spent: `4 jobs, 1.6 minutes of video, about 4.75 USD`."""
    if not spending.jobs and not spending.sessions:
        return "nothing yet"
    told = [pluralize(spending.jobs, "job")] if spending.jobs else []
    if spending.sessions:
        told.append(pluralize(spending.sessions, "proofread session"))
    if spending.seconds:
        told.append(f"{spending.seconds / 60:.1f} minutes of video")
    if spending.most:
        least, most = f"{spending.least:.2f}", f"{spending.most:.2f}"
        told.append(f"about {most} USD" if least == most else f"{least} to {most} USD")
    if spending.unknown:
        told.append(f"not counting {pluralize(spending.unknown, 'order')} of unknown length")
    return ", ".join(told)
