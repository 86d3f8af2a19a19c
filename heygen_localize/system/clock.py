"""The one place that asks the machine for the time, so that tests need not wait for it."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """What the layers that wait need of time. All in seconds."""

    def now(self) -> float:
        """Return the seconds since 1970, for what is compared with HeyGen's dates."""

    def monotonic(self) -> float:
        """Return seconds from any fixed point, for measuring how long something took."""

    def sleep(self, seconds: float) -> None:
        """Wait."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> float:
        """Return the seconds since 1970."""
        return time.time()

    def monotonic(self) -> float:
        """Return seconds that never go backwards."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)


SYSTEM_CLOCK: Clock = SystemClock()
"""The clock of whoever is given none; it has no state."""
