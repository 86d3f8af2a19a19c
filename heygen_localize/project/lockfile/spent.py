"""What a lockfile says of what was spent, read. Pure.

What nothing true can be is refused, and not left out: that would leave more to spend.
"""

from __future__ import annotations

from heygen_localize.core.decoding import Misfit, Reader, integer, matching, number, record
from heygen_localize.core.kinds import LATEST
from heygen_localize.core.spent import DEAREST, MODE, TEAM, SpentOrder

_TIME = integer(0)


def spent_order(address: Reader) -> Reader:
    """Return what reads a line of what was spent."""
    return record(
        {
            "address": address,
            "ordered_at": _moment,
            "usd": _dollars,
            "team": matching(TEAM, "the name of a team"),
            "mode": matching(MODE, "a mode"),
        },
        ("address", "ordered_at", "usd"),
        lambda found: SpentOrder(**found),
    )


def _moment(value: object) -> int:
    found: int = _TIME(value)
    if found > LATEST:
        raise Misfit(((), "a moment in seconds since 1970"))
    return found


def _dollars(value: object) -> float:
    found = number(value)
    if not found <= DEAREST:
        raise Misfit(((), "an amount in USD"))
    return found
