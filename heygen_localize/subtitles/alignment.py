"""Which cue of one version is which of the other, where cues were split, merged or lost."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from heygen_localize.core.text import sanitize
from heygen_localize.subtitles.timing import Times

_BACK = 32
"""Cues that are looked at for one; more are shown at once in no film."""


def shown_together(cues: Sequence[Times], others: Sequence[Times]) -> list[tuple[int, ...]]:
    """Return for each cue the places of the others that it overlaps, the longest overlap first."""
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


_AHEAD = 12
"""How many cues in a row may be gained or lost before sides are paired in their order."""
_WAYS = sorted(
    ((here, there) for here in range(_AHEAD + 1) for there in range(_AHEAD + 1) if here or there),
    key=lambda skips: (max(skips) + abs(skips[0] - skips[1]), abs(skips[0] - skips[1])),
)
"""How many cues to pass on either side until two fit: few at all, and few on one side only."""
_PROBES = 200_000
"""Comparisons in all, so that a hostile file takes no longer than a large one."""
_SHOWN = 60


class Version(NamedTuple):
    """One side: a cue's times (None where they cannot be read) and text, cue by cue."""

    times: Sequence[Times | None]
    texts: Sequence[str]


class Pair(NamedTuple):
    """The same cue on both sides, by its place from 0; None where a side does not have it."""

    machine: int | None
    reviewed: int | None


def align(machine: Version, reviewed: Version) -> tuple[Pair, ...]:
    """Pair the cues of two versions: by equal times or text, else in their order."""
    return tuple(_pairs(machine, reviewed))


def _pairs(machine: Version, reviewed: Version) -> Iterator[Pair]:
    here, there, probes = 0, 0, _PROBES
    while here < len(machine.times) and there < len(reviewed.times):
        skip_here = skip_there = 0
        if not _same(machine, reviewed, here, there) and probes > 0:
            skip_here, skip_there, probed = _next_same(machine, reviewed, here, there)
            probes -= probed
        # What lies between two cues that fit: changed ones in pairs, then those of one side.
        for step in range(max(skip_here, skip_there)):
            yield Pair(
                here + step if step < skip_here else None,
                there + step if step < skip_there else None,
            )
        here, there = here + skip_here, there + skip_there
        yield Pair(here, there)
        here, there = here + 1, there + 1
    yield from (Pair(place, None) for place in range(here, len(machine.times)))
    yield from (Pair(None, place) for place in range(there, len(reviewed.times)))


def _next_same(machine: Version, reviewed: Version, here: int, there: int) -> tuple[int, int, int]:
    """Find the nearest cues ahead that fit: how many to pass on each side, after how many looks."""
    for probed, (skip_here, skip_there) in enumerate(_WAYS, 1):
        ours, theirs = here + skip_here, there + skip_there
        inside = ours < len(machine.times) and theirs < len(reviewed.times)
        if inside and _same(machine, reviewed, ours, theirs):
            return skip_here, skip_there, probed
    return 0, 0, len(_WAYS)


def _same(machine: Version, reviewed: Version, here: int, there: int) -> bool:
    times = machine.times[here]
    if times is not None and times == reviewed.times[there]:
        return True
    text = machine.texts[here]
    return bool(text) and text == reviewed.texts[there]


def explain(machine: Version, reviewed: Version, pairs: Sequence[Pair]) -> tuple[str, int | None]:
    """Say what became of the first cue that only one side has, and its place among the reviewed.

    The place counts from 0; it is that of the cue before where the cue itself is missing.
    """
    before = Pair(None, None)
    for pair in pairs:
        if pair.machine is None and pair.reviewed is not None:
            return _gained(machine, reviewed, before, pair.reviewed), pair.reviewed
        if pair.reviewed is None and pair.machine is not None:
            return _lost(machine, reviewed, before, pair.machine), before.reviewed
        before = pair
    return "every cue has its counterpart", None


def _gained(machine: Version, reviewed: Version, before: Pair, place: int) -> str:
    name = f"cue {place + 1} ({_named(reviewed, place)})"
    if before.machine is not None and before.reviewed is not None:
        whole, part = machine.times[before.machine], reviewed.times[place]
        if _within(part, whole) or _contains(machine, before.machine, reviewed.texts[place]):
            return f"cue {before.machine + 1} looks split: {name} is not in the machine's version"
    return f"{name} looks added"


def _lost(machine: Version, reviewed: Version, before: Pair, place: int) -> str:
    name = f"cue {place + 1} ({_named(machine, place)})"
    if before.machine is not None and before.reviewed is not None:
        whole, part = reviewed.times[before.reviewed], machine.times[place]
        if _within(part, whole) or _contains(reviewed, before.reviewed, machine.texts[place]):
            return f"{name} looks merged into cue {before.reviewed + 1}"
    return f"{name} looks missing"


def _within(part: Times | None, whole: Times | None) -> bool:
    return (
        part is not None
        and whole is not None
        and (whole.start <= part.start < part.end <= whole.end)
    )


def _contains(version: Version, place: int, text: str) -> bool:
    """Return whether a cue holds the text of another, however the lines are broken."""
    words = " ".join(text.split())
    return bool(words) and words in " ".join(version.texts[place].split())


def _named(version: Version, place: int) -> str:
    times, text = version.times[place], sanitize(version.texts[place], _SHOWN)
    return f"{times or 'no readable times'} {text!r}"
