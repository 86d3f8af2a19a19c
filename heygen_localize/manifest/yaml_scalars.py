"""What a YAML scalar without quotes means: the core schema of YAML 1.2.

YAML 1.1, which PyYAML resolves by, reads `no` as false, `010` as 8 and `1:30` as 90.
"""

from __future__ import annotations

import math
import re

from heygen_localize.core.excerpts import without_secrets
from heygen_localize.core.fingerprint import Json

_WORDS: dict[str, bool | None] = {
    "": None,
    **dict.fromkeys(("~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_NUMBER_STARTS = frozenset("+-.0123456789")
_DECIMAL = re.compile(r"[-+]?[0-9]+", re.ASCII)
_OCTAL = re.compile(r"0o[0-7]+", re.ASCII)
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]+", re.ASCII)
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", re.ASCII)
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)", re.ASCII)

_LONGEST_NUMBER = 40
"""Characters; beyond that a number is a mistake, and slow to read."""

_EXACT = 2**53
"""Up to here a float holds every whole number."""


def resolve_plain(text: str) -> bool | int | float | str | None:
    """Return the meaning of a scalar that stands without quotes.

    A whole number is an int, whether written `2` or `2.0`.

    Raises:
        ValueError: a number that is infinite, none at all, or too long.
    """
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _NUMBER_STARTS:
        return text
    if _NOT_FINITE.fullmatch(text):
        raise ValueError("numbers here are finite")
    for pattern, base in ((_DECIMAL, 10), (_OCTAL, 8), (_HEXADECIMAL, 16)):
        if pattern.fullmatch(text):
            return int(_short(text), base) if base == 10 else int(_short(text)[2:], base)
    if not _FLOAT.fullmatch(text):
        return text
    number = float(_short(text))
    if not math.isfinite(number):
        raise ValueError("numbers here are finite")
    return int(number) if number.is_integer() and abs(number) <= _EXACT else number


def _short(text: str) -> str:
    if len(text) > _LONGEST_NUMBER:
        raise ValueError(f"a number has at most {_LONGEST_NUMBER} characters")
    return text


def kind_of(key: Json) -> str:
    """Return what a key is that is no text."""
    if isinstance(key, dict):
        return "a mapping"
    if isinstance(key, list):
        return "a list"
    if isinstance(key, bool):
        return "true" if key else "false"
    return "empty" if key is None else "a number"


def bare(value: Json) -> str:
    """Write a value without quotes."""
    return str(value).lower() if isinstance(value, bool) else str(value)


_LONGEST = 60
"""Characters of a text that is shown."""


def shown(value: Json) -> str:
    """Return what a value is, so that it fits after "found"."""
    if value is None:
        return "nothing"
    if isinstance(value, str):
        whole = without_secrets(value)
        text = whole if len(whole) <= _LONGEST else f"{whole[: _LONGEST - 1]}…"
        return f"the text {text!r}" if text else "an empty text"
    if isinstance(value, (list, dict)):
        kind = "list" if isinstance(value, list) else "mapping"
        return f"a {kind}" if value else f"an empty {kind}"
    return bare(value) if isinstance(value, bool) else f"the number {value}"
