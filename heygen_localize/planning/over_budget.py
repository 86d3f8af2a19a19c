"""What budgets refuse or hold over, in words that lead on. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timezone

from heygen_localize.core.errors import Diagnostic
from heygen_localize.core.text import pluralize
from heygen_localize.planning.budget import (
    Fitted,
    HeldOver,
    Standing,
    Wanted,
    pays_for,
    shown,
    spent_with,
    units_of,
    units_to_usd,
)

HELD_BEFORE = Diagnostic(
    "over_budget",
    "the saved plan holds it over for the budget",
    hint="localize plan --within-budget says what is left by now",
)


def over_budget(item: HeldOver) -> Diagnostic:
    """Say why a target is held over."""
    standing, usd = item.standing, item.wanted.usd
    title = standing.budget.title
    if standing.unpriced:
        return _unpriced(standing)
    if usd is None:
        return Diagnostic(
            "budget_length_unknown",
            f"nobody knows its length, so {title} cannot be held to",
            hint="write duration: (seconds) at the video",
        )
    price, left = _compared(usd, item.left)
    return Diagnostic(
        "over_budget",
        f"it costs about {price} USD, and {left} USD are left of {title}",
        hint=_next(standing),
    )


def budget_refusals(now: Sequence[Standing], result: Fitted) -> list[Diagnostic]:
    """Refuse a plan that some budget does not pay for, one refusal for each of these."""
    problems: list[Diagnostic] = []
    orders = (*result.fits, *(item.wanted for item in result.held))
    for standing in now:
        own = [item for item in orders if pays_for(standing.budget, item.target)]
        if not own:
            continue
        if standing.unpriced:
            problems.append(_unpriced(standing))
            continue
        unknown = [item.address for item in own if item.usd is None]
        if unknown:
            problems.append(
                Diagnostic(
                    "budget_length_unknown",
                    f"{standing.budget.title} is set, and nobody knows the length of "
                    f"{pluralize(len(unknown), 'target')}: {_named(unknown)}",
                    standing.budget.where,
                    "write duration: (seconds) at the video; with --within-budget the others "
                    "are ordered",
                )
            )
        wanted = spent_with(standing, own)
        if units_of(wanted) > units_of(standing.left):
            problems.append(_exceeded(standing, wanted, own, result))
    return problems


def _exceeded(
    standing: Standing, wanted: float, own: Sequence[Wanted], result: Fitted
) -> Diagnostic:
    budget = standing.budget
    fits_in = {item.address for item in result.fits}
    some = [item.address for item in own if item.address in fits_in]
    told = f"these fit: {_named(some)}; --within-budget orders them" if some else "none of it fits"
    # What is once never begins anew.
    told += "; or wait," if standing.ends is not None else "; or"
    price, left = _compared(wanted, standing.left)
    return Diagnostic(
        "budget_exceeded",
        f"the plan costs about {price} USD, and {left} of {budget.usd:.2f} "
        f"USD are left of {budget.title}: {standing.spent:.2f} spent {standing.began}",
        budget.where,
        f"{told} narrow it with --target, or raise the budget",
    )


def _compared(usd: float, left: float) -> tuple[str, str]:
    """Write a price and what is left, which is less, so that it can be seen to be less."""
    price, rest = f"{usd:.2f}", shown(left)
    if float(price) > float(rest):
        return price, rest
    return f"{units_to_usd(units_of(usd)):.4f}", f"{left:.4f}"


def _unpriced(standing: Standing) -> Diagnostic:
    return Diagnostic(
        "budget_unpriced",
        f"what was spent of {standing.budget.title} is not known: nobody tells what "
        f"{pluralize(len(standing.unpriced), 'order')} cost: {_named(standing.unpriced)}",
        standing.budget.where,
        "write duration: (seconds) at their videos; what renders tells its length once it is done",
    )


def _next(standing: Standing) -> str:
    if standing.ends is None:
        return "raise the budget to order it"
    moment = datetime.fromtimestamp(standing.ends, timezone.utc)
    return f"the next {standing.budget.period.value} begins at {moment:%Y-%m-%d %H:%M} UTC"


def _named(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (", …" if len(names) > 5 else "")
