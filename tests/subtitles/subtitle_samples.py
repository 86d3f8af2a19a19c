"""Subtitles to try things on, in several scripts."""

from __future__ import annotations

from heygen_localize.subtitles import Cue, Transcript, write
from heygen_localize.subtitles.timing import Times

ARABIC = "مرحبًا بكم في \u200fHeyGen\u200e!"
HEBREW = "\u202bשלום, עולם\u202c"
JAPANESE = "こんにちは、世界"


def srt(*texts: str, step: int = 2000, length: int = 1500, shift: int = 0) -> bytes:
    """Write cues, one after the other."""
    return write(transcript(*texts, step=step, length=length, shift=shift))


def transcript(*texts: str, step: int = 2000, length: int = 1500, shift: int = 0) -> Transcript:
    """Give cues, one after the other; lines are those that `write` makes."""
    cues, line = [], 1
    for place, text in enumerate(texts):
        start = place * step + shift
        cues.append(Cue(place + 1, start, start + length, text, line))
        line += text.count("\n") + (4 if text else 3)
    return Transcript(tuple(cues))


def at(*times: tuple[int, int]) -> list[Times]:
    return [Times(*pair) for pair in times]


def texts_of(read: Transcript) -> list[str]:
    return [cue.text for cue in read.cues]
