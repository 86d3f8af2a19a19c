"""Since when HeyGen refuses an order under its key, across runs, and what to do about it.

Of use for words alone: whether and how an order is sent never depends on it.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

from heygen_localize.core.decoding import parse_json
from heygen_localize.core.errors import Problem
from heygen_localize.operations.apply.idempotency import OrderKey
from heygen_localize.system import read
from heygen_localize.system.clock import Clock
from heygen_localize.system.files import make_state_folder, write_atomically

_A_DAY = 86_400.0
"""Seconds for which HeyGen may keep an answer under a key (docs/vendor/behaviour.md)."""

_LARGEST = 8_000_000
_MOST_VALUES = 100_000
_LASTING = 240.0
"""Seconds after which a refusal of all orders looks like one that is kept under their keys."""


class RefusalLog:
    """When each order's key was first refused; kept in the file at `path`, which may be lost."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path, self._clock = path, clock
        self._since = self._read()
        self._earlier = frozenset(self._since)

    def note(self, key: OrderKey) -> float:
        """Take note that a key's order is refused; return since when, in seconds since 1970."""
        return self._since.setdefault(str(key), self._clock.now())

    def told(self, problem: Problem, key: OrderKey, *, kept: bool, alone: bool) -> Problem:
        """Return what to tell of an order that came to nothing.

        `kept` where HeyGen said no in its own words, `alone` where other orders go on.
        """
        since = self.note(key)
        moment = datetime.fromtimestamp(since, timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
        if not kept:
            mend = f"not answered since {moment}; apply again: the same key finds what it ordered"
        elif alone or str(key) in self._earlier or self._clock.now() - since >= _LASTING:
            mend = (
                f"refused since {moment}; HeyGen may repeat that for 24 hours although its cause "
                "is mended: then apply --retry-refused sends the order under a fresh key"
            )
        else:
            return problem
        hint = f"{problem.hint}; {mend}" if problem.hint else mend
        return replace(problem, hint=hint)

    def save(self) -> None:
        """Write down what may still count in a later run; a disk that refuses is no matter."""
        now = self._clock.now()
        kept = {key: since for key, since in self._since.items() if 0 <= now - since < _A_DAY}
        if kept or self._path.exists():
            with suppress(OSError):
                make_state_folder(self._path.parent)
                write_atomically(self._path, json.dumps(kept, indent=2, sort_keys=True) + "\n")

    def answered(self, key: OrderKey) -> None:
        """Forget the refusals of a key that a job has answered."""
        self._since.pop(str(key), None)

    def _read(self) -> dict[str, float]:
        try:
            found = parse_json(read(self._path, _LARGEST), _MOST_VALUES)
        except (OSError, ValueError):
            return {}
        now = self._clock.now()
        known = found.items() if isinstance(found, dict) else ()
        return {
            key: float(since)
            for key, since in known
            if isinstance(since, (int, float)) and 0 <= now - since < _A_DAY
        }
