"""What a project may spend in a period, as its manifest says. Pure."""

from __future__ import annotations

from enum import Enum

from msgspec import Struct

from heygen_localize.core.errors import NOWHERE, Where
from heygen_localize.core.languages import Language


class Period(Enum):
    """How long what was spent counts: a week begins on Monday, `once` never begins anew."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    ONCE = "once"


class Budget(Struct, frozen=True):
    """An amount in USD for a period: of all targets, of some languages, or of a team's videos.

    `name` is what the manifest calls it: `total`, a language or a group, a team. Of the
    `languages` and the `team` at most one is set.
    """

    name: str
    usd: float
    period: Period
    languages: tuple[Language, ...] = ()
    team: str | None = None
    where: Where = NOWHERE

    @property
    def title(self) -> str:
        """What it is called in messages: `the month's budget of team growth`."""
        of = f"of team {self.team}" if self.team is not None else f"of {self.name}"
        when = "one-off" if self.period is Period.ONCE else f"{self.period.value}'s"
        return f"the {when} budget" if self.name == "total" else f"the {when} budget {of}"


class Budgets(Struct, frozen=True):
    """The budgets of a manifest; `offset` is how many minutes their days begin before UTC's."""

    items: tuple[Budget, ...] = ()
    offset: int = 0
