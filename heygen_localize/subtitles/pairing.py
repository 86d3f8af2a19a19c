"""Which cues of two languages are shown at the same time."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from heygen_localize.subtitles.timing import Times

_BACK = 32
"""Cues that are looked at for one; more are shown at once in no film."""


def shown_together(cues: Sequence[Times], others: Sequence[Times]) -> list[tuple[int, ...]]:
    """Give for each cue the places of the others that it overlaps, the longest overlap first."""
    if list(cues) == list(others):
        return [(place,) for place in range(len(cues))]
    order = sorted(range(len(others)), key=lambda place: others[place])
    starts = [others[place].start for place in order]
    together = []
    for cue in cues:
        until = bisect_left(starts, cue.end)
        near = order[max(0, until - _BACK) : until]
        lengths = {place: _overlap(cue, others[place]) for place in near}
        found = sorted((place for place in near if lengths[place] > 0), key=lengths.__getitem__)
        together.append(tuple(reversed(found)))
    return together


def _overlap(one: Times, other: Times) -> int:
    return min(one.end, other.end) - max(one.start, other.start)
