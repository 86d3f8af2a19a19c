"""Reviewed text back in the numbers and times of the machine's version."""

from __future__ import annotations

from collections.abc import Sequence

from heygen_localize.core.encoding import BOM
from heygen_localize.core.errors import SubtitleError, Where
from heygen_localize.core.text import pluralize
from heygen_localize.subtitles.alignment import Pair, Version, align, explain
from heygen_localize.subtitles.oddities import conflicts
from heygen_localize.subtitles.scanner import Block, decoded, scan, version_of
from heygen_localize.subtitles.transcript import (
    NO_CUE_HINT,
    Cue,
    Transcript,
    canonical,
    read,
    write,
)

_HINT = "only the text of a cue may change: split, join or restore cues as the machine has them"


def fix_times(content: bytes, machine: bytes) -> bytes:
    """Restore the machine's times and number the cues from 1; the reviewed text is kept.

    Times that cannot be read are restored too, byte order marks inside are left out, and an
    empty line parts the cues.

    Raises:
        SubtitleError: one of the two cannot be read, nobody has resolved a conflict,
            they have not as many cues, or a cue was taken out and another put in, so
            that text would be spoken at the time of another.
    """
    theirs = read(machine)
    text = decoded(content).replace(BOM, "")
    merged = conflicts(text)
    if merged:
        raise SubtitleError.of(merged)
    blocks, stray = scan(text)
    if not blocks:
        raise SubtitleError("there is no cue", hint=NO_CUE_HINT)
    if stray is not None:
        raise SubtitleError(
            "this text belongs to no cue", where=Where(line=stray), hint=NO_CUE_HINT
        )
    _require_same_cues(theirs, blocks)
    return write(
        Transcript(
            tuple(
                Cue(cue.number, cue.start, cue.end, block.text, block.line)
                for cue, block in zip(theirs.cues, blocks, strict=True)
            )
        )
    )


def fix_spelling(content: bytes) -> bytes:
    """Mend what is certain without the machine's version: times stay as people wrote them.

    Raises:
        SubtitleError: it cannot be read, or nobody has resolved a conflict.
    """
    merged = conflicts(decoded(content))
    if merged:
        raise SubtitleError.of(merged)
    read(content)
    return canonical(content)


def _require_same_cues(theirs: Transcript, blocks: Sequence[Block]) -> None:
    machine, reviewed = theirs.version, version_of(blocks)
    pairs = align(machine, reviewed)
    if len(blocks) == len(theirs.cues):
        in_order = [Pair(place, place) for place in range(len(blocks))]
        # Texts decide: where times were shifted by a cue's length they tell nothing.
        if _same_texts(machine, reviewed, pairs) <= _same_texts(machine, reviewed, in_order):
            return
    what, place = explain(machine, reviewed, pairs)
    message = f"as many cues as the machine's version has, but not the same: {what}"
    if len(blocks) != len(theirs.cues):
        message = f"expected {pluralize(len(theirs.cues), 'cue')}, found {len(blocks)}: {what}"
    where = Where(line=blocks[place or 0].line)
    raise SubtitleError(message, where=where, hint=_HINT)


def _same_texts(machine: Version, reviewed: Version, pairs: Sequence[Pair]) -> int:
    return sum(
        pair.machine is not None
        and pair.reviewed is not None
        and machine.texts[pair.machine] == reviewed.texts[pair.reviewed]
        for pair in pairs
    )
