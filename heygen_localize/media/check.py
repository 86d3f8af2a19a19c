"""Whether a file can be what it is given as; if not, what it is instead and how to mend it."""

from __future__ import annotations

import posixpath
import shlex

from heygen_localize.core.encoding import LFS_HINT, text_of
from heygen_localize.core.errors import FileError, NotTextError
from heygen_localize.media.types import HTML, LFS_POINTER, MediaType, Role, recognise

_WORDS = {
    "video/mp4": "an MP4 video",
    "video/webm": "a WebM video",
    "video/quicktime": "a QuickTime movie",
    "video/x-matroska": "a Matroska video",
    "video/x-msvideo": "an AVI video",
    "audio/mpeg": "MP3 audio",
    "audio/wav": "WAV audio",
    "audio/mp4": "M4A audio",
    HTML: "a web page (HTML)",
}
_TAKEN = {
    Role.VIDEO: "a video can be mp4 or webm",
    Role.AUDIO: "audio can be mp3 or wav",
    Role.SUBTITLES: "subtitles can be srt",
}
_ENDINGS = {Role.VIDEO: ".mp4", Role.AUDIO: ".mp3", Role.SUBTITLES: ".srt"}
_MAKING = {
    Role.VIDEO: "-c:v libx264 -c:a aac -movflags +faststart ",
    Role.AUDIO: "-vn ",
    Role.SUBTITLES: "",
}
_CONVERTIBLE = {Role.VIDEO: ("video/",), Role.AUDIO: ("audio/", "video/"), Role.SUBTITLES: ()}
"""Beginnings of the MIME types that ffmpeg makes it from."""

_SUBTITLES = {
    "ass": "ASS subtitles",
    "ssa": "SSA subtitles",
    "vtt": "WebVTT subtitles",
    "sami": "SAMI subtitles",
    "microdvd": "MicroDVD subtitles",
    "mpl2": "MPL2 subtitles",
}
"""Other subtitles that ffmpeg reads, by the library's names."""

_ENOUGH = 100_000
"""Characters in which other subtitles show what they are."""

_DAMAGE = frozenset({"conflict", "control", "lost_character"})
"""What the check of reviewed subtitles finds, and no subtitles at all may hold."""


def check(head: bytes, size: int, role: Role, shown_name: str) -> MediaType:
    """Say what a file is that fits its role; the bytes decide, not its name.

    Args:
        head: The first `recognition.HEAD` bytes or more; all of them for subtitles.
        size: Bytes in all.
        role: What the file is given as.
        shown_name: The path as the user wrote it, for messages and commands.

    Raises:
        FileError: it does not fit.
    """
    if size == 0:
        raise FileError("source_empty", f"{shown_name!r} is empty")
    found = recognise(head)
    if found == LFS_POINTER:
        raise FileError(
            "source_lfs_pointer",
            f"{shown_name!r} is a Git LFS pointer: it stands for a file that was not fetched",
            LFS_HINT,
        )
    for media_type in role.accepts:
        if found == media_type.value:
            return media_type
    if role is Role.SUBTITLES and found != HTML:
        return _subtitles(head, found, shown_name)
    raise _unfit(found, role, shown_name)


def _subtitles(content: bytes, found: str | None, shown_name: str) -> MediaType:
    """Make sure that subtitles hold a cue. Text may begin like something else by chance."""
    # Here, since few manifests have subtitles on disk, and the rest need not wait for it.
    from pysubs2.exceptions import FormatAutodetectionError
    from pysubs2.formats import autodetect_format, get_format_class

    try:
        text = text_of(content)
    except NotTextError as error:
        if found is not None:
            raise _unfit(found, Role.SUBTITLES, shown_name) from None
        raise _wrong_encoding(error, shown_name) from None
    # Whether there is a cue, without the time that making one of each may take.
    if get_format_class("srt").guess_format(text):
        _refuse_damage(content, shown_name)
        return MediaType.SRT
    try:
        other = _SUBTITLES.get(autodetect_format(text[:_ENOUGH]))
    except FormatAutodetectionError:
        other = None
    if other is not None:
        raise FileError(
            "source_type",
            f"{shown_name!r} holds {other}; {_TAKEN[Role.SUBTITLES]}",
            "convert them: " + _conversion(Role.SUBTITLES, shown_name),
        )
    if found is not None:
        raise _unfit(found, Role.SUBTITLES, shown_name)
    raise FileError(
        "source_no_cue",
        f"{shown_name!r} has no cue, as subtitles (srt) have them",
        "a cue is a number, a line like 00:00:01,000 --> 00:00:02,500, and the text below it",
    )


def _refuse_damage(content: bytes, shown_name: str) -> None:
    """Refuse subtitles with text in them that nobody can mean, and that would be spoken."""
    # Here, since most projects have none, and the room takes long to load.
    from heygen_localize.subtitles import check

    wrong = [finding for finding in check(content) if finding.code in _DAMAGE]
    if not wrong:
        return
    first, more = wrong[0], f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
    cue = f", cue {first.cue}" if first.cue is not None else ""
    raise FileError(
        "source_damaged",
        f"{shown_name!r}, line {first.where.line}{cue}: {first.message}{more}",
        first.hint,
    )


def _wrong_encoding(error: NotTextError, shown_name: str) -> FileError:
    path, made = _paths(shown_name, ".srt")
    told = error.first
    line = f" (line {told.where.line})" if told.where.line is not None else ""
    return FileError(
        "source_encoding",
        f"{shown_name!r} is not UTF-8{line}",
        f"{told.hint} {path} > {made}" if "iconv" in (told.hint or "") else told.hint,
    )


def _unfit(found: str | None, role: Role, shown_name: str) -> FileError:
    """Say what a file is that does not fit, with the command that would mend it."""
    if found is None:
        return FileError(
            "source_type",
            f"{shown_name!r} begins like no video, audio or other file that is known",
            f"{_TAKEN[role]}; if it is another kind: {_conversion(role, shown_name)}",
        )
    message = f"{shown_name!r} is {_WORDS.get(found, found)}; {_TAKEN[role]}"
    if found.startswith(_CONVERTIBLE[role]):
        return FileError("source_type", message, "convert it: " + _conversion(role, shown_name))
    hint = "download the file itself; this is a page about it" if found == HTML else None
    return FileError("source_type", message, hint)


def _conversion(role: Role, shown_name: str) -> str:
    path, made = _paths(shown_name, _ENDINGS[role])
    return f"ffmpeg -i {path} {_MAKING[role]}{made}"


def _paths(shown_name: str, ending: str) -> tuple[str, str]:
    """Return the path of a file and of another beside it, both as a shell reads them."""
    path = f"./{shown_name}" if shown_name.startswith("-") else shown_name
    made = posixpath.splitext(path)[0] + ending
    if made == path:
        made = posixpath.splitext(path)[0] + "-converted" + ending
    return shlex.quote(path), shlex.quote(made)
