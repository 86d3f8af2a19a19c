"""Whether reviewed subtitles can be rendered: all that is wrong with them, at once.

Only text may be edited: shifted times ruin the render (docs/vendor/behaviour.md,
Proofread sessions). What the machine's version has itself (cues that overlap,
as two people speak) is no error: nobody could mend it.
"""

from __future__ import annotations

import codecs
from bisect import bisect_right
from collections.abc import Sequence

from heygen_localize.core.characters import unusual
from heygen_localize.core.encoding import BOM, POINTER, is_utf16, text_of
from heygen_localize.core.errors import NotTextError, SubtitleError
from heygen_localize.core.text import pluralize, sanitize, subtitle_bytes
from heygen_localize.subtitles.alignment import align, explain
from heygen_localize.subtitles.findings import DEFAULT_LIMITS, CheckLimits, Finding, Findings
from heygen_localize.subtitles.oddities import (
    MENDED,
    check_oddities,
    check_parting,
    conflicts,
)
from heygen_localize.subtitles.scanner import Block, decoded, is_blank, lf, scan, version_of
from heygen_localize.subtitles.timing import style_of, written
from heygen_localize.subtitles.transcript import NO_CUE_HINT, TIMES_HINT
from heygen_localize.subtitles.wording import (
    has_markup,
    is_empty,
    markup,
    unbalanced_markup,
    unknown_markup,
    width,
)

_NO_BLANK = "take the blank line out"
_SHOWN = 60


def check(
    content: bytes, machine: bytes | None = None, limits: CheckLimits = DEFAULT_LIMITS
) -> tuple[Finding, ...]:
    """Find all that is wrong with subtitles, sorted by line; nothing that they hold raises.

    Args:
        content: The file as reviewed.
        machine: The machine's version, whose cues and times must be kept; None where
            there is none to compare with.
        limits: What is too long, and how many findings are told.
    """
    found = Findings(limits)
    if len(content) > limits.max_bytes:
        most = limits.max_bytes // (1024 * 1024)
        found.error("too_large", f"larger than the {most} MB that can be uploaded")
        return found.sorted()
    text = _text(content, found)
    if text is None:
        return found.sorted()
    blocks, stray = scan(text.replace(BOM, ""))
    merged = conflicts(text)
    for conflict in merged:
        line = conflict.where.line
        cue = bisect_right([block.line for block in blocks], line or 0) or None
        found.error("conflict", conflict.message, line, cue, conflict.hint)
    if merged:
        return found.sorted()
    if not blocks:
        found.error("no_cue", "there is no cue", hint=NO_CUE_HINT)
        return found.sorted()
    if stray is not None:
        found.error("stray_text", "this text belongs to no cue", stray, hint=NO_CUE_HINT)
    check_oddities(text, blocks, found)
    check_parting(blocks, found)
    original = _machine_blocks(machine, found)
    counterparts = _counterparts(blocks, original, found)
    before: Block | None = None
    before_kept = False
    for place, (block, counterpart) in enumerate(zip(blocks, counterparts, strict=True)):
        _check_number(place, block, before, counterpart, found)
        kept = counterpart is not None and block.times == counterpart.times
        _check_times(place, block, counterpart, found)
        if not (kept and before_kept):
            _check_overlap(place, block, before, found)
        _check_text(place, block, counterpart, found)
        _check_lines(place, block, limits, found)
        _check_markup(place, block, counterpart, found)
        before, before_kept = block, kept
    return found.sorted()


def _text(content: bytes, found: Findings) -> str | None:
    """Read what can be read; None where the rest would say nothing."""
    if content.startswith(codecs.BOM_UTF8):
        found.warning("bom", "there is a byte order mark; the upload goes without", 1)
    if is_utf16(content):
        found.warning("utf16", "this is UTF-16; the upload is UTF-8", 1)
    elif b"\r" in content:
        line = content[: content.index(b"\r")].count(b"\n") + 1
        found.warning("line_ends", "lines end with CR; the upload has LF", line)
    try:
        return lf(text_of(content))
    except NotTextError as error:
        told = error.first
        found.error(told.code, told.message, told.where.line, hint=told.hint)
        # Binary files and others' pointers have nothing else to tell; a Latin-1 file has.
        if told.code == POINTER or b"\0" in content:
            return None
        # A lost letter would be told a second time.
        text = subtitle_bytes(content).decode("utf-8", "replace").replace("\ufffd", "?")
        return text if scan(text).blocks else None


def _machine_blocks(machine: bytes | None, found: Findings) -> Sequence[Block] | None:
    if machine is None:
        return None
    try:
        blocks = scan(decoded(machine)).blocks
    except SubtitleError as error:
        found.error("machine_unreadable", f"the machine's version is {error.first.message}")
        return None
    if not blocks:
        found.error("machine_unreadable", "the machine's version has no cue")
        return None
    return blocks


