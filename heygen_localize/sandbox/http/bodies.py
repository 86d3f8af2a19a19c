"""Bodies as JSON, and what looks like JSON but is none."""

from __future__ import annotations

import json
import math
import re
from typing import Any, NoReturn

# Deeper than any body of the contract, and far from what Python can walk.
_DEEPEST = 64
# The escape of half a character: alone it is no text, and no file takes it.
_HALF = re.compile(r"\\u[dD][89a-fA-F]")


def parsed(raw: bytes) -> Any:
    """Return a body parsed as JSON; None if it is none, or if it is `null`.

    Half characters, infinite numbers and nesting without measure are no JSON
    here, though Python would read them.
    """
    if not raw:
        return None
    try:
        text = raw.decode("utf-8")
        value = json.loads(text, parse_constant=_refuse, parse_float=_finite)
        if _HALF.search(text):
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError):
        return None
    many = text.count("[") + text.count("{") > _DEEPEST
    return None if many and _deep(value) else value


def _refuse(word: str) -> NoReturn:
    raise ValueError(word)


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(text)
    return number


def _deep(value: object) -> bool:
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(_DEEPEST):
        parts = [part.values() if isinstance(part, dict) else part for part in level]
        level = [item for part in parts for item in part if isinstance(item, dict | list)]
        if not level:
            return False
    return True
