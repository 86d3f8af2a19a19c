"""Budgets: what was spent since their periods began, and which orders they still pay for. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

from msgspec import Struct

from heygen_localize.core.budgets import Budget, Budgets, Period
from heygen_localize.core.languages import fits
from heygen_localize.core.model import Target
from heygen_localize.planning.charge_facts import Charge, team_of

_UNITS = 10_000
"""Of a dollar: what something costs is rounded up to whole ones, so that sums are exact."""


class Standing(Struct, frozen=True):
    """How much of a budget is spent in the period that runs.

    `begins` and `ends` are in seconds since 1970, `ends` None of a period that never does.
    `spent` is in USD, `left` what may still be ordered; `unpriced` are the ids of orders of this
    period whose cost nobody knows: while there are any, nothing is left.
    """

    budget: Budget
    begins: int
    ends: int | None
    spent: float
    unpriced: tuple[str, ...] = ()

    @property
    def left(self) -> float:
        """What may still be ordered, in USD."""
        units = 0 if self.unpriced else max(0, _floor(self.budget.usd) - units_of(self.spent))
        return units / _UNITS

    @property
    def began(self) -> str:
        """Return when the period began, in words: `since 2026-11-01`."""
        if self.budget.period is Period.ONCE:
            return "since the first order"
        moment = datetime.fromtimestamp(self.begins, timezone.utc)
        return f"since {moment:%Y-%m-%d %H:%M} UTC"

    def document(self) -> dict[str, Any]:
        """Return the standing as JSON has it."""
        budget = self.budget
        return {
            "name": budget.name,
            "kind": kind_of(budget),
            "period": budget.period.value,
            "budget_usd": budget.usd,
            "spent_usd": self.spent,
            "left_usd": self.left,
            "begins_at": self.begins,
            "ends_at": self.ends,
            "unpriced": list(self.unpriced),
        }


def kind_of(budget: Budget) -> str:
    """Return what a budget is of: `total`, `language` or `team`."""
    return "team" if budget.team is not None else "language" if budget.languages else "total"


class Wanted(Struct, frozen=True):
    """An order that a plan would place; `usd` is None where nobody knows what it costs."""

    target: Target
    usd: float | None

    @property
    def address(self) -> str:
        """The target's address."""
        return self.target.address


class HeldOver(Struct, frozen=True):
    """An order that a budget does not pay for any more: `left` is what others leave, in USD."""

    wanted: Wanted
    standing: Standing
    left: float


class Fitted(Struct, frozen=True):
    """Which orders budgets pay for, in the order of priority, and which they do not."""

    fits: tuple[Wanted, ...]
    held: tuple[HeldOver, ...]


def units_of(usd: float) -> int:
    """Return an amount in whole units, rounded up."""
    return math.ceil(round(usd * _UNITS, 3))


def units_to_usd(units: int) -> float:
    """Return an amount in USD."""
    return units / _UNITS


def shown(left: float) -> str:
    """Write what is left, never more than there is."""
    return f"{math.floor(round(left * 100, 4)) / 100:.2f}"


def zone_of(offset: int) -> timezone:
    """Return the zone whose days begin so many minutes before UTC's."""
    return timezone(timedelta(minutes=offset))


def _floor(usd: float) -> int:
    return math.floor(round(usd * _UNITS, 3))


