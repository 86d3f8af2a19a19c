"""How budgets stand, in words: for plans, runs, pages and comments. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from heygen_localize.core.text import pluralize
from heygen_localize.planning.budget import Standing, shown
from heygen_localize.planning.reasons import Reason
from heygen_localize.planning.results import Planned


def standing_line(standing: Standing) -> str:
    """Say how a budget stands: `Budget total, 500.00 USD a month: 62.00 spent since …`."""
    unpriced = ""
    if standing.unpriced:
        unpriced = f", not counting {pluralize(len(standing.unpriced), 'order')} of unknown cost"
    return (
        f"Budget {name_of(standing)}, {amount_of(standing)}: {standing.spent:.2f} spent "
        f"{standing.began}{unpriced}, {shown(standing.left)} left"
    )


def budget_lines(planned: Planned) -> Iterator[str]:
    """Say how each budget stands before a plan, and what is held over for them."""
    yield from map(standing_line, planned.budgets)
    held = sum(action.reason is Reason.OVER_BUDGET for action in planned.plan.actions)
    if held:
        yield f"Held over for the budget: {pluralize(held, 'target')}, for a later apply to order"


def budget_rows(now: Sequence[Standing]) -> tuple[tuple[str, ...], ...]:
    """Return a row for each budget: its name, its amount, since when, what is spent and left."""
    return tuple(
        (
            name_of(item),
            amount_of(item),
            item.began,
            f"{item.spent:.2f}" + (" and more" if item.unpriced else ""),
            shown(item.left),
        )
        for item in now
    )


def name_of(standing: Standing) -> str:
    """Return what a budget is called in a list: `total`, `de-DE`, `team growth`."""
    team = standing.budget.team
    return f"team {team}" if team is not None else standing.budget.name


def amount_of(standing: Standing) -> str:
    """Return a budget's amount: `500.00 USD a month`."""
    period = standing.budget.period.value
    return f"{standing.budget.usd:.2f} USD {period if period == 'once' else f'a {period}'}"
