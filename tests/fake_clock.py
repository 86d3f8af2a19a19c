"""Time that passes only where somebody sleeps, so that no test waits."""

from __future__ import annotations

import time
from collections.abc import Callable

_MOST_SLEEPS = 100_000


class FakeClock:
    """The clock of a run. A sandbox that is given it too ages as the run sleeps.

    `monotonic` starts at zero; `now` at some moment in 2027.
    """

    def __init__(self, start: float = 1_800_000_000.0) -> None:
        self._start = start
        self._elapsed = 0.0
        self._plans: list[tuple[float, Callable[[], object]]] = []
        self.sleeps: list[float] = []

    def __call__(self) -> float:
        return self.now()

    def now(self) -> float:
        return self._start + self._elapsed

    def monotonic(self) -> float:
        return self._elapsed

    def sleep(self, seconds: float) -> None:
        """Let time pass, and what was planned for it happen."""
        assert seconds >= 0
        self.sleeps.append(seconds)
        assert len(self.sleeps) < _MOST_SLEEPS, "this run does not end"
        end = self._elapsed + seconds
        while self._plans and self._plans[0][0] <= end:
            moment, happen = self._plans.pop(0)
            self._elapsed = max(self._elapsed, moment)
            happen()
        self._elapsed = max(self._elapsed, end)

    def plan(self, moment: float, happen: Callable[[], object]) -> None:
        """Let something happen when `monotonic` comes to a moment."""
        self._plans.append((moment, happen))
        self._plans.sort(key=lambda planned: planned[0])


class HastyClock:
    """The machine's clock, moved forward by whoever would sleep, who looks up but for a moment.

    Time passes as it does elsewhere: what other processes and threads take is waited for.
    """

    def __init__(self) -> None:
        self._ahead = 0.0

    def now(self) -> float:
        return time.time() + self._ahead

    def monotonic(self) -> float:
        return time.monotonic() + self._ahead

    def sleep(self, seconds: float) -> None:
        """Let time pass, and others work."""
        assert seconds >= 0
        self._ahead += seconds
        time.sleep(min(seconds, 0.001))
