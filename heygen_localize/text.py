"""Making text from elsewhere safe to show: no control characters, no secrets, bounded."""

from __future__ import annotations

import unicodedata

_LONGEST = 2000
"""Characters of a vendor's text that are kept; none of its pages shows a longer one."""


def printable(text: str, longest: int = _LONGEST) -> str:
    """Drop what could steer a terminal, and cut what is too long.

    Control, format and surrogate characters go (escape sequences, right-to-left
    overrides); line breaks and tabs become spaces.
    """
    spaced = " ".join(text[: 4 * longest].split())
    kept = "".join(char for char in spaced if unicodedata.category(char) not in _UNPRINTABLE)
    return kept if len(kept) <= longest else kept[: longest - 1] + "…"


_UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})


def redacted(text: str, secret: str) -> str:
    """Put a mask where the secret stands."""
    return text.replace(secret, "[API key]") if secret else text