def period_of(period: Period, now: float, offset: int = 0) -> tuple[int, int | None]:
    """Return when the period that runs began and ends, in seconds since 1970.

    `offset` is how many minutes days begin before UTC's.
    """
    if period is Period.ONCE:
        return 0, None
    day = datetime.fromtimestamp(now, zone_of(offset)).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    if period is Period.DAY:
        first, last = day, day + timedelta(days=1)
    elif period is Period.WEEK:
        first = day - timedelta(days=day.weekday())
        last = first + timedelta(days=7)
    else:
        months = {Period.MONTH: 1, Period.QUARTER: 3, Period.YEAR: 12}[period]
        first = day.replace(month=(day.month - 1) // months * months + 1, day=1)
        year, month = divmod(first.month - 1 + months, 12)
        last = first.replace(year=first.year + year, month=month + 1)
    return int(first.timestamp()), int(last.timestamp())


def standings(budgets: Budgets, known: Sequence[Charge], now: float) -> tuple[Standing, ...]:
    """Return how much of each budget is spent; `now` is HeyGen's, in seconds since 1970.

    What nobody dates counts in the period that runs, as does what is dated later than now; what
    may be of a budget's languages or team counts against it.
    """
    found = []
    for budget in budgets.items:
        begins, ends = period_of(budget.period, now, budgets.offset)
        own = [
            charge
            for charge in known
            if (charge.at is None or charge.at >= begins) and _may_be_of(charge, budget)
        ]
        spent = sum(units_of(charge.usd) for charge in own if charge.usd is not None)
        unpriced = tuple(charge.id for charge in own if charge.usd is None)
        found.append(Standing(budget, begins, ends, spent / _UNITS, unpriced))
    return tuple(found)


def _may_be_of(charge: Charge, budget: Budget) -> bool:
    if budget.team is not None:
        return not charge.team_known or charge.team == budget.team
    if not budget.languages or charge.language is None:
        return True
    told = charge.language
    if charge.address is not None:
        return any(language.tag == told for language in budget.languages)
    return any(
        told in (language.name, language.tag) or fits(language.tag, told)
        for language in budget.languages
    )


def pays_for(budget: Budget, target: Target) -> bool:
    """Return whether a target's orders are held against a budget."""
    if budget.team is not None:
        return team_of(target) == budget.team
    return not budget.languages or any(
        language.tag == target.language.tag for language in budget.languages
    )


def by_priority(orders: Iterable[Wanted], first_file: str) -> list[Wanted]:
    """Return orders by the priority of their targets, then as they stand in the manifest.

    `first_file` is the manifest's own, before those that it includes.
    """

    def place(item: Wanted) -> tuple[object, ...]:
        where = item.target.where
        at = (where.file != first_file, where.file or "", where.line or 0, where.column or 0)
        return (-_priority(item.target), *at, item.address)

    return sorted(orders, key=place)


def fitted(orders: Iterable[Wanted], now: Sequence[Standing]) -> Fitted:
    """Return which orders fit into what is left, one after another; those after them may fit too.

    Every budget of a target has to have room for it. An order that nobody can price fits none.
    """
    room = [units_of(standing.left) for standing in now]
    fits_in: list[Wanted] = []
    held: list[HeldOver] = []
    for item in orders:
        own = [at for at, known in enumerate(now) if pays_for(known.budget, item.target)]
        price = None if item.usd is None else units_of(item.usd)
        short = [at for at in own if price is None or now[at].unpriced or price > room[at]]
        if short:
            held.append(HeldOver(item, now[short[0]], room[short[0]] / _UNITS))
            continue
        fits_in.append(item)
        for at in own:
            room[at] -= price or 0
    return Fitted(tuple(fits_in), tuple(held))


def spent_with(standing: Standing, orders: Iterable[Wanted]) -> float:
    """Return what orders would add to what is spent of a budget, in USD."""
    own = [item for item in orders if pays_for(standing.budget, item.target)]
    return sum(units_of(item.usd) for item in own if item.usd is not None) / _UNITS


def horizon(budgets: Budgets, now: float) -> float:
    """Return the moment before which no budget looks, nor a quarter of a year ago."""
    begins = [period_of(budget.period, now, budgets.offset)[0] for budget in budgets.items]
    return min([now - 92 * 86400, *begins])


def _priority(target: Target) -> int:
    """Return which targets go first: the higher."""
    found = target.setting("priority")
    return found if isinstance(found, int) else 0
