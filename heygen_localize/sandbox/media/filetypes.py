"""What a file is, read from its bytes.

Source: docs/vendor/behaviour.md, "Source files".
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import Enum

# Bytes from the start of a file that are enough to know it by.
SNIFFED_BYTES = 512

_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8\xff"
_MATROSKA = b"\x1a\x45\xdf\xa3"
_CUE = re.compile(
    rb"(\xef\xbb\xbf)?\s*\d+[ \t]*\r?\n\d{1,3}:\d\d:\d\d[,.]\d{3}[ \t]*-->[ \t]*\d{1,3}:\d\d:\d\d"
)


class FileKind(str, Enum):
    """What an asset is good for."""

    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"
    DOCUMENT = "document"
    SUBTITLES = "srt"


# What the vendor takes, under the name that it answers with.
KINDS = {
    "image/png": FileKind.IMAGE,
    "image/jpeg": FileKind.IMAGE,
    "video/mp4": FileKind.VIDEO,
    "video/webm": FileKind.VIDEO,
    "audio/mpeg": FileKind.AUDIO,
    "audio/wav": FileKind.AUDIO,
    "application/pdf": FileKind.DOCUMENT,
    "application/x-subrip": FileKind.SUBTITLES,
}

# Other names by which callers know the same types.
_ALIASES = {
    "image/jpg": "image/jpeg",
    "audio/mp3": "audio/mpeg",
    "audio/x-wav": "audio/wav",
    "audio/wave": "audio/wav",
    "audio/vnd.wave": "audio/wav",
    "text/srt": "application/x-subrip",
    "text/x-srt": "application/x-subrip",
    "application/srt": "application/x-subrip",
}


def _is_mp4(start: bytes) -> bool:
    # QuickTime films have the same boxes, and a brand of their own.
    return start[4:8] == b"ftyp" and start[8:12] != b"qt  "


def _is_mp3(start: bytes) -> bool:
    synchronized = len(start) > 1 and start[0] == 0xFF and start[1] & 0xE0 == 0xE0
    return start.startswith(b"ID3") or (synchronized and start[1] & 0x06 == 0x02)


_SIGNS: dict[str, Callable[[bytes], bool]] = {
    "image/png": lambda start: start.startswith(_PNG),
    "image/jpeg": lambda start: start.startswith(_JPEG),
    "video/mp4": _is_mp4,
    "video/webm": lambda start: start.startswith(_MATROSKA) and b"webm" in start[:64],
    "audio/mpeg": _is_mp3,
    "audio/wav": lambda start: start[:4] == b"RIFF" and start[8:12] == b"WAVE",
    "application/pdf": lambda start: start.startswith(b"%PDF-"),
    "application/x-subrip": lambda start: _CUE.match(start) is not None,
}


def type_of(start: bytes) -> str | None:
    """Return the MIME type of a file, or None if the vendor does not take its like.

    Args:
        start: The first `SNIFFED_BYTES` of the file, or all of a shorter one.
    """
    return next((name for name, is_one in _SIGNS.items() if is_one(start)), None)


def known_type(declared: str) -> str | None:
    """Return the name in `KINDS` of a type that a caller declares; None if there is none."""
    name = declared.partition(";")[0].strip().lower()
    name = _ALIASES.get(name, name)
    return name if name in KINDS else None
