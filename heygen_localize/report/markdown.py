"""Markdown that fits where it goes: texts cut, lists folded, and what has no room counted. Pure.

A comment on GitHub takes 65,536 characters. Every part of a report has room of its
own, and all of them together less than that.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from msgspec import Struct

from heygen_localize.core.errors import Diagnostic
from heygen_localize.core.text import pluralize, strip_controls
from heygen_localize.core.urls import may_open
from heygen_localize.planning.results import FailureGroup

ROOM_FOR_MATRIX = 16_000
ROOM_FOR_TABLE = 14_000
ROOM_FOR_LIST = 3_000
"""Characters of a report that its matrix, each of its tables, each of its lists may have."""

_MOST_OPEN = 40
"""Rows of a table that stands open; a longer one is folded."""

_SHORTER = ((2000, 20), (400, 8), (120, 3))
"""Characters of a text and addresses in a row: fewer where otherwise rows had no room."""

_LONGEST_NAME = 200
_LONGEST_LINK = 4000
_PLAIN_NAME = re.compile(r"[\w./:=+-]+", re.ASCII)
_ADDRESS = re.compile(r"[\w.~:/?#\[\]!$&'()*+,;=%-]+", re.ASCII)
"""What an address may have by RFC 3986, but for the @ behind a password."""

_BRACKET = re.compile(r"[][()]")
_ESCAPED = r"\\\g<0>"


class Rows(Struct, frozen=True):
    """Lines that there was room for, and how many things had none."""

    lines: tuple[str, ...]
    hidden: int = 0


def row(cells: Iterable[str]) -> str:
    """Write a table's row of cells that are Markdown already."""
    return f"| {' | '.join(cells)} |"


def cell(text: str, longest: int = 400) -> str:
    """Make a text from elsewhere safe, and no longer than that before it is escaped."""
    return markdown_cell(text if len(text) <= longest else text[: longest - 1] + "…")


def markdown_cell(text: str) -> str:
    """Make a text from elsewhere safe inside a Markdown table: no markup, no links, no breaks."""
    escaped = "".join(
        "\\" + char if char in "\\`*_[]<>&|~#!@" else char for char in strip_controls(text)
    )
    # Bare addresses, @names and #numbers become links without any markup; a space
    # of no width after their beginning keeps them apart.
    return re.sub(r"(?i)(:(?=//)|www(?=\.)|[@#])", "\\1\u200b", " ".join(escaped.split()))


def one_line(problem: Diagnostic) -> str:
    """Write a problem in one line: where, what, and how to mend it."""
    place = f"{cell(str(problem.where), 200)}: " if str(problem.where) else ""
    fix = f" — {cell(problem.hint)}" if problem.hint else ""
    return f"{place}{cell(problem.message)}{fix}"


def code(name: str) -> str:
    """Write a name as code where it is a plain one, else as an escaped text."""
    plain = len(name) <= _LONGEST_NAME and _PLAIN_NAME.fullmatch(name)
    return f"`{name}`" if plain else cell(name, _LONGEST_NAME)


def listed(names: Sequence[str], most: int) -> str:
    """Name the first of many, and count the others: `` `a/ja`, `b/ja`, … and 12 more ``."""
    first = ", ".join(map(code, names[:most]))
    return first if len(names) <= most else f"{first}, … and {len(names) - most} more"


def take_within(lines: Iterable[str], total: int, room: int) -> Rows:
    """Take lines while there is room, their ends included; the others are never even made."""
    kept: list[str] = []
    for line in lines:
        room -= len(line) + 1
        if room < 0:
            break
        kept.append(line)
    return Rows(tuple(kept), total - len(kept))


class Prose(str):
    """A text from elsewhere that is shortened where there is little room."""


class Names(tuple[str, ...]):
    """Addresses of which fewer are shown where there is little room."""


Part = str | Names
"""What a row or a line is made of: Markdown as it is, `Prose`, or `Names`."""


def _written(part: Part, longest: int, most: int) -> str:
    if isinstance(part, Names):
        return listed(part, most)
    return cell(part, longest) if isinstance(part, Prose) else part


