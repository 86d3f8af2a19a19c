"""Since when HeyGen refuses an order under its key, across runs, and what to do about it.

Of use for words alone: whether and how an order is sent never depends on it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from pathlib import Path

from msgspec.structs import replace

from heygen_localize.core.decoding import number
from heygen_localize.core.errors import Diagnostic
from heygen_localize.core.waits import KEY_LIFETIME_SECONDS
from heygen_localize.operations.apply.idempotency import OrderKey
from heygen_localize.system.clock import Clock
from heygen_localize.system.json_cache import JsonCache

_LASTING = 240.0
"""Seconds after which a refusal of all orders looks like one that is kept under their keys."""


class RefusalLog:
    """When each order's key was first refused; kept in the file at `path`, which may be lost."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._file = JsonCache(path, "refusals", number, float)
        self._clock = clock
        self._since = self._fresh(self._file.load())
        self._earlier = frozenset(self._since)

    def note(self, key: OrderKey) -> float:
        """Take note that a key's order is refused; return since when, in seconds since 1970."""
        return self._since.setdefault(str(key), self._clock.now())

    def told(self, problem: Diagnostic, key: OrderKey, *, kept: bool, alone: bool) -> Diagnostic:
        """Return what to tell of an order that came to nothing.

        `kept` where HeyGen said no in its own words, `alone` where other orders go on.
        """
        since = self.note(key)
        moment = datetime.fromtimestamp(since, timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
        if not kept:
            fix = f"not answered since {moment}; apply again: the same key finds what it ordered"
        elif alone or str(key) in self._earlier or self._clock.now() - since >= _LASTING:
            fix = (
                f"refused since {moment}; HeyGen may repeat that for 24 hours although its cause "
                "is fixed: then apply --retry-refused sends the order under a fresh key"
            )
        else:
            return problem
        hint = f"{problem.hint}; {fix}" if problem.hint else fix
        return replace(problem, hint=hint)

    def save(self) -> None:
        """Write down what may still count in a later run; a disk that refuses is no matter."""
        kept = self._fresh(self._since)
        if kept or self._earlier:
            self._file.save(kept)

    def answered(self, key: OrderKey) -> None:
        """Forget the refusals of a key that a job has answered."""
        self._since.pop(str(key), None)

    def _fresh(self, known: Mapping[str, float]) -> dict[str, float]:
        now = self._clock.now()
        return {
            key: since for key, since in known.items() if 0 <= now - since < KEY_LIFETIME_SECONDS
        }
