"""Why a file could not be measured, in the words of a person who has to do something about it."""

from __future__ import annotations

from heygen_localize.core.errors import FileError, UsageError
from heygen_localize.core.measurement import LONGEST_MEASURED
from heygen_localize.core.text import sanitize
from heygen_localize.media.measure.messages import Refused

NOT_INSTALLED = "check_not_installed"
_FETCH = "fetch it again: localize pull"
_HOURS = LONGEST_MEASURED // 3600

_REFUSALS: dict[str, tuple[str, str, str | None]] = {
    "ends_early": ("media_ends_early", "ends before there is anything to decode", _FETCH),
    "unreadable": (
        "media_unreadable",
        "cannot be opened: it is no MP4, MOV, WebM, Matroska, MP3, WAV, OGG or FLAC, or its index "
        "is damaged",
        _FETCH,
    ),
    "undecodable": ("media_undecodable", "cannot be decoded", _FETCH),
    "no_streams": ("media_no_streams", "holds neither pictures nor sound", _FETCH),
    "encrypted": (
        "media_encrypted",
        "is encrypted",
        "give the file without DRM: nothing can be said of one that cannot be decoded",
    ),
    "too_long": (
        "media_too_long",
        f"is longer than {_HOURS} hours, the most that is looked at",
        "cut it into parts, or turn its checks off",
    ),
    "time": (
        "media_too_slow",
        "takes too long to decode",
        "what needs more than one and a half times its length is damaged, or larger than 4K",
    ),
    "memory": (
        "media_too_large",
        "needs too much memory to decode",
        "it is damaged, or its pictures are larger than 8192×4320",
    ),
    "crashed": ("media_crashed", "made the decoder crash", _FETCH),
    "fault": ("media_crashed", "made the decoder fail", _FETCH),
}


def refusal(refused: Refused, shown_name: str) -> FileError:
    """Return the error for what a child said, or for how it ended."""
    code, told, hint = _REFUSALS.get(refused.code, _REFUSALS["fault"])
    detail = sanitize(refused.detail) if refused.code == "fault" else ""
    return FileError(code, f"{shown_name!r} {told}" + (f" ({detail})" if detail else ""), hint)


def missing(why: str = "") -> UsageError:
    """Return the error for an installation without the extra, or with one that cannot be used."""
    told = f"cannot be used here ({sanitize(why, 200)})" if why else "are not installed"
    return UsageError(
        f"looking at media needs PyAV and py3langid, which {told}",
        code=NOT_INSTALLED,
        hint="pip install 'heygen-localize[check]'",
    )
