"""Videos by languages, a sign in each cell: for terminals and for Markdown. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from heygen_localize.core.text import pluralize
from heygen_localize.planning import status
from heygen_localize.planning.status import StatusRow, TargetStatus
from heygen_localize.report.markdown import (
    ROOM_FOR_LIST,
    Rows,
    code,
    fold,
    folded,
    listed,
    notes_list,
    row,
    table,
    take_within,
)
from heygen_localize.report.render import Paint, plain
from heygen_localize.report.sentences import Style

_MOST_COLUMNS = 15
"""Columns that a table in Markdown can have and still be read on a page."""

_MOST_ROWS = 15
"""Rows of a table that are read one by one, where it shows what is to be done."""

_NOT_WANTED = ""
"""A cell of a language that nobody wants; every sign would look like another one."""

_GAP = "  "


class Grid(Struct, frozen=True):
    """Videos by languages, both sorted. `marks` are by address; `order` is the legend's."""

    videos: tuple[str, ...]
    languages: tuple[str, ...]
    marks: Mapping[str, Style]
    order: tuple[Style, ...]

    def row(self, video: str) -> tuple[Style | None, ...]:
        """Return a video's cells, None where it is not wanted in a language."""
        return tuple(self.marks.get(f"{video}/{tag}") for tag in self.languages)

    def column(self, tag: str) -> tuple[Style | None, ...]:
        """Return a language's cells."""
        return tuple(self.marks.get(f"{video}/{tag}") for video in self.videos)

    @property
    def legend(self) -> tuple[tuple[Style, int], ...]:
        """The marks that are there, each with the number of its targets."""
        counts = Counter(self.marks.values())
        return tuple((mark, counts[mark]) for mark in self.order if counts[mark])


def grid_of(marks: Mapping[str, Style], order: Sequence[Style]) -> Grid:
    """Lay marks out by their addresses; `order` has every mark there may be."""
    parts = [address.partition("/") for address in marks]
    videos = sorted({video for video, _, _ in parts})
    languages = sorted({tag for _, _, tag in parts})
    return Grid(tuple(videos), tuple(languages), marks, tuple(dict.fromkeys(order)))


def matrix_markdown(grid: Grid, room: int, well: Collection[Style] = ()) -> str:
    """Write a grid as a table within so many characters, its legend below.

    Rows that hold nothing but marks of `well` are folded, and named there; of many others those
    that are alike share one.

    Too many languages become rows, or words in one cell if there are as many videos.
    Where there is no room, videos that stand alike share a row, and the rest are counted.
    """
    if not grid.marks:
        return ""
    legend = " · ".join(f"`{mark.sign}` {number} {mark.word}" for mark, number in grid.legend)
    noun, columns, cells = _layout(grid)
    quiet = _quiet(grid, noun, well)
    cells = {name: values for name, values in cells.items() if name not in quiet}
    head = [noun, *map(code, columns)]
    fold_room = ROOM_FOR_LIST if quiet else 0
    rest = room - len(legend) - len(table(head, Rows(()), noun)) - fold_room
    found = _rows(cells, noun, rest, most=_MOST_ROWS if well else len(cells))
    size = f"{pluralize(len(grid.videos), 'video')}, {pluralize(len(grid.languages), 'language')}"
    shown = folded(size, table(head, found, noun), len(found.lines)) if cells else ""
    if quiet:
        words = ", ".join(mark.word for mark in well if mark in dict(grid.legend))
        names = notes_list({words: quiet}, noun, ROOM_FOR_LIST)
        shown += ("\n" if shown else "") + fold(f"{pluralize(len(quiet), noun)}, all well", names)
    return f"{shown}\n{legend}\n"


def _quiet(grid: Grid, noun: str, well: Collection[Style]) -> list[str]:
    """Name the rows that hold nothing but marks of `well`."""
    names, marks = (grid.languages, grid.column) if noun == "language" else (grid.videos, grid.row)
    return [name for name in names if all(mark is None or mark in well for mark in marks(name))]


def _layout(grid: Grid) -> tuple[str, tuple[str, ...], dict[str, tuple[str, ...]]]:
    """Choose what the rows are; give their noun, the columns, and the cells of each row."""
    if len(grid.languages) <= _MOST_COLUMNS:
        return "video", grid.languages, {name: _signs(grid.row(name)) for name in grid.videos}
    if len(grid.videos) <= _MOST_COLUMNS:
        by_language = {tag: _signs(grid.column(tag)) for tag in grid.languages}
        return "language", grid.videos, by_language
    return "video", ("state",), {name: (_words(grid, name),) for name in grid.videos}


def _signs(marks: Sequence[Style | None]) -> tuple[str, ...]:
    return tuple(mark.sign if mark is not None else _NOT_WANTED for mark in marks)


def _words(grid: Grid, video: str) -> str:
    """Say in one cell how a video stands: `` `✓` 18, `!` ja ko ``."""
    tags: dict[Style, list[str]] = {}
    for tag, mark in zip(grid.languages, grid.row(video), strict=True):
        if mark is not None:
            tags.setdefault(mark, []).append(tag)
    most = max(tags, key=lambda mark: len(tags[mark]))
    return ", ".join(
        f"`{mark.sign}` " + (str(len(tags[mark])) if mark == most else listed(tags[mark], 3))
        for mark in grid.order
        if mark in tags
    )


