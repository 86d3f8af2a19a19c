"""The vendor's brand glossaries: the ids that `brand_glossary_id` may name.

Shapes: docs/vendor/heygen-v3.openapi.yaml, `brandGlossariesList`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from heygen_localize.text import printable

GLOSSARY_ID = "brand_glossary_id"

_LONGEST_DATE = 40


@dataclass(frozen=True)
class Glossary:
    """One brand glossary. The dates are as the vendor writes them, empty where untold."""

    id: str
    name: str
    created_at: str
    updated_at: str


def glossary_of(item: dict[str, Any]) -> Glossary:
    """Read one glossary of the list, which has a usable id under `GLOSSARY_ID`."""
    dates = (_text(item.get(key), _LONGEST_DATE) for key in ("created_at", "updated_at"))
    return Glossary(item[GLOSSARY_ID], _text(item.get("name")), *dates)


def _text(value: object, longest: int = 200) -> str:
    return printable(value, longest) if isinstance(value, str) else ""
