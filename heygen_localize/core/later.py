"""When something that was tried is to be done again."""

from __future__ import annotations

from msgspec import Struct


class Later(Struct, frozen=True):
    """A pass or a task that is to be done again, in so many `seconds`; where `failed`, no more.

    `tries` failed in a row by now, the last one for a `reason`. `settled` says that a pass left
    nothing to do; `keyed` that it takes a worker with the key.
    """

    seconds: float = 0.0
    tries: int = 0
    reason: str | None = None
    failed: bool = False
    settled: bool = False
    keyed: bool = False
