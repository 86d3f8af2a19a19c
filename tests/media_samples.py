"""Small real media: what tests put where a user has videos, audio and subtitles.

The files in `data/` are made with ffmpeg: a test picture and a tone, 2 s of MP4
(H.264, AAC), 3 s of WebM (VP8), 1.152 s of MP3.
"""

from __future__ import annotations

import io
import wave
from pathlib import Path

_DATA = Path(__file__).parent / "data"

MP4_SECONDS = 2.0
WEBM_SECONDS = 3.0
MP3_SECONDS = 1.152
WAV_SECONDS = 0.5

LFS_POINTER = (
    b"version https://git-lfs.github.com/spec/v1\n"
    b"oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\n"
    b"size 12345\n"
)


def mp4(label: str = "") -> bytes:
    """Give a playable MP4; another one for each label, which players skip."""
    video = (_DATA / "tiny.mp4").read_bytes()
    text = label.encode()
    return video + (len(text) + 8).to_bytes(4, "big") + b"free" + text if label else video


def mov() -> bytes:
    """Give the same as QuickTime, as phones write it."""
    video = mp4()
    brands = int.from_bytes(video[:4], "big")
    return video[:8] + b"qt  " + bytes(4) + b"qt  " + bytes(brands - 20) + video[brands:]


def webm() -> bytes:
    """Give a playable WebM."""
    return (_DATA / "tiny.webm").read_bytes()


def mkv() -> bytes:
    """Give the beginning of a Matroska video."""
    return b"\x1a\x45\xdf\xa3\xa3\x42\x86\x81\x01\x42\x82\x88matroska" + bytes(100)


def mp3() -> bytes:
    """Give a playable MP3 of a low rate, without any tag."""
    return (_DATA / "tiny.mp3").read_bytes()


def wav(label: str = "") -> bytes:
    """Give a playable WAV; another one for each label."""
    tone = (label.encode() or b"\x80") * 4000
    written = io.BytesIO()
    with wave.open(written, "wb") as audio:
        audio.setparams((1, 1, 8000, 0, "NONE", ""))
        audio.writeframes(tone[:4000])
    return written.getvalue()


def srt(label: str = "Hello") -> bytes:
    """Give subtitles of one cue with this text."""
    return f"1\n00:00:00,000 --> 00:00:01,500\n{label}\n".encode()
