"""Markdown that fits where it goes: texts cut, lists folded, and what has no room pluralize. Pure.

A comment on GitHub takes 65,536 characters. Every part of a report has room of its
own, and all of them together less than that.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from heygen_localize.core.errors import Problem
from heygen_localize.core.text import pluralize
from heygen_localize.core.urls import may_open
from heygen_localize.planning.results import FailureGroup
from heygen_localize.report.render import markdown_cell

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


@dataclass(frozen=True)
class Rows:
    """Lines that there was room for, and how many things had none."""

    lines: tuple[str, ...]
    hidden: int = 0


def row(cells: Iterable[str]) -> str:
    """Write a table's row of cells that are Markdown already."""
    return f"| {' | '.join(cells)} |"


def cell(text: str, longest: int = 400) -> str:
    """Make a text from elsewhere safe, and no longer than that before it is escaped."""
    return markdown_cell(text if len(text) <= longest else text[: longest - 1] + "…")


def told(problem: Problem) -> str:
    """Write a problem in one line: where, what, and how to mend it."""
    place = f"{cell(str(problem.where), 200)}: " if str(problem.where) else ""
    mend = f" — {cell(problem.hint)}" if problem.hint else ""
    return f"{place}{cell(problem.message)}{mend}"


def code(name: str) -> str:
    """Write a name as code where it is a plain one, else as an escaped text."""
    plain = len(name) <= _LONGEST_NAME and _PLAIN_NAME.fullmatch(name)
    return f"`{name}`" if plain else cell(name, _LONGEST_NAME)


def listed(names: Sequence[str], most: int) -> str:
    """Name the first of many, and count the others: `` `a/ja`, `b/ja`, … and 12 more ``."""
    first = ", ".join(map(code, names[:most]))
    return first if len(names) <= most else f"{first}, … and {len(names) - most} more"


def taken(lines: Iterable[str], total: int, room: int) -> Rows:
    """Take lines while there is room, their ends included; the others are never even made."""
    kept: list[str] = []
    for line in lines:
        room -= len(line) + 1
        if room < 0:
            break
        kept.append(line)
    return Rows(tuple(kept), total - len(kept))


def fitted(lines: Callable[[int, int], Iterable[str]], total: int, room: int) -> Rows:
    """Write lines as long as they may be: first whole, then shortened, then pluralize.

    `lines` is given the characters that a text, and the addresses that a line may have.
    """
    found = Rows(())
    for longest, most in _SHORTER:
        found = taken(lines(longest, most), total, room)
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


def bullets(found: Rows, noun: str) -> str:
    """Put lines into a list, with what had no room below."""
    return "".join(line + "\n" for line in found.lines) + _rest(found, noun)


def _rest(found: Rows, noun: str) -> str:
    return f"\n… and {pluralize(found.hidden, f'more {noun}')}\n" if found.hidden else ""


def failures_markdown(groups: Sequence[FailureGroup], room: int = ROOM_FOR_TABLE) -> str:
    """Write failures by cause: the vendor's message, the targets, what to do."""

    def lines(longest: int, most: int) -> Iterable[str]:
        for item in groups:
            problem = item.problem
            texts = cell(problem.message, longest), cell(problem.hint or "", longest)
            yield row([texts[0], listed(item.addresses, most), texts[1]])

    if not groups:
        return ""
    found = fitted(lines, len(groups), room)
    body = table(["failure", "targets", "what to do"], found, "cause")
    return folded(f"{pluralize(len(groups), 'cause')} of failure", body, len(found.lines))


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
