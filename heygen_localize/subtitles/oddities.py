"""What stands in subtitles and is meant by nobody: conflicts, invisible and impossible characters.

A character that is no text is an error: something was lost or damaged on the way, and what
is left would be spoken. One that is merely unseen is a warning, and so is what can be read
without doubt, since the upload goes without it (`transcript.canonical`).
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence

from heygen_localize.core.characters import is_noncharacter, named, unusual
from heygen_localize.core.encoding import BOM, CONFLICT, CONFLICT_HINT, conflict_lines
from heygen_localize.core.errors import Diagnostic
from heygen_localize.subtitles.findings import Findings, mistake
from heygen_localize.subtitles.scanner import Block, is_blank

MENDED = "localize proofread fix-times ADDRESS"

_MARKS, _ENDS = "\u061c\u200e\u200f", "\u202c\u2069"
_EMBEDDINGS = "\u202a\u202b\u2066\u2067\u2068"
_OVERRIDES, _SEPARATORS = "\u202d\u202e", "\u2028\u2029"
_DIRECTIONS = _MARKS + _ENDS + _EMBEDDINGS
_LOST = "\ufffd"
_PLANES = range(0x1FFFE, 0x110000, 0x10000)
_ODD = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ufdd0-\ufdef\ufeff\ufffd-\uffff"
    + "".join(f"{chr(code)}{chr(code + 1)}" for code in _PLANES)
    + _DIRECTIONS
    + _OVERRIDES
    + _SEPARATORS
    + "]"
)
_FENCE = re.compile(r"[ \t]*(?:`{3,}|~{3,})[\w+-]*[ \t]*")


def conflicts(text: str) -> list[Diagnostic]:
    """Find git's conflict markers; where there are any, nothing else can be said of a text."""
    return [mistake(CONFLICT, line, CONFLICT_HINT) for line in conflict_lines(text)]


def check_oddities(text: str, blocks: Sequence[Block], found: Findings) -> None:
    """Tell of every character that nobody means, by line, cue and name."""
    starts = [block.line for block in blocks]
    structure = {block.times_line for block in blocks if block.times is not None}
    structure |= {block.line for block in blocks if block.number is not None}
    unread = {block.times_line for block in blocks if block.times is None}
    for number, line in enumerate(text.split("\n"), 1):
        cue = bisect_right(starts, number) or None
        if number in structure:
            names = unusual(line)
            if names:
                message = f"{' and '.join(names[:3])} in a line of numbers; the upload has none"
                found.warning("invisible", message, number, cue, MENDED)
        elif number in unread:
            continue  # told with what it holds
        elif _ODD.search(line):
            for code, message, hint in _told(line):
                tell = found.error if code in _ERRORS else found.warning
                tell(code, message, number, cue, hint)
        elif _FENCE.fullmatch(line):
            message = "a fence of Markdown, which would be shown or read out"
            found.warning("fence", message, number, cue, "take this line out")


def check_parting(blocks: Sequence[Block], found: Findings) -> None:
    """Tell of cues that an empty line does not part: some readers take the two for one."""
    for place, block in enumerate(blocks[1:], 2):
        if block.above:
            what = "a line of spaces parts" if is_blank(block.above) else "no empty line parts"
            message = f"{what} cue {place} from the one before; the upload has an empty line"
            found.warning("not_parted", message, block.line, place, MENDED)


_ERRORS = frozenset({"control", "lost_character"})


def _told(line: str) -> Iterator[tuple[str, str, str]]:
    """Walk over what is told of the characters of a line: code, message and hint."""
    spelt = (char for char in line if char not in _DIRECTIONS + _OVERRIDES)
    right_to_left = any(unicodedata.bidirectional(char) in ("R", "AL") for char in spelt)
    for char in dict.fromkeys(_ODD.findall(line)):
        name = named(char)
        if char == BOM:
            told = f"{name} in the middle of a file, as after joining two; the upload has none"
            yield "bom_inside", told, MENDED
        elif char == _LOST:
            told = f"{name}: a letter was lost when this text was converted"
            yield "lost_character", told, "write the letter that belongs here"
        elif char in _SEPARATORS:
            told = f"{name}: players do not agree on whether it ends a line"
            yield "separator", told, "break the line plainly, or take it out"
        elif char in _OVERRIDES:
            yield "direction", f"{name} is invisible, and reverses the order of letters", _OUT
        elif char in _DIRECTIONS:
            if not right_to_left:
                told = f"{name} where nothing is written from right to left"
                yield "direction", told, _OUT
        else:
            what = "is no character at all" if is_noncharacter(char) else "is no text"
            yield "control", f"{name} {what}", _OUT


_OUT = "take it out; most editors do not show it, so type the text around it again"
