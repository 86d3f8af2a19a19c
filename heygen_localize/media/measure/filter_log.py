"""What FFmpeg's filters found, from what they log: frames bear it too, but not in every PyAV."""

from __future__ import annotations

import re

from heygen_localize.core.measurement import MOST_STRETCHES, Loudness, Stretch

_NUMBER = r"(-?[0-9]+(?:\.[0-9]+)?)"
_BOUND = re.compile(rf"(silence|freeze)_(start|end): {_NUMBER}")
_BLACK = re.compile(rf"black_start:{_NUMBER} black_end:{_NUMBER}")
_SUMMARY = {
    "integrated": re.compile(rf"\bI: +{_NUMBER} LUFS"),
    "range": re.compile(rf"\bLRA: +{_NUMBER} LU\b"),
    "true_peak": re.compile(rf"\bPeak: +{_NUMBER} dBFS"),
}
_GATE = -70.0
"""LUFS; what EBU R128 gives for nothing but silence."""

_TOUCHING = 0.15
"""Seconds between two stretches that are one."""

Line = tuple[int, str, str]


class FilterLog:
    """Gathers stretches and loudness; `lines` are taken out of the list that FFmpeg fills."""

    def __init__(self, offset: float = 0.0) -> None:
        self.stretches: dict[str, list[Stretch]] = {"silence": [], "black": [], "freeze": []}
        self._offset = offset
        self._open: dict[str, float] = {}
        self._summary = ""

    def take(self, lines: list[Line]) -> None:
        """Read what was logged since, and empty the list: a damaged file may fill it."""
        for _, name, text in lines:
            if name in ("silencedetect", "freezedetect"):
                for kind, bound, moment in _BOUND.findall(text):
                    self._bound(kind, bound, float(moment) - self._offset)
            elif name == "blackdetect":
                for start, end in _BLACK.findall(text):
                    self._add("black", float(start) - self._offset, float(end) - self._offset)
            elif name == "ebur128" and len(self._summary) < 10_000:
                self._summary += text
        lines.clear()

    def close(self, kind: str, end: float) -> tuple[Stretch, ...]:
        """Return the stretches of one kind; one without an end lasts up to `end`."""
        if kind in self._open:
            self._add(kind, self._open.pop(kind), end)
        return tuple(self.stretches[kind])

    def loudness(self) -> Loudness:
        """Return what ebur128 said at its end."""
        found = {key: pattern.search(self._summary) for key, pattern in _SUMMARY.items()}
        numbers = {key: float(match[1]) for key, match in found.items() if match}
        if numbers.get("integrated", _GATE) <= _GATE:
            return Loudness(true_peak=numbers.get("true_peak"))
        return Loudness(**numbers)

    def _bound(self, kind: str, bound: str, moment: float) -> None:
        if bound == "start":
            self._open[kind] = moment
        elif kind in self._open:
            self._add(kind, self._open.pop(kind), moment)

    def _add(self, kind: str, start: float, end: float) -> None:
        stretch = Stretch(round(max(0.0, start), 1), round(max(0.0, end), 1))
        found = self.stretches[kind]
        if found and stretch.start - found[-1].end <= _TOUCHING:
            # A frozen picture changes a little where its codec draws it anew.
            found[-1] = Stretch(found[-1].start, max(found[-1].end, stretch.end))
        elif stretch.seconds > 0 and len(found) < MOST_STRETCHES:
            found.append(stretch)
