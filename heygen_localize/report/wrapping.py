"""Lines that a narrow terminal would cut within a word, broken between words instead. Pure."""

from __future__ import annotations

import re
from unicodedata import east_asian_width

_STYLES = re.compile(r"\x1b\[[0-9;]*m")
_QUOTED = re.compile(r"\s*\d*\s*\|")
"""A line of a file in an error, which the caret below points into."""
_GAPS = re.compile(r"(?<=\S) +(?=\S)")
_COLUMN = re.compile(r"\S {2,}(?=\S)")


def wrapped(text: str, width: int) -> str:
    """Break the lines that are wider than `width` characters between words.

    What follows stands below the last column that begins in the left half, such as the reason in
    a row of a plan. A word that is wider by itself, such as an address, stays whole.
    """
    return "\n".join(
        line if _columns(line) <= width or _QUOTED.match(line) else _broken(line, width)
        for line in text.split("\n")
    )


def _columns(text: str) -> int:
    """Return how wide a text stands on a terminal, without its colours."""
    return sum(2 if east_asian_width(sign) in "WF" else 1 for sign in _STYLES.sub("", text))


def _broken(line: str, width: int) -> str:
    bare = _STYLES.sub("", line)
    columns = [len(bare) - len(bare.lstrip()), *(found.end() for found in _COLUMN.finditer(bare))]
    indent = " " * max((column for column in columns if column <= width // 2), default=0)
    lines, at = [""], 0
    for gap in [*_GAPS.finditer(line), None]:
        word = line[at : gap.start() if gap else len(line)]
        here = lines[-1]
        if _STYLES.sub("", here).strip() and _columns(here + word) > width:
            lines[-1] = here.rstrip(" ")
            lines.append(indent + word)
        else:
            lines[-1] = here + word
        if gap:
            lines[-1] += gap[0]
            at = gap.end()
    return "\n".join(lines)
