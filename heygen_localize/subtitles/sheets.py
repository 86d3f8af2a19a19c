"""Subtitles as a CSV sheet, a row for each cue, for those who review in spreadsheets."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Mapping, Sequence

from msgspec import Struct

from heygen_localize.core.encoding import POINTER, text_of
from heygen_localize.core.errors import Diagnostic, NotTextError, SubtitleError
from heygen_localize.subtitles.alignment import shown_together
from heygen_localize.subtitles.diff import same_cues
from heygen_localize.subtitles.findings import MOST_MISTAKES, mistake
from heygen_localize.subtitles.oddities import MENDED, conflicts
from heygen_localize.subtitles.scanner import holds_cue, lf
from heygen_localize.subtitles.timing import written
from heygen_localize.subtitles.transcript import Cue, Transcript, write

_FORMULA = tuple("=+-@\t\r\n＝＋－＠")
_APOSTROPHE = "'"
_NUMBER = re.compile(r"([0-9]{1,9})(?:[.,]0{1,2})?", re.ASCII)
_TIME = re.compile(r"(?:([0-9]{1,2}):)?([0-9]{1,2}):([0-9]{1,2})(?:[.,]([0-9]{1,3}))?", re.ASCII)
_HOUR = 60 * 60 * 1000


def defused(text: str) -> str:
    """Put an apostrophe before what a spreadsheet might run as a formula."""
    return _APOSTROPHE + text if _is_risky(text) else text


def restored(cell: str) -> str:
    """Take the apostrophe away that `defused` has put; the text's own stays."""
    text = lf(cell)
    return text[1:] if text.startswith(_APOSTROPHE) and _is_risky(text[1:]) else text


def _is_risky(text: str) -> bool:
    # A text with an apostrophe of its own gets another, or it would lose it.
    return text.lstrip(" ").startswith((*_FORMULA, _APOSTROPHE))


def number_of(cell: str) -> int | None:
    """Read a number that a spreadsheet may have rewritten (`3.0`); None where it is unclear."""
    match = _NUMBER.fullmatch(cell.strip())
    return int(match[1]) if match else None


def means_time(cell: str, milliseconds: int) -> bool:
    """Return whether a cell is a time, though a spreadsheet may have dropped its digits or hours.

    `00:01,0` is how some write 00:00:01,040: the same to the digits that are left.
    """
    match = _TIME.fullmatch(cell.strip())
    if match is None:
        return False
    hours, minutes, seconds, fraction = match.groups()
    digits = fraction or ""
    value = (int(minutes) * 60 + int(seconds)) * 1000 + int(digits.ljust(3, "0"))
    expected = milliseconds % _HOUR if hours is None else milliseconds
    value += 0 if hours is None else int(hours) * _HOUR
    # Rounded or cut off, it is less than one unit of its last digit away.
    unit = (1000, 100, 10, 1)[len(digits)]
    return abs(value - expected) < unit


COLUMNS = ("number", "start", "end", "source", "machine", "reviewed", "comment")
_DELIMITERS = ",;\t"
_KEPT = "edit the columns reviewed and comment only, or export the sheet again"


class Imported(Struct, frozen=True):
    """What a sheet says: the reviewed subtitles, and comments by the number of the cue."""

    reviewed: bytes
    comments: Mapping[int, str]


class _Row(Struct, frozen=True):
    """A row as spreadsheets count them (the header is row 1), by the name of the column."""

    place: int
    cells: Mapping[str, str]


def export(
    source: Transcript | None,
    machine: Transcript,
    reviewed: Transcript,
    comments: Mapping[int, str],
) -> bytes:
    """Write a sheet: UTF-8 with BOM and CRLF, so that Excel opens it right.

    Args:
        source: What is said in the video, by way of its times; None where it is not known.
        machine: The machine's version, cue by cue.
        reviewed: The text to be edited, in the same cues.
        comments: By the number of the cue, from 1.

    Raises:
        SubtitleError: the reviewed version has other cues or times than the machine's.
    """
    if not same_cues(machine, reviewed):
        raise SubtitleError(
            "the reviewed subtitles have other cues or times than the machine's version",
            hint=MENDED,
        )
    sources = _sources(source, machine)
    sheet = io.StringIO(newline="")
    rows = csv.writer(sheet, lineterminator="\r\n")
    rows.writerow(COLUMNS)
    sides = zip(machine.cues, reviewed.cues, sources, strict=True)
    for number, (before, after, said) in enumerate(sides, 1):
        texts = (said, before.text, after.text, comments.get(number, ""))
        times = (written(before.start), written(before.end))
        rows.writerow((number, *times, *map(defused, texts)))
    return codecs.BOM_UTF8 + sheet.getvalue().encode("utf-8")


def _sources(source: Transcript | None, machine: Transcript) -> list[str]:
    if source is None:
        return [""] * len(machine.cues)
    together = shown_together(
        [cue.times for cue in machine.cues], [cue.times for cue in source.cues]
    )
    return ["\n".join(source.cues[place].text for place in sorted(places)) for places in together]


