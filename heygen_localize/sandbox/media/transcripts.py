"""What is said in a source, and its translation, as subtitles.

Nothing is listened to: the words and their number are drawn from the name of
the source, so that they are the same again for the same one.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

_WHO = ("The baker", "My neighbour", "A pilot", "The river", "Our teacher", "The old clock")
_DOES = ("waits for", "remembers", "carries", "paints", "looks after", "laughs about")
_WHAT = ("the morning train", "seven lanterns", "a quiet garden", "the blue door", "cold bread")
_WHERE = ("by the sea", "behind the station", "under the bridge", "in the attic", "at noon")
_FEWEST_CUES = 3
_MORE_CUES = 4
# The part of the time to the next cue that one is shown.
_SHOWN_SHARE = 0.9
_TIMING = re.compile(r"^(\d+:\d\d:\d\d),(\d{3})( --> )(\d+:\d\d:\d\d),(\d{3})", re.MULTILINE)


@dataclass(frozen=True)
class Cue:
    """One subtitle: from when to when, in seconds from the start, and what it says."""

    start: float
    end: float
    text: str


def cues_of(source: str, seconds: float) -> list[Cue]:
    """Return what is said in a source, in English.

    Args:
        source: What names the source; others say something else.
        seconds: How long it is.
    """
    digest = hashlib.sha256(source.encode()).digest()
    count = _FEWEST_CUES + digest[0] % _MORE_CUES
    step = seconds / count
    cues = []
    for place in range(count):
        dice = digest[1 + place * 4 : 5 + place * 4]
        parts = (_WHO, _DOES, _WHAT, _WHERE)
        said = " ".join(words[die % len(words)] for words, die in zip(parts, dice, strict=True))
        start = place * step
        cues.append(Cue(start, start + step * _SHOWN_SHARE, f"{said}."))
    return cues


def other_cues(cues: Sequence[Cue], later_seconds: float) -> list[Cue]:
    """Return cues as another run of the recognition might find them.

    Args:
        cues: The usual ones.
        later_seconds: How much later all come; 0 for the first one split in two.
    """
    if later_seconds:
        return [Cue(cue.start + later_seconds, cue.end + later_seconds, cue.text) for cue in cues]
    first, words = cues[0], cues[0].text.split()
    middle, half = (first.start + first.end) / 2, len(words) // 2
    split = [
        Cue(first.start, middle, " ".join(words[:half])),
        Cue(middle, first.end, " ".join(words[half:])),
    ]
    return split + list(cues[1:])


def _time(seconds: float) -> str:
    minutes, milliseconds = divmod(round(seconds * 1000), 60_000)
    hours, minutes = divmod(minutes, 60)
    seconds, milliseconds = divmod(milliseconds, 1000)
    return f"{hours:02}:{minutes:02}:{seconds:02},{milliseconds:03}"


def as_srt(cues: Sequence[Cue], language: str | None = None) -> str:
    """Return cues as a SubRip file.

    Args:
        cues: The cues, in English.
        language: What they are translated into; None leaves them as they are.
    """
    mark = "" if language is None else f"[{language}] "
    blocks = (
        f"{number}\n{_time(cue.start)} --> {_time(cue.end)}\n{mark}{cue.text}\n"
        for number, cue in enumerate(cues, 1)
    )
    return "\n".join(blocks)


def as_vtt(srt: str) -> str:
    """Return a SubRip file as WebVTT, with its numbers as the names of the cues."""
    text = srt.removeprefix("\ufeff").replace("\r\n", "\n")
    return "WEBVTT\n\n" + _TIMING.sub(r"\1.\2\3\4.\5", text)
