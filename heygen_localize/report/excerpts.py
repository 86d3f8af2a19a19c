"""The lines that a diagnostic is about, as a terminal shows them: numbered, with marks below."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from heygen_localize.core.excerpts import Excerpt
from heygen_localize.core.text import strip_controls
from heygen_localize.report.render import Paint, plain

_LEAST = 20
"""Columns for a line of a file, however narrow the terminal is."""


def excerpt_text(
    parts: Sequence[Excerpt], mend: str | None, paint: Paint = plain, width: int = 100
) -> str:
    """Render the lines of a diagnostic, the first one its place, and how to mend it."""
    gutter = len(str(max(part.line for part in parts)))
    bar = paint(f"{'':{gutter}} |", "blue")
    room = max(_LEAST, width - gutter - 3)
    lines = [bar]
    shown: Excerpt | None = None
    for part in sorted(parts, key=lambda part: part.line):
        if shown is not None and part.line > shown.line + 1:
            lines.append(paint("...", "blue"))
        text, marks = _marked(part, "^" if part is parts[0] else "-", room)
        colour = "red" if part is parts[0] else "blue"
        if shown is None or part.line != shown.line:
            lines.append(f"{paint(f'{part.line:{gutter}} |', 'blue')} {text}".rstrip())
        label = f" {part.label}" if part.label else ""
        lines.append(f"{bar} {paint(strip_controls(marks.rstrip() + label), colour)}")
        shown = part
    if mend:
        lines += [bar, f"{'':{gutter}} {paint('=', 'blue')} help: {strip_controls(mend)}"]
    return "\n".join(lines)


def _marked(part: Excerpt, sign: str, room: int) -> tuple[str, str]:
    """Return as much of a line as there is room for, and the marks below it."""
    cells = [_cell(char) for char in part.text]
    widths = [_columns(cell) for cell in cells]
    start, end = part.column - 1, part.column - 1 + part.width
    first, last, columns = 0, len(cells), sum(widths)
    while columns > room - 2 * (first > 0 or last < len(cells)):
        # What is marked stays, its beginning above all; what is farthest from it goes.
        if first < start - 8 and start - first > last - end:
            columns -= widths[first]
            first += 1
        else:
            last -= 1
            columns -= widths[last]
    head, tail = "…" * (first > 0), "…" * (last < len(cells))
    before = " " * (len(head) + sum(widths[first:start]))
    marked = max(1, sum(widths[start : min(end, last)]))
    return head + "".join(cells[first:last]) + tail, before + sign * marked


def _cell(char: str) -> str:
    """Return a character as it is shown; of a tab, that it is one."""
    return "→" if char == "\t" else strip_controls(char).replace("\n", " ")


def _columns(cell: str) -> int:
    return 2 if cell and unicodedata.east_asian_width(cell) in "WF" else len(cell)
