"""The vendor's checks of what callers ask for in the query.

Source: docs/vendor/heygen-v3.openapi.yaml, docs/vendor/behaviour.md, "Calls".
"""

from __future__ import annotations

from collections.abc import Mapping

from heygen_localize.sandbox.errors import invalid
from heygen_localize.sandbox.http.signing import Signer

DEFAULT_PAGE = 10
MAX_STATUS_IDS = 100


def checked_token(text: str | None, signer: Signer) -> int:
    """Gives the offset that the page token of a query stands for; 0 without one.

    Raises:
        Refusal: 400 if it is none that a list gave.
    """
    try:
        return 0 if text is None else signer.page_offset(text)
    except ValueError:
        raise invalid("token", "'token' is not one that a list gave.") from None


def asked_limit(text: str | None, default: int = DEFAULT_PAGE) -> int:
    """Return the page size that a query, which fits the contract, asks for.

    Args:
        text: What the query says, or None.
        default: The size where it says nothing.
    """
    return default if text is None else int(text)


def checked_ids(query: Mapping[str, str], param: str) -> tuple[list[str], list[str]]:
    """Return the ids of a bulk status query: those of single things, and those of batches.

    Args:
        query: The query.
        param: The parameter that names single things.

    Raises:
        Refusal: 400 if there are none, or more than 100 together.
    """
    own, batches = (_ids(query.get(name, "")) for name in (param, "batch_ids"))
    if not 1 <= len(own) + len(batches) <= MAX_STATUS_IDS:
        raise invalid(param, f"Give 1 to {MAX_STATUS_IDS} ids.")
    return own, batches


def _ids(text: str) -> list[str]:
    return [part for part in text.split(",") if part]
