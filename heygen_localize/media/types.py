"""Which types of files HeyGen takes and for what, and a file's type by its first bytes."""

from __future__ import annotations

import codecs
import re
from enum import Enum

from heygen_localize.core.encoding import is_pointer

HTML = "text/html"
LFS_POINTER = "lfs pointer"
"""What stands for a file in git where its content was not fetched; not a MIME type."""

HEAD = 8192
"""Bytes from the start of a file that tell what it is: as many as the library looks at."""

_QUICKTIME = "video/quicktime"
_MP4 = "video/mp4"
_MP3 = "audio/mpeg"
_OTHER_NAMES = {"audio/x-wav": "audio/wav"}
_PAGE = re.compile(rb"<(?:!doctype\s+html|html|head|body|title|meta|script)[\s>/]", re.IGNORECASE)
_MP4_BRANDS = (b"iso", b"mp4", b"avc1", b"dash", b"cmf", b"MSNV")
_PLAIN_BRANDS = (b"isom", b"mp41", b"mp42")
"""Of most videos: the library says the same of them, after it has tried all other types."""

_OLD_MOVIE_BOXES = (b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")


def recognise(head: bytes) -> str | None:
    """Return the MIME type of a file that begins like this, `HTML` and `LFS_POINTER` included.

    Plain text, subtitles too, has no first bytes of its own: None, as for all
    that is not known. Looks at the first `HEAD` bytes.
    """
    head = head[:HEAD]
    if is_pointer(head):
        return LFS_POINTER
    if _is_page(head):
        return HTML
    if head[:3] == b"\0\0\0" and head[4:8] == b"ftyp" and head[8:12] in _PLAIN_BRANDS:
        return _MP4
    # Here, since most manifests name URLs, and need not wait for it.
    import filetype

    found: str | None = filetype.guess_mime(head)
    if found is None:
        return _overlooked(head)
    return _OTHER_NAMES.get(found, found)


def _is_page(head: bytes) -> bool:
    """Tell a web page: its first tag, behind marks of encoding, spaces and comments."""
    head = head.removeprefix(codecs.BOM_UTF8).lstrip()
    for opening, closing in ((b"<?xml", b"?>"), (b"<!--", b"-->")):
        while head.startswith(opening):
            head = head.partition(closing)[2].lstrip()
    return _PAGE.match(head) is not None


def _overlooked(head: bytes) -> str | None:
    """Tell what the library knows in its usual shape only.

    Fragments of MP4 (other brands), QuickTime from before brands, MP3 with
    checksums or low rates.
    """
    box = head[4:8]
    if box == b"ftyp":
        end = min(int.from_bytes(head[:4], "big"), len(head))
        brands = (head[8:12], *(head[at : at + 4] for at in range(16, end, 4)))
        return _MP4 if any(brand.startswith(_MP4_BRANDS) for brand in brands) else None
    if box in _OLD_MOVIE_BOXES and head[0] < ord(" "):
        return _QUICKTIME
    if len(head) > 1 and head[0] == 0xFF:
        # Eleven bits of sync, layer III; version 01 does not exist.
        return _MP3 if head[1] & 0xE6 == 0xE2 and head[1] & 0x18 != 0x08 else None
    return None


class MediaType(Enum):
    """The types that HeyGen takes for a translation.

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
