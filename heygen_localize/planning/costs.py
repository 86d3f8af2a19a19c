"""What a project has spent, added up by month, team, language, video and mode. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import Enum
from typing import Any

from msgspec import Struct

from heygen_localize.core.errors import Diagnostic
from heygen_localize.planning.budget import Standing, units_of, units_to_usd, zone_of
from heygen_localize.planning.charge_facts import Charge
from heygen_localize.planning.charges import LONG_AGO

UNKNOWN = "unknown"
NONE = "none"


class Dimension(Enum):
    """What costs are added up by."""

    MONTH = "month"
    TEAM = "team"
    LANGUAGE = "language"
    VIDEO = "video"
    MODE = "mode"


class CostRow(Struct, frozen=True):
    """What orders alike have cost, in USD; `seconds` are of their videos, as far as known.

    `keys` are theirs, in the order of the dimensions. `unpriced` of the orders are in no sum,
    since nobody tells what they cost.
    """

    keys: tuple[str, ...]
    jobs: int = 0
    sessions: int = 0
    seconds: float = 0.0
    usd: float = 0.0
    unpriced: int = 0

    def document(self) -> dict[str, Any]:
        """Return the numbers as JSON has them."""
        return {
            "jobs": self.jobs,
            "proofreads": self.sessions,
            "seconds": self.seconds,
            "cost_usd": self.usd,
            "unpriced": self.unpriced,
        }


class Costs(Struct, frozen=True):
    """What a project has spent: rows sorted by their keys, and all of it.

    `since` is the day that they are told from, `undated` how many orders are left out for it,
    since nobody tells when they were. `budgets` are as they stand now; `flaw` says why the
    account could not be listed whole, `offline` that it was not asked.
    """

    project: str
    by: tuple[Dimension, ...]
    rows: tuple[CostRow, ...]
    total: CostRow
    since: datetime | None = None
    undated: int = 0
    budgets: tuple[Standing, ...] = ()
    offline: bool = False
    problem: Diagnostic | None = None

    def document(self) -> dict[str, Any]:
        """Return the costs as JSON has them."""
        names = [dimension.value for dimension in self.by]
        return {
            "project": self.project,
            "by": names,
            "since": self.since.date().isoformat() if self.since is not None else None,
            "rows": [dict(zip(names, row.keys, strict=True)) | row.document() for row in self.rows],
            "total": self.total.document(),
            "undated_left_out": self.undated,
            "budgets": [item.document() for item in self.budgets],
        }


def added_up(
    known: Sequence[Charge], by: Sequence[Dimension], offset: int = 0
) -> tuple[tuple[CostRow, ...], CostRow]:
    """Return what orders have cost by these dimensions, sorted, and all of them together.

    Months begin `offset` minutes before UTC's.
    """
    groups: dict[tuple[str, ...], list[Charge]] = {}
    for charge in known:
        keys = tuple(_key(charge, dimension, offset) for dimension in by)
        groups.setdefault(keys, []).append(charge)
    rows = tuple(_row(keys, groups[keys]) for keys in sorted(groups))
    return rows, _row((), known)


def dated(known: Iterable[Charge], since: float) -> tuple[tuple[Charge, ...], int]:
    """Return the orders from a moment on, and how many are left out since nobody dates them."""
    found = tuple(charge for charge in known if charge.at is not None and charge.at >= since)
    return found, sum(charge.at in (None, LONG_AGO) for charge in known)


def _row(keys: tuple[str, ...], group: Sequence[Charge]) -> CostRow:
    sessions = sum(charge.session for charge in group)
    return CostRow(
        keys,
        len(group) - sessions,
        sessions,
        round(sum(charge.seconds or 0.0 for charge in group), 3),
        units_to_usd(sum(units_of(charge.usd or 0.0) for charge in group)),
        sum(charge.usd is None for charge in group),
    )


def _key(charge: Charge, dimension: Dimension, offset: int) -> str:
    if dimension is Dimension.MONTH:
        if charge.at is None or charge.at == LONG_AGO:
            return UNKNOWN
        return datetime.fromtimestamp(charge.at, zone_of(offset)).strftime("%Y-%m")
    if dimension is Dimension.TEAM:
        return charge.team or (NONE if charge.team_known else UNKNOWN)
    found = {
        Dimension.LANGUAGE: charge.language,
        Dimension.VIDEO: charge.video,
        Dimension.MODE: charge.mode,
    }
    return found[dimension] or UNKNOWN
