"""The sound of a file: loudness, silence, clipping, its waveform, and where speech may be."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from fractions import Fraction

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream as Stream
from av.filter import Graph

from heygen_localize.core.measurement import (
    MOST_MOMENTS,
    SHORTEST_SILENCE,
    SILENT_BELOW,
    AudioStream,
    Clipping,
)
from heygen_localize.media.measure.channels import Channels
from heygen_localize.media.measure.envelope import Envelope

_FULL_SCALE = 0.99
"""-0.1 dBFS: what a lossy codec makes of a sample at full scale may be a little less."""

_VOICES_RATE = 8000
"""Samples a second of the sound without what is above voices; FFmpeg takes the rest away."""


class Sound:
    """Takes the decoded sound of one stream, in its order."""

    def __init__(self, stream: Stream, offset: float) -> None:
        self._stream = stream
        self._offset = offset
        self._whole: Graph | None = None
        self._voices: Graph | None = None
        self._resampler: AudioResampler | None = None
        self._format = ("", "", 0)
        self._samples = 0
        self._clipped = 0
        self._runs = 0
        self._moments: list[float] = []
        self._channels: Channels | None = None
        self.envelope = Envelope()
        self.start = 0.0
        self.end = 0.0

    def take(self, frame: AudioFrame) -> None:
        """Have the filters look at some sound."""
        found = (frame.format.name, frame.layout.name, frame.sample_rate)
        if self._whole is None or self._voices is None:
            self._format = found
            told = self._stream.time_base  # PyAV 19 has a rational of its own
            base = Fraction(told.numerator, told.denominator) if told else Fraction(1, found[2])
            self._whole = _graph(frame, base, _WHOLE)
            self._voices = _graph(frame, base, _VOICES)
            self.start = max(0.0, (frame.time or 0.0) - self._offset)
        frames = [frame] if found == self._format else self._as_before(frame)
        for part in frames:
            if part.time is not None:
                last = part.time - self._offset + part.samples / part.sample_rate
                self.end = max(self.end, last)
            self._whole.push(part)
            self._voices.push(part)
        self._look()

    def finish(self) -> tuple[AudioStream, Clipping]:
        """End the filters, so that they log what is left; return what was counted."""
        if self._whole is not None and self._voices is not None:
            self._whole.push(None)
            self._voices.push(None)
            self._look()
            self._whole = self._voices = None
            # ebur128 logs its figures when it is freed; in PyAV 19 a graph and its filters
            # hold each other, so that only the collector frees them.
            gc.collect()
        context = self._stream.codec_context
        silent, correlation = self._channels.finish() if self._channels is not None else ((), None)
        stream = AudioStream(
            context.name.replace(" ", "_")[:40],
            context.sample_rate,
            context.channels,
            round(self.end, 1),
            silent,
            correlation,
        )
        share = self._clipped / self._samples if self._samples else 0.0
        return stream, Clipping(round(share, 6), self._runs, tuple(self._moments))

    def _as_before(self, frame: AudioFrame) -> list[AudioFrame]:
        """Return sound whose form changed on the way in the form that it began with."""
        name, layout, rate = self._format
        if self._resampler is None:
            self._resampler = AudioResampler(name, layout, rate)
        return self._resampler.resample(frame)

    def _look(self) -> None:
        for frame in _drained(self._whole):
            signed = frame.to_ndarray().reshape(-1, frame.layout.nb_channels)
            samples = np.abs(signed)
            if self._channels is None:
                self._channels = Channels(frame.layout.nb_channels)
            self._channels.take(signed, samples)
            moment = max(0.0, (frame.time or 0.0) - self._offset)
            self._samples += samples.size
            peak = float(samples.max(initial=0.0))
            self.envelope.peak(moment, peak)
            if peak >= _FULL_SCALE:
                self._clip(samples, moment, frame.sample_rate)
        for frame in _drained(self._voices):
            voices = frame.to_ndarray().astype(np.float64)
            moment = max(0.0, (frame.time or 0.0) - self._offset)
            self.envelope.level(moment, float(np.sqrt(np.mean(np.square(voices)))))

    def _clip(self, samples: np.ndarray, moment: float, rate: int) -> None:
        """Count samples at full scale, three and more in a row of one channel."""
        full = samples >= _FULL_SCALE
        triple = full[2:] & full[1:-1] & full[:-2]
        if not triple.any():
            return
        clipped = np.zeros_like(full)
        clipped[2:] |= triple
        clipped[1:-1] |= triple
        clipped[:-2] |= triple
        begins = clipped.copy()
        begins[1:] &= ~clipped[:-1]
        self._clipped += int(clipped.sum())
        self._runs += int(begins.sum())
        first = round(moment + int(begins.any(axis=1).argmax()) / rate, 1)
        later = not self._moments or first >= self._moments[-1] + 1
        if later and len(self._moments) < MOST_MOMENTS:
            self._moments.append(first)


_WHOLE = (
    ("ebur128", "peak=true:framelog=quiet"),
    ("silencedetect", f"n={SILENT_BELOW}dB:d={SHORTEST_SILENCE}"),
)
_VOICES = (
    ("aformat", "channel_layouts=mono"),
    ("highpass", "f=200"),
    ("aresample", str(_VOICES_RATE)),
    ("aformat", "sample_fmts=flt"),
    ("asetnsamples", f"n={_VOICES_RATE // 10}:p=0"),
)


def _graph(frame: AudioFrame, time_base: Fraction, filters: tuple[tuple[str, str], ...]) -> Graph:
    graph = Graph()
    graph.threads = 1
    nodes = [
        graph.add_abuffer(
            sample_rate=frame.sample_rate,
            format=frame.format,
            layout=frame.layout,
            time_base=time_base,
        ),
        *(graph.add(name, arguments) for name, arguments in filters),
        graph.add("abuffersink"),
    ]
    graph.link_nodes(*nodes).configure()
    return graph


def _drained(graph: Graph | None) -> Iterator[AudioFrame]:
    while graph is not None:
        try:
            frame = graph.pull()
        except (av.error.BlockingIOError, av.error.EOFError):
            return
        if isinstance(frame, AudioFrame):
            yield frame
