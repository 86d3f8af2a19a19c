"""What a page shows of the checks: a waveform beside its source's, and what was found. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from msgspec import Struct

from heygen_localize.core.checks import Severity
from heygen_localize.core.measurement import Measurement
from heygen_localize.core.text import pluralize
from heygen_localize.planning.check import CheckRow, CheckState, Finding
from heygen_localize.planning.comparison import Difference, differences
from heygen_localize.report.check import figures, moment
from heygen_localize.report.html.waveform import (
    Band,
    Mark,
    Place,
    Tick,
    band,
    marks,
    size_of,
    ticks,
)

_MOST_DRAWN = 1_500_000
"""Bytes in a page of all waveforms and what stands below them."""

_MOST_LISTED = 30
"""Findings, and differences, of one target."""

_LINE = 250
"""About the bytes of a line in the list and of its mark, without its text."""

_FRAME = 2_000
_RANKS = (CheckState.FAILED, CheckState.WARNED, CheckState.OK)


class Line(Struct, frozen=True):
    """Something that was found; `when` is empty where it is of the whole file."""

    name: str
    told: str
    when: str


class Drawing(Struct, frozen=True):
    """The sound of a dub on its axis, below that of its source, with what is marked on both."""

    dub: Band
    source: Band | None
    dub_marks: tuple[Mark, ...]
    source_marks: tuple[Mark, ...]
    ticks: tuple[Tick, ...]


class Check(Struct, frozen=True):
    """One target's check. `found` and `apart` are listed; the marks of both stand in that order."""

    word: str
    failed: bool
    figures: str
    source_figures: str
    found: tuple[Line, ...]
    more_found: int
    apart: tuple[Line, ...]
    more_apart: int
    uncompared: str
    drawing: Drawing
    sums: str

    @property
    def size(self) -> int:
        """Return about how many bytes it takes in a page."""
        drawn = sum(size_of(one) for one in (self.drawing.dub, self.drawing.source) if one)
        lines = (*self.found, *self.apart)
        return _FRAME + drawn + sum(_LINE + len(line.told) for line in lines)


class PageChecks(Struct, frozen=True):
    """The checks of a page: what was found of each target in a word, and those drawn."""

    words: Mapping[str, str]
    drawn: Mapping[str, Check]
    counts: Mapping[str, int]
    left_out: int

    @property
    def any_known(self) -> bool:
        """Whether anything was ever checked."""
        return bool(self.drawn) or self.left_out > 0


NO_CHECKS = PageChecks({}, {}, {}, 0)


def page_checks(
    rows: Mapping[str, CheckRow],
    local: frozenset[str],
    unchecked: Sequence[str],
    unread: Sequence[str] = (),
) -> PageChecks:
    """Choose what has room in a page: errors first, then warnings, then the others."""
    words = dict.fromkeys(unchecked, "unchecked")
    drawn: dict[str, Check] = {}
    left = _MOST_DRAWN
    for rank in _RANKS:
        for address, row in rows.items():
            if row.file is None or row.state is not rank:
                continue
            words[address] = word_of(row)
            if left <= 0:
                continue
            check = _check(row, row.file, address in local)
            left -= check.size
            if left > 0:
                drawn[address] = check
    states = Counter(row.state for row in rows.values())
    named = {"failed": CheckState.FAILED, "with warnings": CheckState.WARNED}
    counts = {name: states[state] for name, state in (*named.items(), ("passed", CheckState.OK))}
    counts |= {"unchecked": len(unchecked)}
    told = {name: number for name, number in counts.items() if number}
    return PageChecks(words, drawn, told, len(rows) + len(unread) - len(drawn))


def word_of(row: CheckRow) -> str:
    """Say in a few words what was found."""
    number = Counter(one.severity for one in row.findings)
    parts = [
        pluralize(number[severity], name)
        for severity, name in ((Severity.ERROR, "error"), (Severity.WARN, "warning"))
        if number[severity]
    ]
    return ", ".join(parts) or "passed"


def _check(row: CheckRow, file: Measurement, local: bool) -> Check:
    found = row.findings[:_MOST_LISTED]
    apart = () if row.source is None else differences(row.source, file)
    shown = apart[:_MOST_LISTED]
    return Check(
        word_of(row),
        row.state is CheckState.FAILED,
        figures(file),
        "" if row.source is None else figures(row.source),
        tuple(_finding(one) for one in found),
        len(row.findings) - len(found),
        tuple(_difference(one) for one in shown),
        len(apart) - len(shown),
        _uncompared(row, local),
        _drawing(row.source, file, found, shown),
        _sums(file, row.source, found, shown),
    )


def _uncompared(row: CheckRow, local: bool) -> str:
    if row.source is not None:
        return ""
    if local:
        return "Its source was not measured: localize check."
    return "Nothing to compare it with: its source is no local file, or another one by now."


def _finding(one: Finding) -> Line:
    return Line(one.severity.value, f"{one.rule.value}: {one.message}", _when(one.at, one.until))


def _difference(one: Difference) -> Line:
    return Line("diff", one.message, _when(one.at, one.until))


def _when(at: float | None, until: float | None) -> str:
    if at is None:
        return ""
    return moment(at) if until is None or until <= at else f"{moment(at)} to {moment(until)}"


def _drawing(
    source: Measurement | None,
    file: Measurement,
    found: Sequence[Finding],
    apart: Sequence[Difference],
) -> Drawing:
    axis = max(file.seconds, source.seconds if source is not None else 0.0)
    places = [
        Place(one.at, one.until, one.severity.value, number)
        for number, one in enumerate(found, 1)
        if one.at is not None
    ]
    here, there = (
        [
            Place(one.at, one.until, "diff")
            for one in apart
            if one.at is not None and one.in_source is in_source
        ]
        for in_source in (False, True)
    )
    return Drawing(
        band(file, axis),
        None if source is None else band(source, axis),
        marks([*here, *places], axis),
        marks(there, axis),
        ticks(axis),
    )


def _sums(
    file: Measurement,
    source: Measurement | None,
    found: Sequence[Finding],
    apart: Sequence[Difference],
) -> str:
    """Say in words what the picture shows, for those who do not see it."""
    lengths = f"The dub lasts {moment(file.seconds)}"
    lengths += "" if source is None else f", its source {moment(source.seconds)}"
    placed = sum(one.at is not None for one in found)
    placed += sum(one.at is not None for one in apart)
    return f"{lengths}. {pluralize(placed, 'place')} marked; all are listed below."
