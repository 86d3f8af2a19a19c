"""Text for people: what comes from elsewhere made safe to show, numbers with their nouns.

And subtitles as bytes, which everyone must take for the same where only an editor differs.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Sequence
from contextlib import suppress

from heygen_localize.core.encoding import is_utf16, text_of
from heygen_localize.core.errors import NotTextError
from heygen_localize.core.job_kind import LIPSYNC_PREFIX

NO_REASON = "no reason given"
"""What stands where HeyGen says that something failed, and not why."""

_LONGEST = 2000
"""Characters of a text of HeyGen's that are kept; none of its pages shows a longer one."""


_NO_IDS = (
    "assets|batches|caption|complete|direct-uploads|generate|languages|me"
    "|lipsyncs|proofreads|search|srt|statuses|users|video-translations"
)
"""Words that stand in paths of the API where an id may (docs/vendor/heygen-v3.openapi.yaml)."""

ID_PATTERN = rf"\A(?!(?:{LIPSYNC_PREFIX})?(?i:{_NO_IDS}|\.*)\Z)[A-Za-z0-9._:-]{{1,200}}\Z"
_ID = re.compile(ID_PATTERN, re.ASCII)


def valid_id(value: object) -> str | None:
    """Return an id of HeyGen's, if it is one that may go into a path, a lock or a log.

    None for a word of the API and for dots alone: in a path they lead elsewhere.
    """
    return value if isinstance(value, str) and _ID.match(value) else None


def sanitize(text: str, longest: int = _LONGEST) -> str:
    """Drop what could steer a terminal, and cut what is too long.

    Control, format and surrogate characters go (escape sequences, right-to-left
    overrides); line breaks and tabs become spaces.
    """
    head = text[: 4 * longest]
    if not head.isprintable():
        head = "".join(
            char
            for char in head
            if char.isspace() or unicodedata.category(char) not in _UNPRINTABLE
        )
    # Spaces last: what is clean stays as it is, and a lockfile the same to the byte.
    kept = " ".join(head.split())
    return kept if len(kept) <= longest else kept[: longest - 1] + "…"


_UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})


def strip_controls(text: str) -> str:
    """Drop what could steer a terminal, and leave length, spaces and lines alone."""
    if text.isprintable():  # so are nearly all, and a report asks a million times
        return text
    return "".join(
        char for char in text if char in "\n\t" or unicodedata.category(char) not in _UNPRINTABLE
    )


def inert(text: str, coloured: bool = False) -> str:
    """Break apart what the log of a CI system would take for a command to it.

    That is `::name::` at the beginning of a line (GitHub), and `##[name]`, `##vso[…]`,
    `##teamcity[…]` anywhere in it (GitHub, Azure, TeamCity); a blank goes between their
    signs. Control characters go, which GitLab's marks of sections need too, but for
    line ends, tabs and, where `coloured`, the sequences of colours.

    GitHub's runner compares by the rules of a language, which pass over characters
    that show nothing: whatever is not ASCII counts as such a one.
    """
    text = (_UNCOLOURED if coloured else _CONTROL).sub("", text)
    text = _COLONS.sub(r"\1: ", text)
    return _HASHES.sub(r"#\1 #", text)


def steers(text: str) -> bool:
    """Return whether the log of a CI system would take any of a text for a command to it."""
    text = text.replace("\r", "\n")
    return "\x1b" in text or bool(_COLONS.search(text) or _HASHES.search(text))


_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_UNCOLOURED = re.compile(rf"(?!\x1b\[[0-9;]*m){_CONTROL.pattern}")
# A run of what shows nothing is looked at from its beginning alone, else the time is quadratic.
_COLONS = re.compile(
    r"((?:(?<![^\n])|(?<=[!-~])(?=[^!-~\n]*[\u2028\u2029]))[^!-~\n]*):(?=[^ -~\n]*:)"
)
_HASHES = re.compile(r"#([^ -~\n]*)#(?=(?:[^ -~\n]*[\w.-])*[^ -~\n]*\[)", re.ASCII)


def redacted(text: str, secret: str) -> str:
    """Put a mask where the secret stands."""
    return text.replace(secret, "[API key]") if secret else text


_QUERY = re.compile(r"\?[^\s\"'<>=?]*=[^\s\"'<>]*")


def without_queries(text: str) -> str:
    """Take the queries out of addresses: a signed one opens a file to whoever reads it."""
    return _QUERY.sub("?…", text)


def pluralize(number: int, singular: str, plural: str | None = None) -> str:
    """Write a number with its noun: `1 job`, `2 jobs`."""
    return f"{number} {singular if number == 1 else plural or singular + 's'}"


def subtitle_bytes(content: bytes) -> bytes:
    """Return subtitles as they are hashed: UTF-8 without BOM, with LF line ends.

    Editors and git change these without anyone meaning to, and none is seen.
    """
    if is_utf16(content):
        with suppress(NotTextError):  # What is damaged stays as it is, and is told elsewhere.
            content = text_of(content).encode("utf-8")
    content = content.removeprefix(codecs.BOM_UTF8)
    return content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def either(words: Sequence[str]) -> str:
    """Join what may be: `a, b or c`."""
    return " or ".join(part for part in (", ".join(words[:-1]), words[-1]) if part)
