"""What stands in the text of a cue: its markup, how wide its lines are, its bare words."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator

_MARKUP = re.compile(
    r"<(?P<close>/?)[ ]?(?P<name>[A-Za-z][A-Za-z0-9]{0,30})(?:[ /][^<>\n]{0,300})?>"
    r"|\{\\(?P<override>[^{}\n]{0,300})\}"
)
_KNOWN = frozenset({"i", "b", "u", "s", "font"})
_POSITION = re.compile(r"an[1-9]", re.ASCII)
_INVISIBLE = frozenset({"Mn", "Me", "Cf", "Cc"})


def bare(text: str) -> str:
    """Leave out the markup."""
    return _MARKUP.sub("", text) if has_markup(text) else text


def is_empty(text: str) -> bool:
    """Return whether nothing of a text would be seen: spaces, markup, marks of direction."""
    return all(char.isspace() or unicodedata.category(char) in _INVISIBLE for char in bare(text))


def width(line: str) -> int:
    """Count the columns that a line takes: two for wide characters, none for joined ones."""
    line = bare(line)
    if line.isascii():
        return len(line)
    columns = 0
    for char in line:
        if unicodedata.category(char) not in _INVISIBLE:
            columns += 2 if unicodedata.east_asian_width(char) in "WF" else 1
    return columns


def has_markup(text: str) -> bool:
    """Tell quickly whether there can be markup; most cues have none."""
    return "<" in text or "{" in text


def markup(text: str) -> Counter[str]:
    r"""Count the tags of a text, without what is inside of them: `<i>`, `</i>`, `{\an8}`."""
    return Counter(_shown(match) for match in _tags(text))


def unknown_markup(text: str) -> tuple[str, ...]:
    """Name the tags that players of SubRip do not know."""
    return tuple(dict.fromkeys(_shown(match) for match in _tags(text) if not _is_known(match)))


def unbalanced_markup(text: str) -> str | None:
    """Say which known tag is not closed, or closes nothing; None where all fit."""
    opened: list[str] = []
    for match in _tags(text):
        name = (match["name"] or "").lower()
        if name not in _KNOWN:
            continue
        if not match["close"]:
            opened.append(name)
        elif not opened or opened[-1] != name:
            return (
                f"</{name}> closes nothing"
                if name not in opened
                else f"<{opened[-1]}> is not closed"
            )
        else:
            opened.pop()
    return f"<{opened[-1]}> is not closed" if opened else None


def _tags(text: str) -> Iterator[re.Match[str]]:
    return _MARKUP.finditer(text)


def _is_known(match: re.Match[str]) -> bool:
    if match["name"]:
        return match["name"].lower() in _KNOWN
    return _POSITION.fullmatch(match["override"]) is not None


def _shown(match: re.Match[str]) -> str:
    if match["name"]:
        return f"<{match['close']}{match['name'].lower()}>"
    return match[0]
