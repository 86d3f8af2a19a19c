"""The line of a cue that holds its times, read and written by way of the library.

pysubs2 knows what a time is. Its reader cannot be used on a file that people
review: it drops the numbers, the spaces around a text and a last line that is
only digits, takes 123:00:00 for 23:00:00, and needs minutes for some ten
thousand blank lines.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from heygen_localize.core.characters import seen

_SIXTY = 60

LATEST = 100 * 60 * 60 * 1000 - 1
"""The last time that SubRip can write, 99:59:59,999, in milliseconds."""


class Times(NamedTuple):
    """When a cue is shown, in milliseconds."""

    start: int
    end: int

    def __str__(self) -> str:
        """Write them as a SubRip file does."""
        return f"{written(self.start)} --> {written(self.end)}"


def written(milliseconds: int) -> str:
    """Write a time as SubRip does: `00:00:01,500`."""
    from pysubs2.formats.subrip import SubripFormat

    return SubripFormat.ms_to_timestamp(milliseconds)


def times_of(line: str) -> Times | None:
    """Read a line of two times; None where it is none, or has more than 59 minutes or seconds.

    What is invisible in it does not count, and any space is one.
    """
    from pysubs2.time import timestamp_to_ms

    match = _line().fullmatch(seen(line))
    if match is None:
        return None
    groups = match.groups()
    start, end = groups[1:5], groups[6:10]
    if max(int(start[1]), int(start[2]), int(end[1]), int(end[2])) >= _SIXTY:
        return None
    return Times(timestamp_to_ms(start), timestamp_to_ms(end))


def style_of(line: str) -> str | None:
    """Say what is unusual about a line of times that can be read, if anything is."""
    match = _line().fullmatch(seen(line))
    if match is None:
        return None
    if match[11]:
        return "something follows the times"
    if "." in line:
        return "a point stands where SubRip has a comma"
    if len(match[5]) != 3 or len(match[10]) != 3:
        return "milliseconds have fewer than three digits"
    return None


@cache
def _line() -> re.Pattern[str]:
    # Here, since it costs some 80 ms, and most commands see no subtitles.
    from pysubs2.time import TIMESTAMP

    time = TIMESTAMP.pattern
    # ASCII: SubRip has no other digits, though spreadsheets and editors write them.
    return re.compile(
        rf"[ \t]*({time})[ \t]*-->[ \t]*({time})(?:[ \t]+([^ \t].*)|[ \t]*)", re.ASCII
    )
