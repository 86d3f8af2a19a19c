"""What a plan will cost, as far as lengths are known, and what refuses it for that. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from heygen_localize.core.errors import Problem
from heygen_localize.core.lock import Lock, LockedJob, source_of
from heygen_localize.core.model import Limits, Target, UnknownDuration
from heygen_localize.core.rates import Rates
from heygen_localize.core.sources import Reports
from heygen_localize.core.text import pluralize
from heygen_localize.planning.plan import Plan, SessionStep
from heygen_localize.planning.sources import length_of


@dataclass(frozen=True)
class Estimate:
    """Jobs, seconds of output video, and USD at the rates named.

    `sessions` are proofread sessions, which cost by the second of video too.
    `unknown` are addresses whose source's length nobody has told; `seconds` and
    `cost` leave them out.
    """

    jobs: int
    seconds: float
    cost: float
    rates: Rates
    unknown: tuple[str, ...] = ()
    sessions: int = 0


def estimate(
    plan: Plan, targets: Iterable[Target], lock: Lock, rates: Rates, reports: Reports
) -> Estimate:
    """Add up a plan's costly actions.

    A length comes from `duration` in the manifest, else from the source's own
    bytes, else from a job of the same source in another language, as the vendor or
    the lock tells it.
    """
    known = _known_lengths(plan, targets, lock)
    seconds = cost = 0.0
    unknown = []
    for action in plan.costly:
        if action.target is None:
            continue
        length = _told_length(action.target, reports)
        if length is None:
            length = known.get(_cut(action.target))
        if length is None:
            unknown.append(action.address)
            continue
        if action.orders:
            seconds += length
            cost += length * _price(action.target, rates)
        if action.session is SessionStep.CREATE:
            cost += length * rates.proofread
    jobs = sum(action.orders for action in plan.costly)
    sessions = sum(action.session is SessionStep.CREATE for action in plan.costly)
    told = (round(seconds, 3), round(cost, 4), rates, tuple(unknown))
    return Estimate(jobs, *told, sessions=sessions)


def _price(target: Target, rates: Rates) -> float:
    return rates.second(target.option("mode"), target.option("translate_audio_only"))


_Cut = tuple[str, object, object]


def _cut(target: Target) -> _Cut:
    """Name the stretch of video that a target renders."""
    return (target.source.identity, target.option("start_time"), target.option("end_time"))


def _known_lengths(plan: Plan, targets: Iterable[Target], lock: Lock) -> dict[_Cut, float]:
    """Collect the lengths that finished jobs tell of the stretches they were made from."""
    jobs = {action.address: action.job for action in plan.actions}
    lengths: dict[_Cut, float] = {}
    for target in targets:
        job = jobs.get(target.address)
        entry = lock.entries.get(target.address)
        if job is not None and job.duration:
            lengths.setdefault(_cut(target), job.duration)
        elif entry is not None and entry.job.duration and _same_stretch(target, entry.job):
            lengths.setdefault(_cut(target), entry.job.duration)
    return lengths


def _same_stretch(target: Target, job: LockedJob) -> bool:
    """Tell whether a job of the lock was made from what the target wants now."""
    if target.is_of(job.fingerprint):
        return True
    return job.source.same_place(source_of(target, {})) and _cut(target)[1:] == (None, None)


def _told_length(target: Target, reports: Reports) -> float | None:
    """Give the seconds to render, as far as the manifest or the source tells.

    An `end_time` bounds them even where nobody told how long the source is. Where nothing
    would be left to render, somebody is wrong, and nobody knows the length: no job is free.
    """
    start, end = target.option("start_time"), target.option("end_time")
    first = float(start) if isinstance(start, (int, float)) else 0.0
    length = target.duration
    if length is None:
        length = length_of(target.source, reports)
    ends = [length, float(end) if isinstance(end, (int, float)) else None]
    last = min((moment for moment in ends if moment is not None), default=None)
    length = None if last is None else last - first
    return length if length is not None and length > 0 else None


def refusals(plan: Plan, expected: Estimate, limits: Limits) -> list[Problem]:
    """Hold a whole plan against the limits; each refusal names its number and its flag."""
    problems = []
    if plan.all_gone:
        problems.append(another_account())
    orders = expected.jobs + expected.sessions
    if orders > limits.max_new:
        problems.append(
            Problem(
                "max_new_exceeded",
                f"the plan orders {ordered(expected)}, limits.max_new is {limits.max_new}",
                hint=f"narrow it with --target, or allow it: --max-new {orders}",
            )
        )
    if limits.max_cost is not None:
        problems += _cost_refusals(expected, limits.max_cost, limits.unknown_duration)
    return problems


def another_account(mend: str = "localize apply --recreate orders them again") -> Problem:
    """Say that no job of the lockfile is there; `mend` is for where they really were deleted."""
    return Problem(
        "all_jobs_gone",
        "the vendor knows none of the lockfile's jobs: is this another account?",
        hint=f"check HEYGEN_API_KEY and HEYGEN_API_BASE; if the jobs really were deleted, {mend}",
    )


def ordered(expected: Estimate) -> str:
    """Count what a plan orders: `3 jobs`, `1 job and 2 proofreads`."""
    parts = [(expected.jobs, "job"), (expected.sessions, "proofread")]
    told = [pluralize(number, noun) for number, noun in parts if number or noun == "job"]
    return " and ".join(told if expected.jobs else told[-1:])


def _cost_refusals(expected: Estimate, most: float, unknown: UnknownDuration) -> list[Problem]:
    problems = []
    enough = math.ceil(round(expected.cost * 100, 4)) / 100
    if expected.cost > most:
        problems.append(
            Problem(
                "max_cost_exceeded",
                f"the plan costs about {enough:.2f} USD, limits.max_cost is {most:.2f}",
                hint=f"narrow it with --target, or allow it: --max-cost {enough:.2f}",
            )
        )
    if expected.unknown and unknown is UnknownDuration.REFUSE:
        shown = ", ".join(expected.unknown[:3]) + (", …" if len(expected.unknown) > 3 else "")
        problems.append(
            Problem(
                "duration_unknown",
                f"limits.max_cost is set, and nobody knows the length of "
                f"{pluralize(len(expected.unknown), 'target')}: {shown}",
                hint="write duration: (seconds) at the video, or limits.unknown_duration: allow",
            )
        )
    return problems
