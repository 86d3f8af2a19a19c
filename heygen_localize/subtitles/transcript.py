"""Subtitles as data: cues with their times, texts exactly as written, and back to bytes."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from heygen_localize.core.encoding import BOM
from heygen_localize.core.errors import SubtitleError, Where
from heygen_localize.core.text import subtitle_bytes
from heygen_localize.subtitles.alignment import Version
from heygen_localize.subtitles.findings import MOST_MISTAKES, mistake
from heygen_localize.subtitles.scanner import decoded, holds_cue, is_blank, lf, scan
from heygen_localize.subtitles.timing import LATEST, Times

NO_CUE_HINT = "a cue is a number, a line like 00:00:01,000 --> 00:00:02,500, and the text below it"
TIMES_HINT = "write the times like 00:00:01,000 --> 00:00:02,500"


class Cue(Struct, frozen=True):
    r"""One text and when it is shown.

    Attributes:
        number: As written before the times; None where none is.
        start: Milliseconds.
        end: Milliseconds.
        text: As written, markup and direction marks too; lines end with `\n`.
        line: Where it begins in its file (its number, else its times), from 1.
    """

    number: int | None
    start: int
    end: int
    text: str
    line: int

    @property
    def times(self) -> Times:
        """When it is shown."""
        return Times(self.start, self.end)


class Transcript(Struct, frozen=True):
    """The cues of a file, in its order."""

    cues: tuple[Cue, ...]

    @property
    def version(self) -> Version:
        """What alignment compares of it."""
        return Version([cue.times for cue in self.cues], [cue.text for cue in self.cues])


def read(content: bytes) -> Transcript:
    """Read SubRip subtitles; with or without BOM, with any line ends.

    Raises:
        SubtitleError: not UTF-8, no cue, text that belongs to no cue, or times that
            cannot be read. What else may be wrong is for `checks.check`.
    """
    blocks, stray = scan(decoded(content))
    mistakes = []
    if not blocks:
        raise SubtitleError("there is no cue", hint=NO_CUE_HINT)
    if stray is not None:
        mistakes.append(mistake("text before the first cue", stray, NO_CUE_HINT))
    cues = []
    for block in blocks:
        if block.times is None:
            mistakes.append(
                mistake("the times of a cue cannot be read", block.times_line, TIMES_HINT)
            )
        else:
            cues.append(Cue(block.number, *block.times, block.text, block.line))
    if mistakes:
        raise SubtitleError.of(mistakes[:MOST_MISTAKES])
    return Transcript(tuple(cues))


def write(transcript: Transcript) -> bytes:
    """Write subtitles: UTF-8 without BOM, LF, numbered from 1, a blank line between cues.

    Blank lines at the end of a text cannot be kept; everything else is.

    Raises:
        SubtitleError: a text that would be read as cues of its own, or a time that
            SubRip cannot write (below 0, or above 99:59:59,999).
    """
    parts = []
    for number, cue in enumerate(transcript.cues, 1):
        if not (0 <= cue.start <= LATEST and 0 <= cue.end <= LATEST):
            raise SubtitleError(
                f"cue {number} has a time that SubRip cannot write", where=Where(line=cue.line)
            )
        text = lf(cue.text)
        if holds_cue(text):
            raise SubtitleError(
                f"the text of cue {number} holds the times of a cue", where=Where(line=cue.line)
            )
        body = text.split("\n")
        while body and is_blank(body[-1]):
            body.pop()
        parts.append("\n".join([str(number), str(cue.times), *body, ""]))
    return "\n".join(parts).encode("utf-8")


def canonical(content: bytes) -> bytes:
    """Return subtitles as they are uploaded: as `write` does, whatever reading let pass.

    Byte order marks inside are left out, and so are blank lines inside a cue, behind
    which a strict reader sees no cue. What has no one reading stays as it is, without
    BOM and with LF.
    """
    plain = subtitle_bytes(content)
    try:
        cues = (replace(cue, text=_spoken(cue.text)) for cue in read(plain).cues)
        return write(Transcript(tuple(cues)))
    except SubtitleError:
        while plain.startswith(BOM.encode()):  # the hash of such a file knows of one alone
            plain = plain.removeprefix(BOM.encode())
        return plain


def _spoken(text: str) -> str:
    lines = text.replace(BOM, "").split("\n")
    return "\n".join(line for line in lines if not is_blank(line))
