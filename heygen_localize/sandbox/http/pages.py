"""Pages of lists, and lists of ids."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from heygen_localize.sandbox.errors import invalid
from heygen_localize.sandbox.http.routing import Call
from heygen_localize.sandbox.http.signing import Signer

Item = TypeVar("Item")

_MAX_STATUS_IDS = 100


def page_of(
    call: Call, signer: Signer, items: Sequence[Item]
) -> tuple[Sequence[Item], dict[str, Any]]:
    """Return the page that a call asks for, and the fields that lead to the next one.

    Args:
        call: A call whose query fits the contract.
        signer: Signs tokens.
        items: All that there is, in the order of the list.

    Raises:
        Refusal: 400 for a token that no list gave.
    """
    token: str | None = call.query.get("token")
    try:
        start = 0 if token is None else signer.page_offset(token)
    except ValueError:
        raise invalid("token", "'token' is not one that a list gave.") from None
    end = start + call.query["limit"]
    more = end < len(items)
    following = signer.page_token(end) if more else None
    if "repeat_token" in call.faults:
        more, following = True, token
    if "no_token" in call.faults:
        more, following = True, None
    return items[start:end], {"has_more": more, "next_token": following}


def checked_ids(call: Call, param: str) -> tuple[list[str], list[str]]:
    """Return the ids of a bulk status query: those of single things, and those of batches.

    Source: docs/vendor/heygen-v3.openapi.yaml, in the description of the parameters.

    Args:
        call: The call.
        param: The parameter that names single things.

    Raises:
        Refusal: 400 if there are none, or more than 100 together.
    """
    own, batches = (
        [part for part in call.query.get(name, "").split(",") if part]
        for name in (param, "batch_ids")
    )
    if not 1 <= len(own) + len(batches) <= _MAX_STATUS_IDS:
        raise invalid(param, f"Give 1 to {_MAX_STATUS_IDS} ids.")
    return own, batches
