"""Texts that are almost SubRip, or WebVTT, as SubRip: only what can be read without doubt.

WebVTT: https://www.w3.org/TR/webvtt1/. Its comments, styles, regions, names of cues and places
on the screen have no counterpart and are left out; so are its tags, but for the three that
SubRip's readers know.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from heygen_localize.core.characters import seen
from heygen_localize.core.errors import SubtitleError, Where
from heygen_localize.subtitles.findings import MOST_MISTAKES, mistake
from heygen_localize.subtitles.scanner import decoded, is_blank
from heygen_localize.subtitles.timing import LATEST, Times, style_of, times_of
from heygen_localize.subtitles.transcript import Cue, Transcript, read, write

_ARROW = "-->"
_SIGNATURE = re.compile(r"WEBVTT(?:[ \t].*)?")
_OFFSET = "X-TIMESTAMP-MAP"
"""A line of the header that shifts all times by what stands elsewhere (RFC 8216, 3.5)."""

_NO_CUE = re.compile(r"(?:NOTE|STYLE|REGION)(?:[ \t].*)?")
_TIME = r"(?:([0-9]{1,3}):)?([0-9]{1,2}):([0-9]{1,2})(?:[.,]([0-9]{1,3}))?"
_TIMES = re.compile(rf"[ \t]*{_TIME}[ \t]*-->[ \t]*{_TIME}(?P<rest>[ \t].*)?")
_TAG = re.compile(r"<(/?)([^<>\n]*)>")
_KEPT_TAG = re.compile(r"([ibu])(?:\.[^ \t]*)?")
_UNCERTAIN = "times without milliseconds: they are not exact enough"
_TOO_LATE = "a time of 100 hours or more, which SubRip cannot write"


def as_subrip(content: bytes) -> bytes:
    """Return a text as SubRip; the very bytes where it is that already.

    Converted are WebVTT, a point for the comma, hours of three digits below 100, times
    without hours, and a time without milliseconds where others of the text have some:
    its writer leaves out zeros.

    Raises:
        SubtitleError: it has no cue, or no one reading.
    """
    text = decoded(content)
    lines = text.split("\n")
    if _SIGNATURE.fullmatch(lines[0]):
        return write(Transcript(tuple(_cues(lines))))
    respelled = _respelled(lines)
    transcript = read("\n".join(respelled).encode("utf-8"))
    return content if respelled == lines else write(transcript)


def _respelled(lines: Sequence[str]) -> list[str]:
    """Write every line of times as SubRip does, where it can be read without doubt."""
    found = {
        number: match
        for number, line in enumerate(lines)
        if _ARROW in line
        and (times_of(line) is None or style_of(line) is not None)
        and (match := _TIMES.fullmatch(seen(line)))
        and not match["rest"]
    }
    precise = any(times_of(line) is not None for line in lines if _ARROW in line) or any(
        match[4] or match[8] for match in found.values()
    )
    respelled, mistakes = list(lines), []
    for number, match in found.items():
        whole = not (match[4] and match[8])
        if whole and not (precise and match[1] and match[5]):
            mistakes.append(mistake(_UNCERTAIN, number + 1))
            continue
        times = _times(match)
        if times is not None and max(times) > LATEST:
            mistakes.append(mistake(_TOO_LATE, number + 1))
        elif times is not None:
            respelled[number] = str(times)
    if mistakes:
        raise SubtitleError.of(mistakes[:MOST_MISTAKES])
    return respelled


def _times(match: re.Match[str]) -> Times | None:
    """Return the two times of a line; None for more than 59 minutes or seconds."""
    groups = match.groups()
    start, end = _milliseconds(groups[:4]), _milliseconds(groups[4:8])
    return None if start is None or end is None else Times(start, end)


def _milliseconds(parts: Sequence[str | None]) -> int | None:
    hours, minutes, seconds = (int(part or 0) for part in parts[:3])
    if max(minutes, seconds) >= 60:
        return None
    # Digits behind the sign are a fraction, as pysubs2 reads them too: ,5 is half a second.
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + int((parts[3] or "0").ljust(3, "0"))


def _cues(lines: Sequence[str]) -> Iterator[Cue]:
    """Walk over the cues of WebVTT.

    Raises:
        SubtitleError: it has none, or what belongs to none.
    """
    header, *blocks = _blocks(lines)
    if any(_OFFSET in line for line in header[1]):
        raise SubtitleError(
            "WebVTT whose times count from elsewhere (X-TIMESTAMP-MAP)", where=Where(line=1)
        )
    any_cue = False
    for first, block in blocks:
        head = next((place for place, line in enumerate(block[:2]) if _ARROW in line), None)
        if head is None and _NO_CUE.fullmatch(block[0]):
            continue
        line = first + (head or 0)
        match = _TIMES.fullmatch(block[head]) if head is not None else None
        times = _times(match) if match and match[4] and match[8] else None
        if head is None or times is None:
            told = "text that belongs to no cue" if head is None else _UNREAD
            raise SubtitleError(told, where=Where(line=line))
        if max(times) > LATEST:
            raise SubtitleError(_TOO_LATE, where=Where(line=line))
        any_cue = True
        yield Cue(None, *times, _spoken("\n".join(block[head + 1 :])), line)
    if not any_cue:
        raise SubtitleError("there is no cue")


_UNREAD = "the times of a cue cannot be read"


def _blocks(lines: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """Walk over what blank lines part, each with the number of its first line."""
    block: list[str] = []
    for number, line in enumerate([*lines, ""], 1):
        if not is_blank(line):
            block.append(line)
        elif block:
            yield number - len(block), block
            block = []


def _spoken(text: str) -> str:
    """Return the text of a cue of WebVTT as SubRip has it."""
    from html import unescape  # 2,000 names of characters

    return unescape(_TAG.sub(_kept, text))


def _kept(tag: re.Match[str]) -> str:
    name = _KEPT_TAG.fullmatch(tag[2])
    return f"<{tag[1]}{name[1]}>" if name else ""
