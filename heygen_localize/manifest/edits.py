"""A manifest with one member more, its people's text left as it is around it.

The text is only likely to mean what it should: whoever writes it loads it first, and looks.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from heygen_localize.core.fingerprint import Json
from heygen_localize.manifest.document import Document
from heygen_localize.manifest.places import Trail

_PLAIN = re.compile(
    r"[A-Za-z][A-Za-z0-9._/-]*|(?:https://|\./)[A-Za-z0-9._~/%?=&+@-]+|asset:[\w.-]+"
)
_WORDS_OF_YAML = frozenset(("y", "n", "yes", "no", "on", "off", "true", "false", "null"))
"""Words that one or another reader of YAML takes for something else than text."""

_TOKEN = re.compile(
    r"\"(?:[^\"\\]|\\.)*\"|'(?:[^']|'')*'|(?:^|(?<=\s))#[^\n]*|[\[\]{}]|[^\s\[\]{}]"
)


def scalar(text: str) -> str:
    """Write a text for YAML, in quotes only where it needs them."""
    plain = _PLAIN.fullmatch(text) and text.lower() not in _WORDS_OF_YAML
    return text if plain else json.dumps(text, ensure_ascii=False)


Member = tuple[str | None, str]
"""A key, for what joins a mapping, and a value; nothing for one that is empty."""


def with_members(
    text: str, document: Document, trail: Trail, members: Sequence[Member]
) -> str | None:
    """Return a file's text with members more in a mapping or a list, as its last.

    None where what is there is written in a way that no line can be added to: nothing at
    all, an alias, or something with an anchor.
    """
    holder = document.get(trail)
    if not isinstance(holder, (list, dict)):
        return None
    written = [value if key is None else f"{key}: {value}" for key, value in members]
    place = document.places.around(trail)
    lines = text.splitlines(keepends=True)
    if place.line > len(lines):
        return None
    start = sum(map(len, lines[: place.line - 1])) + place.column - 1
    if text[start] in "[{":
        return _in_brackets(text, start, ", ".join(written))
    return _in_block(lines, document, trail, holder, [line.rstrip() for line in written])


_SCALAR = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^']|'')*'|[^\s#,\[\]{}]+")


def with_source_written_out(text: str, document: Document, video: str, member: str) -> str | None:
    """Return a file's text with a member more at a video that is written as its source alone."""
    place = document.places.around(("videos", video))
    lines = text.splitlines(keepends=True)
    if place.line > len(lines):
        return None
    line, start = lines[place.line - 1], place.column - 1
    found = _SCALAR.match(line, start)
    if found is None:
        return None
    source = found.group() if found.group()[0] in "\"'" else json.dumps(found.group())
    whole = f"{{source: {source}, {member}}}"
    lines[place.line - 1] = line[:start] + whole + line[found.end() :]
    return "".join(lines)


def with_block(text: str, lines: Sequence[str]) -> str:
    """Return a file's text with lines more at its end."""
    end = "\r\n" if "\r\n" in text else "\n"
    gap = "" if not text or text.endswith("\n") else end
    return text + gap + "".join(line + end for line in lines)


def _in_brackets(text: str, start: int, member: str) -> str | None:
    depth, last = 0, start
    for token in _TOKEN.finditer(text, start):
        sign = token.group()
        if sign.startswith("#"):
            continue
        depth += (sign in "[{") - (sign in "]}")
        if depth == 0:
            comma = {"[": "", "{": "", ",": " "}.get(text[last], ", ")
            return text[: last + 1] + comma + member + text[last + 1 :]
        last = token.end() - 1
    return None


def _in_block(
    lines: list[str], document: Document, trail: Trail, holder: Json, members: Sequence[str]
) -> str | None:
    if isinstance(holder, dict) and holder:
        known = [document.places.key((*trail, key)) for key in holder]
        places = [place for place in known if place is not None]
        if len(places) != len(known) or places[0] != document.places.value(trail):
            return None
        last, depth, dash = places[-1], places[-1].column - 1, ""
    elif isinstance(holder, list) and holder:
        last, dash = document.places.around((*trail, len(holder) - 1)), "- "
        before = lines[last.line - 1][: last.column - 1]
        if before.strip() != "-":
            return None
        depth = before.index("-")
    else:
        return None
    if lines[last.line - 1][:depth].strip():
        return None
    end = last.line
    for number in range(last.line, len(lines)):
        line = lines[number]
        inner = len(line) - len(line.lstrip(" "))
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        # The items of a list may stand as far in as the key they belong to.
        if inner < depth or (inner == depth and (dash or not line.lstrip().startswith("- "))):
            break
        end = number + 1
    ending = "\r\n" if lines[0].endswith("\r\n") else "\n"
    if not lines[end - 1].endswith(("\n", "\r")):
        lines[end - 1] += ending
    lines[end:end] = [f"{' ' * depth}{dash}{member}{ending}" for member in members]
    return "".join(lines)
