"""Characters that nobody sees or means: which they are, and what they are called. Pure.

Names are those of the Unicode character database; control characters have none there,
and go by their aliases in its NameAliases.txt.
"""

from __future__ import annotations

import unicodedata

_C0 = (
    "NULL|START OF HEADING|START OF TEXT|END OF TEXT|END OF TRANSMISSION|ENQUIRY|ACKNOWLEDGE|"
    "BELL|BACKSPACE|CHARACTER TABULATION|LINE FEED|LINE TABULATION (vertical tab)|FORM FEED|"
    "CARRIAGE RETURN|SHIFT OUT|SHIFT IN|DATA LINK ESCAPE|DEVICE CONTROL ONE|DEVICE CONTROL TWO|"
    "DEVICE CONTROL THREE|DEVICE CONTROL FOUR|NEGATIVE ACKNOWLEDGE|SYNCHRONOUS IDLE|"
    "END OF TRANSMISSION BLOCK|CANCEL|END OF MEDIUM|SUBSTITUTE|ESCAPE|"
    "INFORMATION SEPARATOR FOUR|INFORMATION SEPARATOR THREE|INFORMATION SEPARATOR TWO|"
    "INFORMATION SEPARATOR ONE"
)
_C1 = (
    "PADDING CHARACTER|HIGH OCTET PRESET|BREAK PERMITTED HERE|NO BREAK HERE|INDEX|NEXT LINE|"
    "START OF SELECTED AREA|END OF SELECTED AREA|CHARACTER TABULATION SET|"
    "CHARACTER TABULATION WITH JUSTIFICATION|LINE TABULATION SET|PARTIAL LINE FORWARD|"
    "PARTIAL LINE BACKWARD|REVERSE LINE FEED|SINGLE SHIFT TWO|SINGLE SHIFT THREE|"
    "DEVICE CONTROL STRING|PRIVATE USE ONE|PRIVATE USE TWO|SET TRANSMIT STATE|CANCEL CHARACTER|"
    "MESSAGE WAITING|START OF GUARDED AREA|END OF GUARDED AREA|START OF STRING|"
    "SINGLE GRAPHIC CHARACTER INTRODUCER|SINGLE CHARACTER INTRODUCER|"
    "CONTROL SEQUENCE INTRODUCER|STRING TERMINATOR|OPERATING SYSTEM COMMAND|PRIVACY MESSAGE|"
    "APPLICATION PROGRAM COMMAND"
)
_CONTROLS = {
    **dict(enumerate(_C0.split("|"))),
    0x7F: "DELETE",
    **dict(enumerate(_C1.split("|"), 0x80)),
}
_BOM = "ZERO WIDTH NO-BREAK SPACE (byte order mark)"


def named(char: str) -> str:
    """Return code point and name of a character: `U+202E RIGHT-TO-LEFT OVERRIDE`."""
    code = ord(char)
    name = _BOM if char == "\ufeff" else unicodedata.name(char, None) or _CONTROLS.get(code)
    if name is None:
        name = "a noncharacter" if is_noncharacter(char) else "a character without a name"
    return f"U+{code:04X} {name}"


def is_noncharacter(char: str) -> bool:
    """Return whether Unicode keeps a code point for no character, ever."""
    code = ord(char)
    return code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF


def seen(line: str) -> str:
    """Return a line as a person sees it: without what is invisible, any space a plain one."""
    if line.isascii():
        return line
    kept = (char for char in line if unicodedata.category(char) != "Cf")
    return "".join(" " if unicodedata.category(char) == "Zs" else char for char in kept)


def unusual(line: str) -> tuple[str, ...]:
    """Return the names of what has no place in a line of plain numbers and signs, each once."""
    odd = dict.fromkeys(char for char in line if not (" " <= char <= "~" or char == "\t"))
    return tuple(map(named, odd))
