"""HeyGen's batches: many orders in one call, and what became of each.

An item of a batch tells its place and its job, not what it is of: whose a job is, its own
`callback_id` says. Source: docs/vendor/heygen-v3.openapi.yaml, `*BatchesCreate` and `*BatchesGet`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from msgspec import Struct

from heygen_localize.core.fingerprint import Json
from heygen_localize.core.job_kind import JobKind
from heygen_localize.core.text import pluralize, sanitize, valid_id
from heygen_localize.heygen.errors import ApiError, refusal
from heygen_localize.heygen.listing import PATHS
from heygen_localize.heygen.messages import id_of, members, reason_of
from heygen_localize.heygen.transport import Transport

MOST_ORDERS = 100
"""The most that one batch may have (docs/vendor/behaviour.md, "Video translations")."""

_ENTRIES = {JobKind.TRANSLATION: "video_translations", JobKind.LIPSYNC: "lipsyncs"}
"""How a batch names its orders; each of ours has one language, so that it is one item."""

_MOST_PAGES = 10

_STATUSES = {
    "insufficient_credit": 402,
    "forbidden": 403,
    "resource_access_denied": 403,
    "not_found": 404,
    "asset_not_found": 404,
    "rate_limit_exceeded": 429,
    "quota_exceeded": 429,
}
"""With which status HeyGen says each of its codes to a single order; any other is a 400."""


class BatchItem(Struct, frozen=True):
    """One order of a batch: its job, or why there will be none; neither while it is queued."""

    job_id: str | None = None
    failure: ApiError | None = None


class BatchItems(Struct, frozen=True):
    """The items of a batch, in HeyGen's order; `flaw` says why there may be others."""

    items: tuple[BatchItem, ...]
    flaw: str | None = None


class Batches:
    """The API's batches. Every call raises `ApiError` where there is no usable answer."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def create(self, kind: JobKind, bodies: Sequence[dict[str, Json]], key: str) -> str:
        """Order jobs of one kind, and give the batch's id. This is a call that costs money."""
        body: dict[str, Json] = {_ENTRIES[kind]: list(bodies)}
        answer = members(self._transport.post(f"{PATHS[kind]}/batches", body, key))
        name = valid_id(answer.get("batch_id"))
        if name is None:
            raise ApiError("a batch was answered without the id that it should bring")
        return name

    def items(self, kind: JobKind, batch_id: str) -> BatchItems | None:
        """Ask what became of a batch; None where HeyGen answers 404."""
        found: dict[int, BatchItem] = {}
        token: str | None = None
        for _ in range(_MOST_PAGES):
            after = f"&token={quote(token, safe='')}" if token else ""
            path = f"{PATHS[kind]}/batches/{quote(batch_id, safe='')}?limit={MOST_ORDERS}{after}"
            whole = self._transport.find(path)
            if whole is None:
                return None
            page = members(whole["data"])
            flaw = _read(page, batch_id, kind, found)
            if flaw is not None:
                return _told(found, flaw)
            more, token = page.get("has_more"), page.get("next_token")
            if more is False:
                return _told(found, _miscounted(page, found))
            if more is not True or not isinstance(token, str) or not token:
                return _told(found, "a page of it does not say whether more follows")
        return _told(found, f"it does not end after {_MOST_PAGES} pages")


def _told(found: dict[int, BatchItem], flaw: str | None) -> BatchItems:
    return BatchItems(tuple(item for _, item in sorted(found.items())), flaw)


def _read(
    page: dict[str, Any], batch_id: str, kind: JobKind, found: dict[int, BatchItem]
) -> str | None:
    """Add a page's items to those found; return what is wrong with it."""
    listed = page.get("items")
    if page.get("batch_id") != batch_id or not isinstance(listed, list):
        return "the answer is about something else"
    flaw = None
    ids = {item.job_id for item in found.values()}
    for item in map(members, listed):
        place, name = item.get("item_index"), item.get("video_id")
        if not isinstance(place, int) or isinstance(place, bool) or place in found:
            flaw = "an item of it has no place of its own"
            continue
        job_id = id_of(name, kind)
        if job_id is not None and job_id in ids:
            flaw = f"it names {job_id} twice"
            continue
        if job_id is None and name is not None:
            flaw = "an item of it has an id that cannot be one"
            continue
        ids.add(job_id)
        failed = job_id is None and item.get("status") == "failed"
        found[place] = BatchItem(job_id, _failure(item.get("error")) if failed else None)
    return flaw


def _miscounted(page: dict[str, Any], found: dict[int, BatchItem]) -> str | None:
    total = page.get("total_items")
    if isinstance(total, int) and total == len(found):
        return None
    counted = total if isinstance(total, int) else "no number"
    return f"it tells of {pluralize(len(found), 'item')}, and counts {counted}"


def _failure(error: Any) -> ApiError:
    """Return why an order came to nothing, as if it had been refused by itself."""
    told = members(error)
    given = told.get("code")
    word = sanitize(given, 64) if isinstance(given, str) and given else "failed"
    message = reason_of(told.get("message")) or "HeyGen made no job of it, and does not say why"
    return refusal(message, _STATUSES.get(word, 400), word)
