"""What refuses a plan before it costs. Pure."""

from __future__ import annotations

import math

from heygen_localize.core.errors import Problem
from heygen_localize.core.model import Limits, UnknownDuration
from heygen_localize.core.text import pluralize
from heygen_localize.planning.cost import Estimate
from heygen_localize.planning.plan import Plan


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