def _rows(cells: Mapping[str, tuple[str, ...]], noun: str, room: int, most: int) -> Rows:
    """Write the rows: each by itself if there is room for these, else those alike as one."""
    single = (row([code(name), *values]) for name, values in cells.items())
    whole = take_within(single, len(cells), room)
    if not whole.hidden and len(cells) <= most:
        return whole
    alike: dict[tuple[str, ...], list[str]] = {}
    for name, values in cells.items():
        alike.setdefault(values, []).append(name)
    lines = (row([_alike(names, noun), *values]) for values, names in alike.items())
    kept = take_within(lines, len(alike), room)
    shown = sum(len(names) for names in list(alike.values())[: len(kept.lines)])
    return Rows(kept.lines, len(cells) - shown)


def _alike(names: Sequence[str], noun: str) -> str:
    first = code(names[0])
    if len(names) == 1:
        return first
    return f"{first} and {pluralize(len(names) - 1, f'more {noun}')}"


def matrix_text(grid: Grid, width: int, paint: Paint = plain) -> str | None:
    """Write a grid for a terminal: in words, in signs if these do not fit, or not at all.

    Where signs do not fit side by side either, the languages are split into several tables.
    """
    if not grid.marks:
        return None
    words = {mark: mark.word for mark, _ in grid.legend}
    if lines := list(_text_lines(grid, words, width, paint)):
        return "\n".join(lines) + "\n"
    signs = {mark: mark.sign for mark, _ in grid.legend}
    parts = [list(_text_lines(part, signs, width, paint)) for part in _split(grid, width)]
    if not all(parts):
        return None
    tables = ["\n".join(lines) for lines in parts]
    return "\n\n".join([*tables, _legend_text(signs, width)]) + "\n"


def _legend_text(marks: Iterable[Style], width: int) -> str:
    """Explain the signs, as many in a line as fit."""
    lines = [""]
    for mark in marks:
        item = f"{mark.sign} {mark.word}"
        if lines[-1] and len(lines[-1] + _GAP + item) > width:
            lines.append(item)
        else:
            lines[-1] += (_GAP if lines[-1] else "") + item
    return "\n".join(lines)


def _split(grid: Grid, width: int) -> Iterator[Grid]:
    """Part a grid by its languages, as few times as the width allows for signs."""
    first = max(map(len, grid.videos))
    tags: list[str] = []
    room = width - first
    for tag in grid.languages:
        if tags and room < len(_GAP) + len(tag):
            yield replace(grid, languages=tuple(tags))
            tags, room = [], width - first
        tags.append(tag)
        room -= len(_GAP) + len(tag)
    yield replace(grid, languages=tuple(tags))


def _text_lines(grid: Grid, names: Mapping[Style, str], width: int, paint: Paint) -> Iterator[str]:
    """Return the lines, or none where they are wider than the terminal."""
    first = max(map(len, grid.videos))
    widths = [
        max(len(tag), *(len(names[mark]) for mark in grid.column(tag) if mark is not None))
        for tag in grid.languages
    ]
    if first + sum(len(_GAP) + size for size in widths) > width:
        return
    sized = list(zip(grid.languages, widths, strict=True))
    yield _GAP.join([" " * first, *(tag.ljust(size) for tag, size in sized)]).rstrip()
    for video in grid.videos:
        cells = [
            paint(names[mark], mark.colour) + " " * (size - len(names[mark]))
            if mark is not None
            else _NOT_WANTED.ljust(size)
            for mark, (_, size) in zip(grid.row(video), sized, strict=True)
        ]
        yield _GAP.join([video.ljust(first), *cells]).rstrip()


FAILED = Style("!", TargetStatus.FAILED.value, "red")
OUTDATED = Style("~", status.OUTDATED, "yellow")

STANDING_MARKS = {
    TargetStatus.COMPLETED: Style("✓", TargetStatus.COMPLETED.value, "green"),
    TargetStatus.FAILED: FAILED,
    TargetStatus.MISSING: Style("+", TargetStatus.MISSING.value, "yellow"),
    TargetStatus.HELD: Style("‖", TargetStatus.HELD.value, "yellow"),
    TargetStatus.PENDING: Style("·", TargetStatus.PENDING.value, "cyan"),
    TargetStatus.RUNNING: Style("…", TargetStatus.RUNNING.value, "cyan"),
    TargetStatus.IN_REVIEW: Style("?", "in review", "yellow"),
    TargetStatus.REJECTED: Style("✗", TargetStatus.REJECTED.value, "red"),
    TargetStatus.SKIPPED: Style("/", TargetStatus.SKIPPED.value, "dim"),
    TargetStatus.ORPHAN: Style("-", TargetStatus.ORPHAN.value, "dim"),
}
STANDING_ORDER = (*STANDING_MARKS.values(), OUTDATED)


def standing_mark(row: StatusRow) -> Style:
    """Return the mark of a target: how it stands, or that what is rendered is outdated."""
    return OUTDATED if row.told == OUTDATED.word else STANDING_MARKS[TargetStatus(row.told)]
