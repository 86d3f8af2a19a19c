"""Where cues stand in a file: number, line of times and text of each, exactly as written.

A cue begins at its line of times, or at the number before it. Nothing is
refused and nothing is lost here, so that a check can tell all that is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from heygen_localize.core.characters import seen
from heygen_localize.core.encoding import text_of
from heygen_localize.core.errors import NotTextError, SubtitleError
from heygen_localize.subtitles.alignment import Version
from heygen_localize.subtitles.timing import Times, times_of

_NUMBER = re.compile(r"[ \t]*(\d{1,9})[ \t]*")
_CLOCK = re.compile(r"[0-9]{1,3}[ \t]?:[ \t]?[0-9A-Za-z]{1,3}[ \t]?:")
"""What looks like a time, though it may be mistyped (`00:00:0l,500`)."""


class Block(NamedTuple):
    """One cue as written. `times` is None where the line of times cannot be read.

    `above` is the line right above it, which ought to be empty; None for the first line.
    """

    number: int | None
    times: Times | None
    written: str
    text: str
    line: int
    times_line: int
    above: str | None


class Scan(NamedTuple):
    """The cues of a file, and the line of the first text that stands before them all."""

    blocks: tuple[Block, ...]
    stray: int | None


def decoded(content: bytes) -> str:
    """Read UTF-8, or UTF-16 with its mark; without BOM and with LF.

    Raises:
        SubtitleError: it is something else; says where and how to mend it.
    """
    try:
        return lf(text_of(content))
    except NotTextError as error:
        raise SubtitleError.of(error.problems) from None


def lf(text: str) -> str:
    """Return a text with line ends of one form."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def is_blank(line: str) -> bool:
    """Return whether a line ends a cue; one of no-break spaces does not."""
    return not line.strip(" \t")


def scan(text: str) -> Scan:
    """Find every cue. Takes time in proportion to the text, whatever it holds."""
    lines = text.split("\n")
    heads, times = [], []
    for index, line in enumerate(lines):
        if _may_be_head(line):
            found = times_of(line)
            if found is not None or _is_mistyped_head(lines, index):
                heads.append(index)
                times.append(found)
    starts = [index - 1 if _has_number(lines, index) else index for index in heads]
    blocks = []
    for place, (head, start) in enumerate(zip(heads, starts, strict=True)):
        end = starts[place + 1] if place + 1 < len(starts) else len(lines)
        while end > head + 1 and is_blank(lines[end - 1]):
            end -= 1
        blocks.append(
            Block(
                int(seen(lines[start])) if start < head else None,
                times[place],
                lines[head],
                "\n".join(lines[head + 1 : end]),
                start + 1,
                head + 1,
                lines[start - 1] if start else None,
            )
        )
    before = starts[0] if starts else len(lines)
    stray = next((index + 1 for index in range(before) if not is_blank(lines[index])), None)
    return Scan(tuple(blocks), stray)


def holds_cue(text: str) -> bool:
    """Return whether a text, written as that of a cue, would be read as more than one."""
    return _may_be_head(text) and bool(scan(f"\n{text}").blocks)


def _has_number(lines: list[str], head: int) -> bool:
    # A line of times is the text of no cue, and so is the one below it.
    return head > 0 and _NUMBER.fullmatch(seen(lines[head - 1])) is not None


def _may_be_head(line: str) -> bool:
    return ":" in line or "-->" in line


def _is_mistyped_head(lines: list[str], index: int) -> bool:
    """Return whether a line that holds no times stands in their place and looks so."""
    line = seen(lines[index])
    arrow, clock = "-->" in line, _CLOCK.search(line) is not None
    above = index - 1
    if _has_number(lines, index):
        if arrow and clock:
            return True
        above -= 1
    elif not (arrow and clock):
        return False
    return (arrow or clock) and (above < 0 or is_blank(lines[above]))


def version_of(blocks: Sequence[Block]) -> Version:
    """Return what alignment compares of cues."""
    return Version([block.times for block in blocks], [block.text for block in blocks])