def _counterparts(
    blocks: Sequence[Block], original: Sequence[Block] | None, found: Findings
) -> Sequence[Block | None]:
    """Return the machine's cue for each, and say where their numbers differ."""
    if original is None:
        return [None] * len(blocks)
    if len(blocks) == len(original):
        return original
    machine, reviewed = version_of(original), version_of(blocks)
    pairs = align(machine, reviewed)
    what, place = explain(machine, reviewed, pairs)
    found.error(
        "cue_count",
        f"expected {pluralize(len(original), 'cue')}, found {len(blocks)}: {what}",
        blocks[place or 0].line,
        (place or 0) + 1,
        "only the text of a cue may change: have as many cues as before, then: " + MENDED,
    )
    counterparts: list[Block | None] = [None] * len(blocks)
    for pair in pairs:
        if pair.machine is not None and pair.reviewed is not None:
            counterpart = original[pair.machine]
            # Of a cue that was split or merged the times must differ: said once is enough.
            if counterpart.text == blocks[pair.reviewed].text:
                counterparts[pair.reviewed] = counterpart
    return counterparts


def _check_number(
    place: int, block: Block, before: Block | None, counterpart: Block | None, found: Findings
) -> None:
    last = place if before is None or before.number is None else before.number
    if block.number == last + 1 or (counterpart is not None and block.number == counterpart.number):
        return
    if block.number is None:
        message = "there is no number before the times of this cue"
    elif before is None:
        message = f"expected number 1 at the first cue, found {block.number}"
    elif block.number == last:
        message = f"number {block.number} occurs twice"
    else:
        message = f"expected number {last + 1}, found {block.number}"
    found.error("numbering", message, block.line, place + 1, "number the cues from 1: " + MENDED)


def _check_times(place: int, block: Block, counterpart: Block | None, found: Findings) -> None:
    line, cue = block.times_line, place + 1
    if block.times is None:
        shown = sanitize(block.written, _SHOWN)
        names = unusual(block.written)
        holds = f", which holds {' and '.join(names[:3])}" if names else ""
        message = f"the times of cue {cue} cannot be read: {shown!r}{holds}"
        found.error("time_unreadable", message, line, cue, TIMES_HINT)
        return
    style = style_of(block.written)
    if style is not None:
        found.warning("time_style", f"{style}: {block.times} is meant", line, cue, MENDED)
    theirs = None if counterpart is None else counterpart.times
    if block.times == theirs:
        return
    start, end = block.times
    if end <= start:
        message = f"cue {cue} starts at {written(start)}, and ends at {written(end)}"
        found.error("end_before_start", message, line, cue)
    if theirs is not None:
        message = (
            f"the times of cue {cue} were changed: {block.times} here, "
            f"{theirs} in the machine's version"
        )
        found.error("times_changed", message, line, cue, MENDED)


def _check_overlap(place: int, block: Block, before: Block | None, found: Findings) -> None:
    if block.times is None or before is None or before.times is None:
        return
    if block.times.start < before.times.end:
        message = (
            f"cue {place + 1} starts at {written(block.times.start)}, "
            f"before cue {place} ends at {written(before.times.end)}"
        )
        found.error("overlap", message, block.times_line, place + 1)


def _check_text(place: int, block: Block, counterpart: Block | None, found: Findings) -> None:
    """Look for what is not there: an error, unless the machine heard nothing either."""
    line, cue = block.times_line, place + 1
    if is_empty(block.text):
        tell = found.warning if counterpart and is_empty(counterpart.text) else found.error
        tell("empty_cue", f"cue {cue} has no text", line, cue)
        return
    lines = block.text.split("\n")
    blank = next((number for number, text in enumerate(lines, 1) if is_blank(text)), None)
    if blank is not None:
        same = counterpart is not None and any(map(is_blank, counterpart.text.split("\n")))
        tell = found.warning if same else found.error
        message = f"a blank line ends cue {cue}, and text follows it that belongs to no cue"
        tell("blank_line", message, line + blank, cue, _hint_of_blank(lines))


def _hint_of_blank(lines: Sequence[str]) -> str:
    """Say how to mend a blank line; one that was meant for a number must not become text."""
    if len(lines) > 1 and is_blank(lines[-2]) and any(char.isdecimal() for char in lines[-1]):
        shown = sanitize(lines[-1], _SHOWN)
        return f"if {shown!r} is the number of the next cue, write it plainly; else " + _NO_BLANK
    return _NO_BLANK


def _check_lines(place: int, block: Block, limits: CheckLimits, found: Findings) -> None:
    for number, line in enumerate(block.text.split("\n"), 1):
        # A character takes two columns at most: short lines need not be measured.
        if 2 * len(line) <= limits.max_line_length:
            continue
        columns = width(line)
        if columns > limits.max_line_length:
            message = f"{columns} columns, more than {limits.max_line_length}"
            found.warning("line_length", message, block.times_line + number, place + 1)


def _check_markup(place: int, block: Block, counterpart: Block | None, found: Findings) -> None:
    if not has_markup(block.text) and not (counterpart and has_markup(counterpart.text)):
        return
    line, cue = block.times_line + 1, place + 1
    wrong = unbalanced_markup(block.text)
    if wrong is not None:
        found.warning("markup_unbalanced", wrong, line, cue)
    unknown = unknown_markup(block.text)
    if unknown:
        shown = sanitize(" ".join(unknown), _SHOWN)
        found.warning("markup_unknown", f"unknown markup may be read out: {shown}", line, cue)
    if counterpart is not None:
        lost = markup(counterpart.text) - markup(block.text)
        if lost:
            shown = sanitize(" ".join(lost), _SHOWN)
            found.warning("markup_lost", f"the machine's version has {shown} here", line, cue)
