"""The channels of a sound beside each other: which are silent, and whether two cancel out."""

from __future__ import annotations

import math

import numpy as np

from heygen_localize.core.measurement import MOST_CHANNELS, SILENT_BELOW

_SILENT = 10 ** (SILENT_BELOW / 20)
"""The sample, 1.0 being full scale, that no silent channel exceeds."""


class Channels:
    """Takes the samples of all channels, in rows."""

    def __init__(self, count: int) -> None:
        self._peaks = np.zeros(count)
        self._left = self._right = self._both = 0.0

    def take(self, signed: np.ndarray, samples: np.ndarray) -> None:
        """Enter samples, and how high they are."""
        if samples.shape[0] == 0 or samples.shape[1] != len(self._peaks):
            return
        np.maximum(self._peaks, samples.max(axis=0), out=self._peaks)
        if len(self._peaks) == 2:
            left, right = signed[:, 0], signed[:, 1]
            self._left += float(np.dot(left, left))
            self._right += float(np.dot(right, right))
            self._both += float(np.dot(left, right))

    def finish(self) -> tuple[tuple[int, ...], float | None]:
        """Return the silent channels, from 1, if not all are; and the correlation of two."""
        silent = self._peaks < _SILENT
        if silent.all() or len(self._peaks) > MOST_CHANNELS:
            return (), None
        found = tuple(int(place) + 1 for place in np.flatnonzero(silent))
        if len(self._peaks) != 2 or found:
            return found, None
        correlation = self._both / math.sqrt(self._left * self._right)
        if not math.isfinite(correlation):  # samples of a stranger need be no numbers
            return (), None
        return (), round(min(1.0, max(-1.0, correlation)), 2)
