"""Pages of lists that are held as a whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from werkzeug.wrappers import Response

from heygen_localize.sandbox.http.queries import DEFAULT_PAGE, asked_limit, checked_token
from heygen_localize.sandbox.http.responses import list_success
from heygen_localize.sandbox.http.routing import Call
from heygen_localize.sandbox.http.signing import Signer

Item = TypeVar("Item")


@dataclass(frozen=True)
class Page(Generic[Item]):
    """One page: its items, and the token of the next one if one follows."""

    items: Sequence[Item]
    next_token: str | None


def page_of(
    call: Call, signer: Signer, items: Sequence[Item], default: int = DEFAULT_PAGE
) -> Page[Item]:
    """Return the page that a call asks for.

    Args:
        call: A call whose query fits the contract.
        signer: Signs tokens.
        items: All that there is, in the order of the list.
        default: The size of a page where the call names none.

    Raises:
        Refusal: 400 for a token that no list gave.
    """
    limit = asked_limit(call.request.args.get("limit"), default)
    start = checked_token(call.request.args.get("token"), signer)
    end = start + limit
    return Page(items[start:end], signer.page_token(end) if end < len(items) else None)


def list_page(
    call: Call, signer: Signer, items: Sequence[Item], fields: Callable[[Item], dict[str, Any]]
) -> Response:
    """Answer with the page that a call asks for, each item as the fields that it has.

    Raises:
        Refusal: 400 for a token that no list gave.
    """
    page = page_of(call, signer, items)
    shown = [fields(item) for item in page.items]
    return list_success(shown, has_more=page.next_token is not None, next_token=page.next_token)
