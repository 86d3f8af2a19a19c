"""The bytes of people's files as text: one tolerance, whatever the file is for. Pure.

Editors and systems write a byte order mark, CRLF or UTF-16 without anyone meaning to:
all three are read. What stands for a file that is not here, or is no Unicode, is named.
"""

from __future__ import annotations

import codecs
import re

from heygen_localize.core.errors import NotTextError, Where

LFS_HINT = "fetch it with: git lfs pull (in GitHub Actions, lfs: true at actions/checkout)"

CONFLICT = "git's conflict markers stand here: two versions, and nobody has chosen"
CONFLICT_HINT = "keep one side, and take out the lines of <<<<<<<, ======= and >>>>>>>"

BOM = "\ufeff"
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_UTF_32 = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
_POINTER = re.compile("version https://(?:git-lfs|hawser)\\.github\\.com/spec/")
_LINE_END = re.compile("\r\n|\r|\n")
_MARKER = re.compile(r"(?:(?P<ours><{7,})|(?P<theirs>>{7,})|\|{7}|={7}(?! ))(?=[ \r]|$)")
_LOOKED_AT = 64
"""Bytes from the start in which UTF-16 without a mark shows itself."""


POINTER = "lfs_pointer"
"""The code of the error where git keeps a file that was not fetched."""


def is_pointer(content: bytes) -> bool:
    """Return whether a file is what git keeps in place of one that Git LFS did not fetch."""
    head = content[:_LOOKED_AT].removeprefix(codecs.BOM_UTF8)
    return _POINTER.match(head.decode("ascii", "replace")) is not None


def is_utf16(content: bytes) -> bool:
    """Return whether bytes begin with the byte order mark of UTF-16."""
    return content.startswith(_UTF_16) and not content.startswith(_UTF_32)


def as_edited(content: bytes) -> bool:
    """Return whether there may be more to a file than UTF-8 with LF: a mark, other line ends."""
    return content.startswith((codecs.BOM_UTF8, *_UTF_16)) or b"\r" in content


def text_of(content: bytes) -> str:
    """Return the text of UTF-8, or of UTF-16 with its mark; without mark, its line ends as written.

    Raises:
        NotTextError: a Git LFS pointer, or another encoding; says which, where and what to do.
    """
    if is_pointer(content):
        message = "this is a Git LFS pointer: it stands for a file that was not fetched"
        raise NotTextError(message, code=POINTER, where=Where(line=1), hint=LFS_HINT)
    if is_utf16(content):
        return _utf16(content)
    plain = content.removeprefix(codecs.BOM_UTF8)
    other = _unmarked(plain)
    if other is not None:
        raise _not_utf8(content, 0, f"this is {other}", other)
    try:
        return plain.decode("utf-8")
    except UnicodeDecodeError as error:
        offset = len(content) - len(plain) + error.start
        raise _not_utf8(content, offset, None, "WINDOWS-1252") from None


def conflict_lines(text: str) -> list[int]:
    """Return the lines, from 1, at which git's marks of an unresolved conflict begin."""
    found: list[int] = []
    inside = False
    for number, line in enumerate(text.split("\n"), 1):
        marker = _MARKER.match(line) if line[:1] in "<=>|" else None
        if marker is None:
            continue
        if not inside:
            found.append(number)
        inside = marker["theirs"] is None and (inside or marker["ours"] is not None)
    return found


def _utf16(content: bytes) -> str:
    try:
        return content.decode("utf-16")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-16", "replace")
        raise NotTextError(
            "UTF-16 that is cut off or damaged",
            where=Where(line=_lines(before)),
            hint="save it again, as UTF-8",
        ) from None


def _unmarked(content: bytes) -> str | None:
    """Name a Unicode of wider units by the zeros that it has between plain letters."""
    if content.startswith(_UTF_32):
        return "UTF-32"
    head = content[:_LOOKED_AT]
    for encoding, even in (("UTF-16LE", 1), ("UTF-16BE", 0)):
        if len(head) >= 4 and not any(head[even::2]) and all(head[1 - even :: 2]):
            return encoding
    return None


def _not_utf8(content: bytes, offset: int, what: str | None, encoding: str) -> NotTextError:
    before = content[:offset].removeprefix(codecs.BOM_UTF8).decode("utf-8", "replace")
    column = len(before) - max(before.rfind("\n"), before.rfind("\r"))
    return NotTextError(
        what or f"not UTF-8: byte 0x{content[offset]:02X} at offset {offset}",
        where=Where(line=_lines(before), column=column),
        hint=f"save it as UTF-8, or: iconv -f {encoding} -t UTF-8",
    )


def _lines(before: str) -> int:
    return len(_LINE_END.findall(before)) + 1