def _fitted(
    rows: Sequence[Sequence[Part]], join: Callable[[Iterable[str]], str], room: int
) -> Rows:
    """Write lines as long as they may be: first whole, then shortened, then counted."""
    found = Rows(())
    for longest, most in _SHORTER:
        lines = (join([_written(part, longest, most) for part in parts]) for parts in rows)
        found = take_within(lines, len(rows), room)
        if not found.hidden:
            break
    return found


def folded(summary: str, body: str, lines: int) -> str:
    """Fold what is longer than a page, under a summary that is ours."""
    if lines <= _MOST_OPEN:
        return body
    return fold(summary, body)


def fold(summary: str, body: str) -> str:
    """Put something where only those see it who ask for it."""
    return f"<details><summary>{summary}</summary>\n\n{body}\n</details>\n"


def table(columns: Sequence[str], found: Rows, noun: str) -> str:
    """Put rows under their head, and below what had no room: `… and 3 more causes`."""
    head = [row(columns), "|---" * len(columns) + "|"]
    return "".join(line + "\n" for line in [*head, *found.lines]) + _rest(found, noun)


def folded_table(
    columns: Sequence[str], cells: Iterable[Sequence[str]], total: int, noun: str, summary: str = ""
) -> str:
    """Write so many rows of cells that are Markdown already as a table, folded where it is long.

    `noun` is what a row tells of; `summary` counts them in other words, where these tell more.
    """
    found = take_within(map(row, cells), total, ROOM_FOR_TABLE)
    return _folded_table(columns, found, total, noun, summary)


def fitted_table(
    columns: Sequence[str],
    rows: Sequence[Sequence[Part]],
    noun: str,
    summary: str = "",
    room: int = ROOM_FOR_TABLE,
) -> str:
    """Write the same with texts and names as long as there is room for."""
    return _folded_table(columns, _fitted(rows, row, room), len(rows), noun, summary)


def _folded_table(columns: Sequence[str], found: Rows, total: int, noun: str, summary: str) -> str:
    if not total:
        return ""
    summary = summary or pluralize(total, noun)
    return folded(summary, table(columns, found, noun), len(found.lines))


def bullets(lines: Iterable[str], total: int, noun: str, room: int = ROOM_FOR_LIST) -> str:
    """Write so many lines while there is room, and count the others."""
    return _bullets(take_within(lines, total, room), noun)


def fitted_bullets(rows: Sequence[Sequence[Part]], noun: str, room: int = ROOM_FOR_TABLE) -> str:
    """Write a list with texts and names as long as there is room for."""
    return _bullets(_fitted([("- ", *parts) for parts in rows], "".join, room), noun)


def notes_list(notes: Mapping[str, Sequence[str]], noun: str, room: int = ROOM_FOR_TABLE) -> str:
    """Write a list of what is to be said, and of which addresses."""
    rows = [(Names(names), ": ", Prose(said)) for said, names in notes.items()]
    return fitted_bullets(rows, noun, room)


def _bullets(found: Rows, noun: str) -> str:
    return "".join(line + "\n" for line in found.lines) + _rest(found, noun)


def _rest(found: Rows, noun: str) -> str:
    return f"\n… and {pluralize(found.hidden, f'more {noun}')}\n" if found.hidden else ""


def failures_markdown(groups: Sequence[FailureGroup], room: int = ROOM_FOR_TABLE) -> str:
    """Write failures by cause: HeyGen's message, the targets, what to do."""
    problems = [(item.problem, Names(item.addresses)) for item in groups]
    rows = [(Prose(found.message), names, Prose(found.hint or "")) for found, names in problems]
    summary = f"{pluralize(len(groups), 'cause')} of failure"
    return fitted_table(("failure", "targets", "what to do"), rows, "cause", summary, room)


def link(text: str, address: str | None) -> str | None:
    """Write a link, or None for what no browser should be led to: https, or our own sandbox.

    The address stays as it is to the byte, since a signature may be part of it.
    """
    if not address or len(address) > _LONGEST_LINK or not _ADDRESS.fullmatch(address):
        return None
    if not may_open(address, loopback=True):
        return None
    entities = address.replace("&", "&amp;") if ";" in address else address
    return f"[{text}]({_BRACKET.sub(_ESCAPED, entities)})"
