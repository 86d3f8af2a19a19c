"""Pages of HeyGen's lists: what could be read, where the next is, and what is wrong.

A list is whole only when it says so: every page tells by `has_more`, true or false,
whether another follows, and by `next_token` where, and never the one against the
other; every item has an id. Anything else is a flaw with its reason. An unknown extra
field is none. Source: docs/vendor/behaviour.md, "Calls".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from msgspec import Struct

from heygen_localize.core.text import sanitize, valid_id

IDS_PER_CALL = 100
"""The most that one answer tells of (docs/vendor/behaviour.md, "Calls")."""

Item = TypeVar("Item")

_LONGEST_TOKEN = 2048


class Page(Struct, Generic[Item], frozen=True):
    """One page of a list: the items that could be read, and the `token` of the next page.

    `token` is None at the end, and where nobody can tell how it goes on. `flaw` is the
    first reason why the page is not to be believed whole.
    """

    items: tuple[Item, ...]
    token: str | None = None
    flaw: str | None = None


def page_of(answer: Any, read: Callable[[Any], Item], key: str = "id") -> Page[Item]:
    """Read a page of a list. `answer` is the whole body, tokens included.

    `read` makes an item of what has a usable id under `key`; a ValueError of its own
    says what is wrong with one, and leaves it out.
    """
    whole = answer if isinstance(answer, dict) else {}
    listed = whole.get("data")
    if not isinstance(listed, list):
        return Page((), None, f"a page has no list of items but {_named(listed)}")
    token, flaw = _next(whole)
    tried = [_tried(item, read, key) for item in listed]
    wrong = (f"item {number} of a page {why}" for number, (_, why) in enumerate(tried, 1) if why)
    return Page(
        tuple(item for item, _ in tried if item is not None), token, flaw or next(wrong, None)
    )


def _next(answer: dict[str, Any]) -> tuple[str | None, str | None]:
    """Return the token of the next page, or the reason why nobody can tell it."""
    if "has_more" not in answer:
        return None, "a page does not say whether more follows: has_more is missing"
    more, token = answer["has_more"], answer.get("next_token")
    if more is False:
        if token is None or token == "":
            return None, None
        return None, f"a page says that nothing follows, and names the next: {_named(token)}"
    if more is not True:
        return None, f"a page does not say whether more follows: has_more is {_named(more)}"
    if token is None or token == "":
        return None, "a page says that more follows, but not where"
    if not isinstance(token, str):
        return None, f"a page says that more follows at {_named(token)}, which is no text"
    if len(token) > _LONGEST_TOKEN or not token.isprintable():
        return None, f"a page says that more follows at what is no token: {_named(token)}"
    return token, None


def _tried(item: Any, read: Callable[[Any], Item], key: str) -> tuple[Item | None, str | None]:
    if not isinstance(item, dict):
        return None, f"is {_named(item)}"
    if key not in item:
        return None, "has no id"
    if not isinstance(item[key], str):
        return None, f"has an id that is no text: {_named(item[key])}"
    if valid_id(item[key]) is None:
        return None, f"has an id that cannot be one: {_named(item[key])}"
    try:
        return read(item), None
    except ValueError as error:
        return None, str(error)


def _named(value: Any) -> str:
    if isinstance(value, (list, dict)):
        return "a list" if isinstance(value, list) else "an object"
    if isinstance(value, str):
        return f"“{sanitize(value, 60)}”"
    if value is None or isinstance(value, bool):
        return "null" if value is None else str(value).lower()
    return "a number"
