"""The files of a completed job: real, playable, and different for every job."""

from __future__ import annotations

import struct
from enum import Enum
from functools import cache
from importlib import resources
from string import Template

from heygen_localize.sandbox.records import Job

SAMPLE_SECONDS = 6.0
_ID3V1_FIELD_BYTES = 30


class MediaFile(str, Enum):
    """The files that a job may have, by name."""

    VIDEO = "video.mp4"
    AUDIO = "audio.mp3"
    SRT = "captions.srt"
    VTT = "captions.vtt"


MEDIA_TYPES = {
    MediaFile.VIDEO: "video/mp4",
    MediaFile.AUDIO: "audio/mpeg",
    MediaFile.SRT: "application/x-subrip; charset=utf-8",
    MediaFile.VTT: "text/vtt; charset=utf-8",
}


@cache
def _sample(file: MediaFile) -> bytes:
    return (resources.files(__package__) / "media" / file.value).read_bytes()


def _video(job: Job) -> bytes:
    # Players skip a `free` box, so it can carry what makes the bytes unique.
    label = f"{job.id} {job.language}".encode()
    box = struct.pack(">I4s", 8 + len(label), b"free") + label
    return _sample(MediaFile.VIDEO) + box


def _audio(job: Job) -> bytes:
    # An ID3v1 tag: the last 128 bytes, with the id as title.
    title, artist = (
        text.encode("latin-1", "replace")[:_ID3V1_FIELD_BYTES].ljust(_ID3V1_FIELD_BYTES, b"\0")
        for text in (job.id, job.language)
    )
    return _sample(MediaFile.AUDIO) + (b"TAG" + title + artist).ljust(128, b"\0")


def _captions(file: MediaFile, job: Job) -> bytes:
    # A line break or an arrow in the title would be taken for the next cue.
    title = " ".join((job.title or "Untitled").split()).replace("-->", "→")
    template = Template(_sample(file).decode())
    return template.substitute(title=title, language=job.language, job=job.id).encode()


def media_files(job: Job) -> frozenset[MediaFile]:
    """Gives the files that a job has once it is completed.

    Source: docs/vendor/behaviour.md, "Video translations".
    """
    files = {MediaFile.VIDEO}
    if job.order.get("translate_audio_only"):
        files.add(MediaFile.AUDIO)
    if job.order.get("enable_caption"):
        files |= {MediaFile.SRT, MediaFile.VTT}
    return frozenset(files)


def media_bytes(file: MediaFile, job: Job) -> bytes:
    """Gives the content of one file of a job, always the same for that job."""
    if file is MediaFile.VIDEO:
        return _video(job)
    if file is MediaFile.AUDIO:
        return _audio(job)
    return _captions(file, job)
