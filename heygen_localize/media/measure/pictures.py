"""The pictures of a file: how many, how fast, and where they are black or do not change."""

from __future__ import annotations

import math
from collections import Counter
from fractions import Fraction

import av
from av.filter import Graph
from av.video.frame import VideoFrame
from av.video.stream import VideoStream as Stream

from heygen_localize.core.measurement import SHORTEST_BLACK, SHORTEST_FREEZE, VideoStream

_WIDTH = 320
"""Of the pictures that are looked at: a still picture and a black one are so at any size."""

_LOOK_EVERY = 0.1
"""Seconds between two pictures that are looked at: stretches are told to a tenth, too."""

_MOST_INTERVALS = 1_000
_UNEVEN = 0.01
"""The share of intervals that may differ before the frame rate counts as variable."""


class Pictures:
    """Takes the decoded pictures of one stream, in their order."""

    def __init__(self, stream: Stream, offset: float) -> None:
        self._stream = stream
        self._offset = offset
        self._graph: Graph | None = None
        self._frames = 0
        self._first: float | None = None
        self._last = 0.0
        self._next = -math.inf
        self._interval = 0.0
        self._intervals: Counter[float] = Counter()

    @property
    def end(self) -> float:
        """The moment that the pictures last to, as far as they were taken."""
        return max(0.0, self._last + self._interval - self._offset) if self._frames else 0.0

    def take(self, frame: VideoFrame) -> None:
        """Count a picture, and have the filters look at it."""
        moment = frame.time
        if moment is None:
            moment = self._last + self._interval if self._frames else 0.0
        if self._first is None:
            self._first = moment
        elif moment > self._last:
            self._interval = moment - self._last
            interval = round(self._interval, 3)
            if interval in self._intervals or len(self._intervals) < _MOST_INTERVALS:
                self._intervals[interval] += 1
        self._frames += 1
        self._last = max(moment, self._last)
        if moment < self._next:
            return
        self._next = moment + _LOOK_EVERY - 0.001
        if self._graph is None:
            told = self._stream.time_base  # PyAV 19 has a rational of its own
            base = Fraction(told.numerator, told.denominator) if told else Fraction(1, 1000)
            self._graph = _graph(frame, base)
        self._graph.push(frame)
        _drain(self._graph)

    def finish(self) -> VideoStream:
        """End the filters, so that they log what is left; return what was counted."""
        if self._graph is not None:
            self._graph.push(None)
            _drain(self._graph)
            self._graph = None
        context = self._stream.codec_context
        return VideoStream(
            codec=context.name.replace(" ", "_")[:40],
            width=context.width,
            height=context.height,
            frame_rate=self._rate(),
            frames=self._frames,
            seconds=round(self.end, 1),
            variable=self._is_variable(),
        )

    def _rate(self) -> float | None:
        """Return the declared rate where the pictures keep it, else what they have."""
        declared = self._stream.average_rate
        span = self._last - self._first if self._first is not None else 0.0
        if self._frames < 2 or span <= 0:
            return None
        seen = (self._frames - 1) / span
        if declared and not self._is_variable() and abs(float(declared) / seen - 1) < 0.01:
            return round(float(declared), 3)
        return round(min(seen, 10_000.0), 3) or None

    def _is_variable(self) -> bool:
        """Tell whether more intervals differ from the usual than the clock's rounding explains."""
        if not self._intervals:
            return False
        usual = max(self._intervals, key=lambda interval: self._intervals[interval])
        uneven = sum(
            times for interval, times in self._intervals.items() if abs(interval - usual) > 0.0021
        )
        return uneven > max(2, _UNEVEN * self._intervals.total())


def _graph(frame: VideoFrame, time_base: Fraction) -> Graph:
    graph = Graph()
    graph.threads = 1
    nodes = (
        graph.add_buffer(
            width=frame.width, height=frame.height, format=frame.format, time_base=time_base
        ),
        graph.add("scale", f"w='min(iw,{_WIDTH})':h=-2:flags=fast_bilinear"),
        graph.add("format", "yuv420p"),
        graph.add("blackdetect", f"d={SHORTEST_BLACK}:pic_th=0.98:pix_th=0.10"),
        graph.add("freezedetect", f"n=-60dB:d={SHORTEST_FREEZE}"),
        graph.add("buffersink"),
    )
    graph.link_nodes(*nodes).configure()
    return graph


def _drain(graph: Graph) -> None:
    try:
        while True:
            graph.vpull()
    except (av.error.BlockingIOError, av.error.EOFError):
        return
