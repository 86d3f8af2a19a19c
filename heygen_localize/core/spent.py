"""What was ordered, when, and for how much: the lines that budgets are held against. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from msgspec import Meta, Struct
from msgspec.structs import replace

from heygen_localize.core.kinds import Address, Moment

DEAREST = 1e9
"""USD; nothing that HeyGen renders costs as much."""

Dollars = Annotated[int, Meta(ge=0, le=1_000_000_000)] | Annotated[float, Meta(ge=0, le=DEAREST)]
TEAM = "([a-z0-9][a-z0-9_-]{0,63})?"
MODE = "(speed|precision)(-audio)?|lipsync-(speed|precision)|proofread"


class SpentOrder(Struct, frozen=True, forbid_unknown_fields=True):
    """A job or a proofread session that was ordered while the manifest had budgets.

    `ordered_at` is HeyGen's time in seconds since 1970, `usd` what it was reckoned to cost,
    `team` and `mode` those of its target then: the team empty where it had none, None where
    nobody knew.
    """

    address: Address
    ordered_at: Moment
    usd: Dollars
    team: Annotated[str, Meta(pattern=rf"\A{TEAM}\Z")] | None = None
    mode: Annotated[str, Meta(pattern=rf"\A({MODE})\Z")] | None = None


class OrderLines(Struct, frozen=True):
    """What an order will be told as once it is answered: as a job, and as a proofread session.

    Their moments are filled in then.
    """

    job: SpentOrder
    session: SpentOrder


Spent = Mapping[str, SpentOrder]
"""By the id of the job or session."""


def with_lines(spent: Spent, lines: Spent) -> dict[str, SpentOrder]:
    """Return what is spent with more lines, which stand in place of those of the same ids."""
    return dict(sorted({**spent, **lines}.items()))


def at_least(line: SpentOrder, usd: float | None) -> SpentOrder:
    """Return a line that tells no less than an amount, where that is known."""
    return line if usd is None or usd <= line.usd else replace(line, usd=min(usd, DEAREST))


def dearer(ours: SpentOrder, theirs: SpentOrder) -> SpentOrder:
    """Return one line of two that differ: never one that leaves more to spend than either."""
    first = max(ours, theirs, key=lambda line: (line.usd, line.ordered_at, str(line)))
    return replace(
        first,
        usd=max(ours.usd, theirs.usd),
        ordered_at=max(ours.ordered_at, theirs.ordered_at),
    )
