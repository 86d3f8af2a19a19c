"""How many jobs were in progress when, and when there was room for another."""

from __future__ import annotations

from collections.abc import Iterable

# From when to when a job held its place, in seconds since the epoch.
Span = tuple[float, float]


def most_at_once(spans: Iterable[Span]) -> int:
    """Return the most places that were ever held at once."""
    steps = [step for start, end in spans if end > start for step in ((start, 1), (end, -1))]
    most = current = 0
    # At one and the same time a place is left before it is taken again.
    for _, step in sorted(steps):
        current += step
        most = max(most, current)
    return most


def room_since(spans: Iterable[Span], since: float, now: float, limit: int) -> float | None:
    """Return from when on there has been room for one more.

    Args:
        spans: Of all that held a place after ``since``.
        since: The earliest time that counts.
        now: The latest.
        limit: How many places there are.

    Returns:
        A time from which on a place was free until now; None if none is.
    """
    steps = [
        step for start, end in spans for step in ((max(start, since), 1), (max(end, since), -1))
    ]
    room, running = (since if limit > 0 else None), 0
    for at, step in sorted(steps):
        if at > now:
            break
        running += step
        if running >= limit:
            room = None
        elif room is None:
            room = at
    return room
