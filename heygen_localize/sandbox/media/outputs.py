"""The files of a completed job: real, playable, and different for every job."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator
from enum import Enum
from functools import cache
from importlib import resources
from string import Template

from heygen_localize.sandbox.media.files import Padded, ServedFile, short_hash
from heygen_localize.sandbox.media.transcripts import as_vtt
from heygen_localize.sandbox.records import Job

SAMPLE_SECONDS = 6.0
_ID3V1_FIELD_BYTES = 30
_BOX_HEADER = struct.Struct(">I4s")
# The boxes on the way from the index of a film to its tables of offsets.
_PARENT_BOXES = (b"moov", b"trak", b"mdia", b"minf", b"stbl")
# The longest box whose length fits the usual four bytes.
_LONGEST_BOX = 2**32 - 1


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
def sample(file: MediaFile) -> bytes:
    """Return the file that the files of all jobs are made from."""
    return (resources.files(__package__) / file.value).read_bytes()


def _free_box_start(content_bytes: int) -> bytes:
    if content_bytes + 8 > _LONGEST_BOX:
        return struct.pack(">I4sQ", 1, b"free", content_bytes + 16)
    return struct.pack(">I4s", content_bytes + 8, b"free")


def labelled_video(label: str, least_bytes: int = 0) -> Padded:
    """Return the sample video with a label that makes its bytes unique.

    Args:
        label: Any text.
        least_bytes: The video is padded to this length.
    """
    video, text = sample(MediaFile.VIDEO), label.encode()
    # Players skip a `free` box, so it can carry a label, and a filler.
    filler = least_bytes - len(video) - len(_free_box_start(least_bytes)) - len(text)
    filler = max(filler, 0)
    head = video + _free_box_start(len(text) + filler) + text
    return Padded(head, label, filler)


def _boxes(data: bytes | bytearray, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    while start < end:
        length, name = _BOX_HEADER.unpack_from(data, start)
        yield name, start, start + length
        start += length


def _shift(film: bytearray, start: int, end: int, by: int) -> None:
    for name, box_start, box_end in _boxes(film, start, end):
        if name in _PARENT_BOXES:
            _shift(film, box_start + _BOX_HEADER.size, box_end, by)
        elif name == b"stco":
            # Four bytes of version and flags, the number of offsets, the offsets.
            (count,) = struct.unpack_from(">I", film, box_start + 12)
            table = struct.Struct(f">{count}I")
            offsets = table.unpack_from(film, box_start + 16)
            table.pack_into(film, box_start + 16, *(offset + by for offset in offsets))


def with_index_at_end(film: bytes) -> bytes:
    """Return an mp4 file whose index comes after the data instead of before it."""
    boxes = {name: (start, end) for name, start, end in _boxes(film, 0, len(film))}
    start, end = boxes[b"moov"]
    index = bytearray(film[start:end])
    _shift(index, 0, len(index), start - end)
    return film[:start] + film[end:] + bytes(index)


def _audio(job: Job, version: str) -> bytes:
    # An ID3v1 tag: the last 128 bytes, with the id as title.
    title, artist, album = (
        text.encode("latin-1", "replace")[:_ID3V1_FIELD_BYTES].ljust(_ID3V1_FIELD_BYTES, b"\0")
        for text in (job.id, job.language, version)
    )
    return sample(MediaFile.AUDIO) + (b"TAG" + title + artist + album).ljust(128, b"\0")


def _captions(file: MediaFile, job: Job, version: str) -> bytes:
    if "srt_text" in job.order:
        text = job.order["srt_text"] + "\n" * int(version or 0)
        return (as_vtt(text) if file is MediaFile.VTT else text).encode()
    # A line break or an arrow in the title would be taken for the next cue.
    title = " ".join((job.title or "Untitled").split()).replace("-->", "→")
    template = Template(sample(file).decode())
    text = template.substitute(title=title, language=job.language, job=job.id + version)
    return text.encode()


def media_files(job: Job) -> frozenset[MediaFile]:
    """Return the files that a job has once it is completed.

    Source: docs/vendor/behaviour.md, "Video translations".
    """
    files = {MediaFile.VIDEO, MediaFile.SRT, MediaFile.VTT}
    if job.order.get("translate_audio_only"):
        files.add(MediaFile.AUDIO)
    return frozenset(files)


def media_file(file: MediaFile, job: Job, version: str, video_bytes: int) -> ServedFile:
    """Return one file of a job, always the same for that job.

    Args:
        file: Which file.
        job: Whose file.
        version: Empty, or how it differs from what it was at first.
        video_bytes: What a video is padded to.
    """
    if file is MediaFile.VIDEO:
        content = labelled_video(f"{job.id} {job.language}{version}", video_bytes)
    elif file is MediaFile.AUDIO:
        content = Padded(_audio(job, version))
    else:
        content = Padded(_captions(file, job, version))
    # Cheap, whatever the length: the head holds all that the filler is made from.
    etag = short_hash(content.size, hashlib.sha256(content.head).hexdigest())
    return ServedFile(content, MEDIA_TYPES[file], etag)
