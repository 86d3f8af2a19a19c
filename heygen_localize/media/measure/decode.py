"""A media file decoded from its beginning to its end, by FFmpeg. Runs in the child alone.

Nothing but the bytes of the stream is read: no other format than those of dubbed files is tried,
and none may open another file, as playlists and references in containers would.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

import av
import av.logging

# PyAV imports these two late, when no file opens any more.
import av.subtitles.codeccontext
import av.subtitles.stream
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from heygen_localize.core.measurement import LONGEST_MEASURED, Measurement
from heygen_localize.media.measure.filter_log import FilterLog, Line
from heygen_localize.media.measure.messages import MeasureRefused
from heygen_localize.media.measure.pictures import Pictures
from heygen_localize.media.measure.sound import Sound

_FORMATS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,mp3,wav,ogg,flac"
_MOST_PIXELS = 8192 * 4320
_MOST_ERRORS = 1_000
_ENDS_EARLY = 0.5
"""Seconds that a file may be shorter than it says: encoders round, and count their own delay."""


_TITLES: dict[str, Any] = (
    {"metadata_errors": "replace"} if int(av.__version__.split(".")[0]) < 19 else {}
)
"""Titles that are no UTF-8 are no reason to refuse a file; from 19 on, PyAV reads none."""


def _nothing_else(*_: object) -> Any:
    raise PermissionError("a media file opens no other")


class Decoding:
    """One file being measured; `reached` is told how far it is, and when it was opened."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._broke_at: float | None = None
        self._errors = 0

    def measure(
        self, opened: Callable[[float | None], None], reached: Callable[[float], None]
    ) -> Measurement:
        """Decode it all.

        Raises:
            MeasureRefused: there is nothing to measure, or too much.
        """
        av.logging.set_level(av.logging.INFO)
        av.logging.set_skip_repeated(False)
        with av.logging.Capture() as logged, self._container() as container:
            declared = _declared(container)
            opened(declared)
            if declared is not None and declared > LONGEST_MEASURED:
                raise MeasureRefused("too_long", str(round(declared)))
            return self._decoded(container, declared, logged, reached)

    def _container(self) -> InputContainer:
        try:
            opened: InputContainer = av.open(
                self._file,
                "r",
                options={
                    "protocol_whitelist": "none",
                    "format_whitelist": _FORMATS,
                    "enable_drefs": "0",
                },
                io_open=_nothing_else,
                **_TITLES,
            )
            return opened
        except av.error.EOFError:
            raise MeasureRefused("ends_early") from None
        except (av.error.FFmpegError, ValueError) as error:
            _refuse_memory(error)
            raise MeasureRefused("unreadable", str(error)) from None

    def _decoded(
        self,
        container: InputContainer,
        declared: float | None,
        logged: list[Line],
        reached: Callable[[float], None],
    ) -> Measurement:
        offset = max(0.0, (container.start_time or 0) / av.time_base)
        log = FilterLog(offset)
        video, audio = _streams(container)
        pictures = Pictures(video, offset) if video is not None else None
        sound = Sound(audio, offset) if audio is not None else None
        for packet in self._packets(container, [s for s in (video, audio) if s is not None]):
            for frame in self._frames(packet, _end(pictures, sound)):
                if isinstance(frame, VideoFrame) and pictures is not None:
                    pictures.take(frame)
                elif isinstance(frame, AudioFrame) and sound is not None:
                    sound.take(frame)
            log.take(logged)
            end = _end(pictures, sound)
            if end > LONGEST_MEASURED:
                raise MeasureRefused("too_long", str(round(end)))
            reached(end)
        return self._measured(declared, log, logged, pictures, sound)

    def _packets(self, container: InputContainer, streams: list[Any]) -> Iterator[Packet[Any]]:
        """Yield what is to be decoded; what cannot be read any more ends it."""
        packets = container.demux(*streams)
        while True:
            try:
                packet = next(packets, None)
            except (av.error.FFmpegError, ValueError) as error:
                _refuse_memory(error)
                self._failed(None)
                return
            if packet is None:
                return
            if packet.has_sidedata("encryption_info"):
                raise MeasureRefused("encrypted")
            yield packet

    def _frames(self, packet: Packet[Any], end: float) -> list[Any]:
        try:
            frames = list(packet.decode())
        except (av.error.FFmpegError, ValueError) as error:
            _refuse_memory(error)
            self._failed(end)
            return []
        if packet.is_corrupt or any(frame.is_corrupt for frame in frames):
            self._failed(end)
        return frames

    def _failed(self, moment: float | None) -> None:
        self._errors += 1
        if self._broke_at is None and moment is not None:
            self._broke_at = moment
        if self._errors > _MOST_ERRORS:
            raise MeasureRefused("undecodable")

    def _measured(
        self,
        declared: float | None,
        log: FilterLog,
        logged: list[Line],
        pictures: Pictures | None,
        sound: Sound | None,
    ) -> Measurement:
        picture_stream = pictures.finish() if pictures is not None else None
        sound_stream, clipping = sound.finish() if sound is not None else (None, None)
        log.take(logged)
        end = _end(pictures, sound)
        if end <= 0:
            raise MeasureRefused("undecodable" if self._errors else "ends_early")
        if declared is not None and end < declared - _ENDS_EARLY and self._broke_at is None:
            self._broke_at = end
        if self._errors and self._broke_at is None:
            self._broke_at = end
        return Measurement(
            seconds=round(declared if declared is not None else end, 1),
            video=picture_stream,
            audio=sound_stream,
            broke_at=None if self._broke_at is None else round(self._broke_at, 1),
            errors=self._errors,
            loudness=log.loudness() if sound is not None else None,
            clipping=clipping,
            silence=log.close("silence", sound.end) if sound is not None else (),
            black=log.close("black", pictures.end) if pictures is not None else (),
            frozen=log.close("freeze", pictures.end) if pictures is not None else (),
            speech=sound.envelope.speech() if sound is not None else (),
            waveform=sound.envelope.waveform() if sound is not None else (),
        )


def _streams(container: InputContainer) -> tuple[VideoStream | None, AudioStream | None]:
    """Return the first of each kind, as players do; the cover of a recording is no video."""
    video = [
        stream
        for stream in container.streams.video
        if not stream.disposition & Disposition.attached_pic
    ]
    audio = list(container.streams.audio)
    for stream in (*video[:1], *audio[:1]):
        if stream.codec_context is None:  # of a codec that FFmpeg does not know
            raise MeasureRefused("undecodable")
        stream.codec_context.thread_count = 1
        stream.codec_context.options = {"max_pixels": str(_MOST_PIXELS)}
    if not video and not audio:
        raise MeasureRefused("no_streams")
    return next(iter(video), None), next(iter(audio), None)


def _declared(container: InputContainer) -> float | None:
    """Return how long a file says that it is."""
    if container.duration is None or container.duration <= 0:
        return None
    return min(float(container.duration / av.time_base), 1e6)


def _end(pictures: Pictures | None, sound: Sound | None) -> float:
    return max(pictures.end if pictures else 0.0, sound.end if sound else 0.0)


def _refuse_memory(error: Exception) -> None:
    if isinstance(error, MemoryError):
        raise MeasureRefused("memory") from None
