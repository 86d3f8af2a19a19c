"""Captions beside the sound that they belong to: when they come, how fast and how long. Pure."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Sequence

from heygen_localize.core.measurement import CaptionMeasurement, Measurement, Stretch
from heygen_localize.core.text import subtitle_bytes
from heygen_localize.media.measure.messages import Language
from heygen_localize.subtitles import Cue, as_subrip, read

_MARKUP = re.compile(r"<[^<>\n]*>|\{\\[^{}\n]*\}")
_SHORTEST = 0.1
"""Seconds that a cue counts for, however short it is."""


def cues_of(content: bytes) -> tuple[Cue, ...]:
    """Return the cues of SubRip or WebVTT; none where there is none.

    Raises:
        SubtitleError: they cannot be read.
    """
    plain = subtitle_bytes(content)
    if not plain.strip():
        return ()
    if plain.startswith(b"WEBVTT"):
        plain = as_subrip(plain)
    return read(plain).cues


def spoken_text(cues: Sequence[Cue]) -> str:
    """Return what is read of the cues: their texts without markup."""
    return "\n".join(_shown(cue.text) for cue in cues)


def measure_cues(
    cues: Sequence[Cue], sound: Measurement | None, language: Language
) -> CaptionMeasurement:
    """Return what was found of captions, beside a whole measurement of their sound, if any."""
    if not cues:
        return CaptionMeasurement(0)
    first, last = min(cue.start for cue in cues) / 1000, max(cue.end for cue in cues) / 1000
    onset = sound.speech_onset if sound is not None else None
    speed, fastest = max((_speed(cue), -place) for place, cue in enumerate(cues, 1))
    length, longest = max((_longest(cue), -place) for place, cue in enumerate(cues, 1))
    overlap, overlap_at = _overlap(cues)
    return CaptionMeasurement(
        cues=len(cues),
        first_cue=round(first, 1),
        last_cue=round(last, 1),
        offset=None if onset is None else round(first - onset, 1),
        in_silence=None if onset is None or sound is None else _silent(cues, sound.speech),
        fastest=speed,
        fastest_cue=-fastest,
        longest_line=length,
        longest_line_cue=-longest,
        language=language.language,
        probability=language.probability,
        overlap=overlap,
        overlap_at=overlap_at,
    )


def _shown(text: str) -> str:
    return _MARKUP.sub("", text)


def _characters(text: str) -> int:
    """Count what is seen: no line ends, no combining marks."""
    return sum(character != "\n" and not unicodedata.combining(character) for character in text)


def _speed(cue: Cue) -> float:
    seconds = max(_SHORTEST, (cue.end - cue.start) / 1000)
    return round(_characters(_shown(cue.text)) / seconds, 1)


def _longest(cue: Cue) -> int:
    return max(_characters(line) for line in _shown(cue.text).split("\n"))


def _overlap(cues: Sequence[Cue]) -> tuple[float, float | None]:
    """Return the longest time that two cues are shown at once, and from when on."""
    longest, at, end = 0, 0, 0
    for cue in sorted(cues, key=lambda one: (one.start, one.end)):
        both = min(end, cue.end) - cue.start
        if both > longest:
            longest, at = both, cue.start
        end = max(end, cue.end)
    overlap = round(longest / 1000, 1)
    return (overlap, round(at / 1000, 1)) if overlap else (0.0, None)


def _silent(cues: Sequence[Cue], speech: Sequence[Stretch]) -> float:
    """Return the share of cues while which nobody speaks."""
    ends = [stretch.end for stretch in speech]
    silent = 0
    for cue in cues:
        place = bisect_left(ends, cue.start / 1000)
        silent += place == len(speech) or speech[place].start > cue.end / 1000
    return round(silent / len(cues), 3)
