"""The vendor's brand glossaries: the ids that `brand_glossary_id` may name.

Shapes: docs/vendor/heygen-v3.openapi.yaml, `brandGlossariesList`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from heygen_localize.text import printable
from heygen_localize.wire import valid_id

_LONGEST_DATE = 40


@dataclass(frozen=True)
class Glossary:
    """One brand glossary. The dates are as the vendor writes them, empty where untold."""

    id: str
    name: str
    created_at: str
    updated_at: str


@dataclass(frozen=True)
class GlossaryPage:
    """One page of their list: what could be read, and the way to the next."""

    items: tuple[Glossary, ...]
    more: bool
    token: str | None


def glossary_page_of(answer: Any) -> GlossaryPage:
    """Read a page of the list. `answer` is the whole body, tokens included.

    Raises:
        ValueError: it has no list of items.
    """
    if not isinstance(answer, dict) or not isinstance(answer.get("data"), list):
        raise ValueError("the list of glossaries has no items")
    read = tuple(item for item in map(_glossary_of, answer["data"]) if item is not None)
    token = answer.get("next_token")
    more = answer.get("has_more") is True
    return GlossaryPage(read, more, token if isinstance(token, str) else None)


def _glossary_of(item: Any) -> Glossary | None:
    """Read one glossary; None where the answer names no usable id."""
    name = valid_id(item.get("brand_glossary_id")) if isinstance(item, dict) else None
    if name is None:
        return None
    dates = (_text(item.get(key), _LONGEST_DATE) for key in ("created_at", "updated_at"))
    return Glossary(name, _text(item.get("name")), *dates)


def _text(value: object, longest: int = 200) -> str:
    return printable(value, longest) if isinstance(value, str) else ""
