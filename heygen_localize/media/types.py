"""What the vendor takes, and for what."""

from __future__ import annotations

from enum import Enum


class MediaType(Enum):
    """The types that the vendor takes for a translation.

    Source: docs/vendor/behaviour.md, "Source files".
    """

    MP4 = "video/mp4"
    WEBM = "video/webm"
    MP3 = "audio/mpeg"
    WAV = "audio/wav"
    SRT = "application/x-subrip"


class Role(Enum):
    """What a file is given as: `source`, `audio` or `srt`."""

    VIDEO = "video"
    AUDIO = "audio"
    SUBTITLES = "subtitles"

    @property
    def accepts(self) -> tuple[MediaType, ...]:
        """What a file in this role may be; the first is what others are best converted to."""
        return _ACCEPTED[self]


_ACCEPTED = {
    Role.VIDEO: (MediaType.MP4, MediaType.WEBM),
    Role.AUDIO: (MediaType.MP3, MediaType.WAV),
    Role.SUBTITLES: (MediaType.SRT,),
}