def import_sheet(content: bytes, machine: Transcript) -> Imported:
    """Read a reviewed sheet back; nothing but its reviewed texts and comments is taken.

    Commas, semicolons or tabs, with or without BOM, any line ends, empty rows and
    columns added: all that spreadsheets do passes.

    Raises:
        SubtitleError: rows that do not fit the machine's version, all of them at once;
            `line` is the row as spreadsheets count.
    """
    rows = _rows(_sheet_text(content))
    mistakes: list[Diagnostic] = []
    fitting = _fitting(rows, machine, mistakes)
    texts: dict[int, str] = {}
    comments: dict[int, str] = {}
    for number, row in fitting.items():
        _check_row(row, machine.cues[number - 1], mistakes)
        texts[number] = restored(row.cells["reviewed"])
        comment = restored(row.cells["comment"])
        if comment:
            comments[number] = comment
        if holds_cue(texts[number]):
            mistakes.append(mistake("the reviewed text holds the times of a cue", row.place))
    if mistakes:
        raise SubtitleError.of(_bounded(mistakes))
    cues = (
        Cue(number, cue.start, cue.end, texts[number], cue.line)
        for number, cue in enumerate(machine.cues, 1)
    )
    return Imported(write(Transcript(tuple(cues))), comments)


def _sheet_text(content: bytes) -> str:
    """Decode a sheet: UTF-8, or UTF-16 as Excel writes its Unicode text.

    Raises:
        SubtitleError: it is neither, or holds a conflict that nobody has resolved.
    """
    try:
        text = text_of(content)
    except NotTextError as error:
        told = error.first
        if told.code == POINTER:
            raise SubtitleError(told.message, hint=told.hint) from None
        hint = "save it as CSV UTF-8 (comma delimited)"
        raise SubtitleError(told.message, where=told.where, hint=hint) from None
    merged = conflicts(lf(text))
    if merged:
        # Lines are not rows: a cell may hold several.
        first = merged[0]
        raise SubtitleError(f"line {first.where.line}: {first.message}", hint=first.hint)
    return lf(text)


def _rows(text: str) -> list[_Row]:
    """Take a sheet apart, without its empty rows.

    Raises:
        SubtitleError: no header, columns missing or twice, or not CSV at all.
    """
    head, _, rest = text.partition("\n")
    delimiter = max(_DELIMITERS, key=head.count)
    skipped = 0
    if head.strip().lower().startswith("sep=") and len(head.strip()) == 5:
        delimiter, text, skipped = head.strip()[4], rest, 1
    try:
        records = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except (csv.Error, ValueError, TypeError) as error:
        raise SubtitleError(f"this is no CSV: {error}") from None
    if not records:
        raise SubtitleError("the sheet is empty")
    names = [name.strip().lower() for name in records[0]]
    mistakes = [
        mistake(f"the column {name!r} {'is missing' if name not in names else 'stands twice'}", 1)
        for name in COLUMNS
        if names.count(name) != 1
    ]
    if mistakes:
        raise SubtitleError.of(mistakes)
    places = {name: names.index(name) for name in COLUMNS}
    return [
        _Row(
            row,
            {name: cells[at] if at < len(cells) else "" for name, at in places.items()},
        )
        for row, cells in enumerate(records[1:], 2 + skipped)
        if any(cell.strip() for cell in cells)
    ]


def _fitting(
    rows: Sequence[_Row], machine: Transcript, mistakes: list[Diagnostic]
) -> dict[int, _Row]:
    """Return the row of each cue, and tell of those that are no cue's, twice or out of order."""
    fitting: dict[int, _Row] = {}
    last = 0
    for row in rows:
        number = number_of(row.cells["number"])
        if number is None:
            shown = row.cells["number"][:20]
            mistakes.append(mistake(f"{shown!r} is not the number of a cue", row.place, _KEPT))
        elif not 1 <= number <= len(machine.cues):
            mistakes.append(mistake(f"there is no cue {number}", row.place, _KEPT))
        elif number in fitting:
            first = fitting[number].place
            message = f"cue {number} stands in row {first} already"
            mistakes.append(mistake(message, row.place, _KEPT))
        else:
            fitting[number] = row
            if number < last:
                message = f"cue {number} stands behind cue {last}"
                mistakes.append(mistake(message, row.place, "sort the rows by number"))
            last = max(last, number)
    mistakes.extend(
        mistake(f"there is no row for cue {number}", None, _KEPT)
        for number in range(1, len(machine.cues) + 1)
        if number not in fitting
    )
    return fitting


def _check_row(row: _Row, cue: Cue, mistakes: list[Diagnostic]) -> None:
    """Make sure that what reviewers must not edit is as it was exported."""
    for name, time in (("start", cue.start), ("end", cue.end)):
        if not means_time(row.cells[name], time):
            shown = row.cells[name][:20]
            message = f"the {name} was changed: {shown!r} where {written(time)} was"
            mistakes.append(mistake(message, row.place, _KEPT))
    # Else an edit in the wrong column would be lost, or a text that was made a number.
    if restored(row.cells["machine"]).split() != cue.text.split():
        message = "the machine's text was changed, or is another version's"
        mistakes.append(mistake(message, row.place, _KEPT))


def _bounded(mistakes: Sequence[Diagnostic]) -> Sequence[Diagnostic]:
    ordered = sorted(mistakes, key=lambda found: found.where.line or 0)
    more = len(ordered) - MOST_MISTAKES
    if more <= 0:
        return ordered
    return [*ordered[:MOST_MISTAKES], mistake(f"and {more} mistakes more")]
