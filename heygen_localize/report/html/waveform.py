"""A sound as a picture: the numbers that a page draws with. Pure; no text of anybody's."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from heygen_localize.core.measurement import Measurement
from heygen_localize.report.check import moment

_TICKS = 4
_LEAST_WIDTH = 0.4
"""Percent of the axis: a moment is seen as well as a stretch."""

_LABELS_APART = 3.0
"""Percent between two numbers, or they would cover each other."""


class Place(Struct, frozen=True):
    """A moment or a stretch to be marked; its `number` is that in the list, or 0."""

    at: float
    until: float | None
    name: str
    number: int = 0


class Mark(Struct, frozen=True):
    """A place on the time axis, in percent of it. `label` is 0 where there is no room for one."""

    left: float
    width: float
    name: str
    label: int = 0


class Band(Struct, frozen=True):
    """The sound of one file: a path in `points` by 100, as wide as its share of the axis."""

    path: str
    points: int
    width: float


class Tick(Struct, frozen=True):
    """A moment that stands below the axis."""

    left: float
    told: str
    anchor: str


def band(file: Measurement, axis: float) -> Band:
    """Return a file's waveform on an axis of so many seconds."""
    return Band(path_of(file.waveform), max(1, len(file.waveform)), share(file.seconds, axis))


def path_of(peaks: Sequence[int]) -> str:
    """Return the outline of peaks (0 to 100) above a line, in steps of one to the right."""
    if not peaks:
        return ""
    steps, before = [], 0
    for peak in peaks:
        steps.append("h1" if peak == before else f"v{before - peak}h1")
        before = peak
    return f"M0 100{''.join(steps)}V100z"


def marks(places: Sequence[Place], axis: float) -> tuple[Mark, ...]:
    """Return the marks of places; a number that would cover another is left out."""
    found: list[Mark] = []
    labelled: list[float] = []
    for one in places:
        mark = _mark(one.at, one.at if one.until is None else one.until, axis, one.name)
        if one.number and all(abs(mark.left - left) >= _LABELS_APART for left in labelled):
            labelled.append(mark.left)
            mark = replace(mark, label=one.number)
        found.append(mark)
    return tuple(found)


def ticks(axis: float) -> tuple[Tick, ...]:
    """Return the moments that stand below an axis."""
    anchors = {0: "start", _TICKS: "end"}
    return tuple(
        Tick(100 * place / _TICKS, moment(axis * place / _TICKS), anchors.get(place, "middle"))
        for place in range(_TICKS + 1)
    )


def share(seconds: float, axis: float) -> float:
    """Return a length in percent of an axis."""
    return round(min(100.0, 100 * seconds / axis), 2) if axis > 0 else 0.0


def _mark(start: float, end: float, axis: float, name: str) -> Mark:
    left = min(share(start, axis), 100 - _LEAST_WIDTH)
    width = max(_LEAST_WIDTH, share(end, axis) - left)
    return Mark(left, round(width, 2), name)


def size_of(shown: Band) -> int:
    """Return about how many bytes a band takes in a page."""
    return len(shown.path) + 300
