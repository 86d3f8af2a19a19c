"""How large the screen is that a report is shown on."""

from __future__ import annotations

from msgspec import Struct

_BELOW = 10
"""Lines of a screen that stand below and above the rows: summary, cost, balance, question."""


class Screen(Struct, frozen=True):
    """What a plan is shown on: characters a line, None where nothing is to be broken; lines."""

    width: int | None = None
    height: int = 24

    @property
    def room(self) -> int:
        """Lines for the rows, so that the rest is in sight with them."""
        return max(24, self.height) - _BELOW
