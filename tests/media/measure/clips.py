"""Small clips made by PyAV, with defects planted at known moments."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache

import av
import numpy as np

Parts = tuple[tuple[float, float], ...]
BLOCK = 1024


@dataclass(frozen=True)
class Clip:
    """What to make; `seconds` of moving pictures and of a voice-like sound, unless told else."""

    seconds: float = 6.0
    container: str = "mp4"
    video: str | None = "libx264"
    audio: str | None = "flac"
    size: tuple[int, int] = (160, 90)
    rate: int = 10
    black: Parts = ()
    frozen: Parts = ()
    silent: Parts = ()
    loud: Parts = ()
    late: Parts = ()
    gain: float = 0.2
    noise: bool = False
    video_seconds: float | None = None
    audio_seconds: float | None = None
    encrypted: bool = False
    fast_start: bool = False
    fragments: bool = False
    layout: str = "mono"
    dead: int | None = None
    inverted: bool = False
    hertz: int = 24000

    def but(self, **changes: object) -> Clip:
        return replace(self, **changes)  # type: ignore[arg-type]


def inside(moment: float, parts: Parts) -> bool:
    return any(start <= moment < end for start, end in parts)


@cache
def made(clip: Clip) -> bytes:
    """Return the bytes of a clip; each is made once."""
    file = io.BytesIO()
    with av.open(file, "w", format=clip.container, options=_options(clip)) as out:
        video = audio = None
        if clip.video is not None:
            video = out.add_stream(clip.video, rate=clip.rate)
            video.width, video.height = clip.size
            video.pix_fmt = "yuv420p"
            video.codec_context.thread_count = 1
            if clip.video == "libx264":
                video.options = {"preset": "ultrafast", "g": "250", "crf": "10"}
            video.codec_context.time_base = Fraction(1, 1000)
        if clip.audio is not None:
            audio = out.add_stream(clip.audio, rate=clip.hertz, layout=clip.layout)
        for encode in _interleaved(clip, video, audio):
            out.mux(encode)
    return file.getvalue()


def _options(clip: Clip) -> dict[str, str]:
    options = {}
    if clip.fast_start:
        options["moov_size"] = "20000"  # its place is kept free at the beginning
    if clip.fragments:
        options["movflags"] = "+frag_keyframe+empty_moov"
    if clip.encrypted:
        options |= {
            "encryption_scheme": "cenc-aes-ctr",
            "encryption_key": "00112233445566778899aabbccddeeff",
            "encryption_kid": "00112233445566778899aabbccddeeff",
        }
    return options


def _interleaved(clip: Clip, video, audio):  # type: ignore[no-untyped-def]
    """Encode second by second, as files of players are."""
    samples = sound(clip) if audio is not None else np.zeros(0, np.float32)
    pictures = moments(clip) if video is not None else []
    format_name = audio.codec_context.format.name if audio is not None else ""
    shown = placed = 0
    for second in range(int(clip.seconds) + 2):
        while shown < len(pictures) and pictures[shown] < second + 1:
            yield video.encode(picture(clip, pictures[shown]))
            shown += 1
        while placed < len(samples) and placed < (second + 1) * clip.hertz:
            yield audio.encode(_block(clip, samples, placed, format_name))
            placed += BLOCK
    for stream in (video, audio):
        if stream is not None:
            yield stream.encode(None)


def moments(clip: Clip) -> Sequence[float]:
    count = round((clip.video_seconds or clip.seconds) * clip.rate)
    return [
        index / clip.rate
        for index in range(count)
        if not (inside(index / clip.rate, clip.late) and index % 3)
    ]


def picture(clip: Clip, moment: float) -> av.VideoFrame:
    width, height = clip.size
    shown = next((start for start, end in clip.frozen if start <= moment < end), moment)
    step = round(shown * 40)
    luma = (np.arange(width)[None] * 2 + np.arange(height)[:, None] * 3 + step * 5) % 200 + 30
    if inside(moment, clip.black):
        luma = np.full((height, width), 16)
    chroma = np.full((height // 2, width), 128)
    planes = np.vstack([luma, chroma.reshape(-1, width)]).astype(np.uint8)
    frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
    frame.pts, frame.time_base = round(moment * 1000), Fraction(1, 1000)
    return frame


def sound(clip: Clip) -> np.ndarray:
    """Return something with the beat of syllables; noise, silence and full scale where planted."""
    count = round((clip.audio_seconds or clip.seconds) * clip.hertz)
    moment = np.arange(count) / clip.hertz
    voice = sum(np.sin(2 * np.pi * pitch * moment) for pitch in (220, 660, 1100)) / 3
    wave = clip.gain * voice * (0.7 + 0.3 * np.sin(2 * np.pi * 3 * moment))
    if clip.noise:
        wave = clip.gain * np.random.default_rng(7).uniform(-1, 1, count)
    for start, end in clip.silent:
        wave[round(start * clip.hertz) : round(end * clip.hertz)] = 0
    for start, end in clip.loud:
        wave[round(start * clip.hertz) : round(end * clip.hertz)] *= 20 / clip.gain
    return np.clip(wave, -1, 1).astype(np.float32)


def _block(clip: Clip, samples: np.ndarray, start: int, format_name: str) -> av.AudioFrame:
    part = samples[None, start : start + BLOCK]
    if clip.layout == "stereo":
        part = np.vstack([part, -part if clip.inverted else part])
        if clip.dead is not None:
            part[clip.dead] = 0
    if not format_name.endswith("p"):
        part = part.T.reshape(1, -1)
    part = np.ascontiguousarray(part)
    if format_name.startswith("s16"):
        part = (part * 32767).astype(np.int16)
    elif format_name.startswith("s32"):
        part = (part * 2147483000).astype(np.int32)
    frame = av.AudioFrame.from_ndarray(part, format=format_name, layout=clip.layout)
    frame.sample_rate, frame.pts, frame.time_base = clip.hertz, start, Fraction(1, clip.hertz)
    return frame
