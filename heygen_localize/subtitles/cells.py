"""The cells of a sheet: what a spreadsheet would compute, count or call a time."""

from __future__ import annotations

import re

from heygen_localize.subtitles.transcript import lf

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
    """Tell whether a cell is a time, though a spreadsheet may have dropped its digits or hours.

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
