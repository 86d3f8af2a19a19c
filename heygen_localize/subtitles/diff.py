"""Two versions of subtitles held against each other: what was edited, whether cues are the same."""

from __future__ import annotations

import hashlib
from enum import Enum

from msgspec import Struct

from heygen_localize.subtitles.alignment import align
from heygen_localize.subtitles.transcript import Transcript


class ChangeKind(Enum):
    """What a reviewer did to a cue."""

    CHANGED = "changed"
    ADDED = "added"
    REMOVED = "removed"


class CueChange(Struct, frozen=True):
    """One cue whose text is not the machine's.

    Attributes:
        number: Its place from 1: among the machine's cues, or where it was added among
            the reviewed.
        start: Milliseconds, of the same version as the number.
        end: Milliseconds.
        machine: The text before; None where the cue was added.
        reviewed: The text now; None where the cue was removed.
    """

    number: int
    start: int
    end: int
    machine: str | None
    reviewed: str | None
    kind: ChangeKind


def compare(machine: Transcript, reviewed: Transcript) -> tuple[CueChange, ...]:
    """Return the cues whose text was edited, added or removed, in their order."""
    changes = []
    for here, there in align(machine.version, reviewed.version):
        if here is not None:
            cue = machine.cues[here]
            text = None if there is None else reviewed.cues[there].text
            if text != cue.text:
                kind = ChangeKind.REMOVED if text is None else ChangeKind.CHANGED
                changes.append(CueChange(here + 1, cue.start, cue.end, cue.text, text, kind))
        elif there is not None:
            cue = reviewed.cues[there]
            kind = ChangeKind.ADDED
            changes.append(CueChange(there + 1, cue.start, cue.end, None, cue.text, kind))
    return tuple(changes)


def same_cues(before: Transcript, after: Transcript) -> bool:
    """Return whether two versions have as many cues at the same times, whatever they say."""
    return [cue.times for cue in before.cues] == [cue.times for cue in after.cues]


def cues_digest(transcript: Transcript) -> str:
    """Return what stands for the number of cues and their times, whatever they say."""
    times = "\n".join(f"{cue.start} {cue.end}" for cue in transcript.cues)
    return hashlib.sha256(times.encode()).hexdigest()
