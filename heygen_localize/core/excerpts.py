"""The lines of a file that a diagnostic shows, with what is marked in them. Pure."""

from __future__ import annotations

import re
from array import array
from collections.abc import Sequence
from functools import cached_property

from msgspec import Struct


class Excerpt(Struct, frozen=True):
    """One line of a file, and the part of it that a diagnostic is about.

    `line` and `column` count from 1, in the `text` that is shown: passwords and the queries
    of addresses, which may be secrets, are left out of it. `width` characters are marked;
    a `label` stands beside the mark where the line is not the place of the diagnostic itself.
    """

    line: int
    text: str
    column: int
    width: int
    label: str | None = None


_LINE_END = re.compile(r"\r\n|\r|\n|\Z")


class Lines:
    """The lines of a text, each cut out when it is asked for: a file may have millions."""

    def __init__(self, text: str) -> None:
        self._text = text

    @cached_property
    def _cuts(self) -> tuple[Sequence[int], Sequence[int]]:
        starts, ends = array("L", [0]), array("L")
        for found in _LINE_END.finditer(self._text):
            ends.append(found.start())
            starts.append(found.end())
        return starts, ends

    def __len__(self) -> int:
        """Count the lines; the last one has no end of its own."""
        return len(self._cuts[1])

    def __getitem__(self, line: int) -> str:
        """Return a line, counted from 0."""
        starts, ends = self._cuts
        return self._text[starts[line] : ends[line]]


_LONGEST = 1000
"""Characters of a line that is shown; files made by machines have lines of megabytes."""

_QUOTED = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^']|'')*'")
_KEY = re.compile(r"[A-Za-z_][\w.-]*(?=:(?:\s|$))")
_COMMENT = re.compile(r"\s#")
_DELIMITER = re.compile(r"[,\[\]{}]")

_SECRETS = (
    (re.compile(r"(://)[^/\s@]*@"), r"\1…@"),
    (re.compile(r"(://[^\s?#\"',\]}]*)\?[^\s\"',\]}]*"), r"\1?…"),
    (
        re.compile(
            r"(?i)(?<![\w-])([\w-]{0,60}?(?:api[_-]?key|token|secret|passw(?:or)?d|credential)[\w-]*[\"']?\s*[:=])\s*\S.*"
        ),
        r"\1 …",
    ),
)


def excerpt(
    lines: Lines | Sequence[str],
    line: int,
    column: int,
    width: int | None = None,
    label: str | None = None,
) -> Excerpt | None:
    """Return a line of a file as it may be shown; None where it is empty or very long.

    Without a `width`, what begins at the column is marked: a key, a text with its quotes,
    or a value up to its end.
    """
    if not 1 <= line <= len(lines) or not lines[line - 1].strip():
        return None
    text = lines[line - 1].rstrip()
    if len(text) > _LONGEST:
        return None
    start = min(column - 1, len(text))
    end = start + (_width(text, start) if width is None else width)
    shown = without_secrets(text)
    before = _shared(without_secrets(text[:start]), shown)
    marked = _shared(without_secrets(text[:end]), shown)
    return Excerpt(line, shown, before + 1, max(1, marked - before), label)


def _width(text: str, start: int) -> int:
    """Return how many characters from a place on belong together."""
    token = _QUOTED.match(text, start) or _KEY.match(text, start)
    if token is not None:
        return len(token.group())
    if text[start : start + 1] in ("[", "{"):
        return 1
    opened = _QUOTED.sub("", text[:start])
    inside = opened.count("[") + opened.count("{") > opened.count("]") + opened.count("}")
    ends = [_COMMENT.search(text, start), _DELIMITER.search(text, start) if inside else None]
    end = min((found.start() for found in ends if found), default=len(text))
    return len(text[start:end].rstrip())


def _shared(beginning: str, text: str) -> int:
    """Return how many characters two texts share at their beginning."""
    pairs = zip(beginning, text, strict=False)
    differing = (place for place, (one, other) in enumerate(pairs) if one != other)
    return next(differing, min(len(beginning), len(text)))


def without_secrets(text: str) -> str:
    """Return a line without what may be a secret: passwords, and the queries of addresses."""
    for pattern, shown in _SECRETS:
        text = pattern.sub(shown, text)
    return text
