"""How loud a file is from moment to moment, in tenths of a second: its waveform, and speech. Pure.

Where speech is, energy alone tells: what is nearly as loud as the loudest of the file, in the band
of voices. Music under the voices lifts the threshold, since it lifts what is quiet.
"""

from __future__ import annotations

import math
from array import array
from itertools import pairwise

from heygen_localize.core.measurement import (
    LONGEST_MEASURED,
    MOST_POINTS,
    MOST_STRETCHES,
    SILENT_BELOW,
    Stretch,
)

_A_SECOND = 10
_MOST = (LONGEST_MEASURED + 60) * _A_SECOND
_BELOW_LOUD = 20.0
"""dB between the loud parts of speech and its beginnings and ends."""

_SHORTEST_SPEECH = 2
_LONGEST_PAUSE = 3
"""Tenths of a second: a click is no speech, and between two words nothing ends."""


class Envelope:
    """The peaks of the sound, and the level of its voices."""

    def __init__(self) -> None:
        self._peaks = array("f")
        self._levels = array("f")

    def peak(self, moment: float, peak: float) -> None:
        """Enter the highest sample (1.0 is full scale) from a moment on."""
        _enter(self._peaks, moment, peak)

    def level(self, moment: float, level: float) -> None:
        """Enter how strong the voices are (1.0 is full scale) from a moment on."""
        _enter(self._levels, moment, level)

    def waveform(self) -> tuple[int, ...]:
        """Return the peaks of equal parts, 0 to 100."""
        count = len(self._peaks)
        parts = min(count, MOST_POINTS)
        bounds = [part * count // parts for part in range(parts + 1)] if parts else []
        return tuple(
            min(100, round(100 * max(self._peaks[start:end]))) for start, end in pairwise(bounds)
        )

    def speech(self) -> tuple[Stretch, ...]:
        """Return where it is about as loud as speech in this file."""
        levels = [_decibels(level) for level in self._levels]
        if not levels:
            return ()
        ranked = sorted(levels)
        loud, quiet = ranked[int(0.95 * (len(ranked) - 1))], ranked[len(ranked) // 20]
        threshold = max(SILENT_BELOW, loud - _BELOW_LOUD, min((loud + quiet) / 2, loud - 6))
        found: list[list[int]] = []
        for place, level in enumerate(levels):
            if level < threshold:
                continue
            if found and place - found[-1][1] <= _LONGEST_PAUSE:
                found[-1][1] = place + 1
            else:
                found.append([place, place + 1])
        return tuple(
            Stretch(start / _A_SECOND, end / _A_SECOND)
            for start, end in found
            if end - start >= _SHORTEST_SPEECH
        )[:MOST_STRETCHES]


def _enter(values: array[float], moment: float, value: float) -> None:
    place = min(int(moment * _A_SECOND + 0.01), _MOST)
    if place >= len(values):
        values.extend([0.0] * (place + 1 - len(values)))
    values[place] = max(values[place], value)


def _decibels(level: float) -> float:
    return 20 * math.log10(level) if level > 1e-6 else -120.0
