"""Two versions of subtitles held against each other: what was edited, whether cues are the same."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from heygen_localize.subtitles.alignment import Version, align
from heygen_localize.subtitles.timing import Times
from heygen_localize.subtitles.transcript import Transcript


class ChangeKind(Enum):
    """What a reviewer did to a cue."""

    CHANGED = "changed"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True)
class CueChange:
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


@dataclass(frozen=True)
class CueDifference:
    """One place where cues are not the same; None where a side has no more of them."""

    number: int
    before: Times | None
    after: Times | None


def compare(machine: Transcript, reviewed: Transcript) -> tuple[CueChange, ...]:
    """Give the cues whose text was edited, added or removed, in their order."""
    return tuple(_changes(machine, reviewed))


def _changes(machine: Transcript, reviewed: Transcript) -> Iterator[CueChange]:
    for here, there in align(_version(machine), _version(reviewed)):
        if here is not None:
            cue = machine.cues[here]
            text = None if there is None else reviewed.cues[there].text
            if text != cue.text:
                kind = ChangeKind.REMOVED if text is None else ChangeKind.CHANGED
                yield CueChange(here + 1, cue.start, cue.end, cue.text, text, kind)
        elif there is not None:
            cue = reviewed.cues[there]
            yield CueChange(there + 1, cue.start, cue.end, None, cue.text, ChangeKind.ADDED)


def _version(transcript: Transcript) -> Version:
    return Version([cue.times for cue in transcript.cues], [cue.text for cue in transcript.cues])


def same_cues(before: Transcript, after: Transcript) -> bool:
    """Tell whether two versions have as many cues at the same times, whatever they say."""
    return [cue.times for cue in before.cues] == [cue.times for cue in after.cues]


def cues_digest(transcript: Transcript) -> str:
    """Give what stands for the number of cues and their times, whatever they say."""
    times = "\n".join(f"{cue.start} {cue.end}" for cue in transcript.cues)
    return hashlib.sha256(times.encode()).hexdigest()


def differences(before: Transcript, after: Transcript) -> tuple[CueDifference, ...]:
    """Give the places, counted from 1, where two versions have other times or no cue."""
    ours = [cue.times for cue in before.cues]
    theirs = [cue.times for cue in after.cues]
    length = max(len(ours), len(theirs))
    sides = zip(_filled(ours, length), _filled(theirs, length), strict=True)
    return tuple(
        CueDifference(number, old, new) for number, (old, new) in enumerate(sides, 1) if old != new
    )


def _filled(times: list[Times], length: int) -> list[Times | None]:
    return [*times, *([None] * (length - len(times)))]
