"""The addresses that HeyGen tells of what ended, and what it told.

Shapes: docs/vendor/heygen-v3.openapi.yaml, `webhookEndpoints*` and `webhookEvents*`.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from msgspec import Struct

from heygen_localize.core.text import valid_id
from heygen_localize.heygen.errors import ApiError
from heygen_localize.heygen.listing import walk
from heygen_localize.heygen.messages import members, text_of
from heygen_localize.heygen.transport import Transport

_ENDPOINTS = "/v3/webhooks/endpoints"
_EVENTS = "/v3/webhooks/events"
_EVENT_TYPES = "/v3/webhooks/event-types"
_KINDS = ("video_translate", "proofread_creation", "lipsync", "batch")
"""What the words of the events begin with that can change a plan."""

_MOST_ENDPOINTS = 10_000
_SECRET = re.compile(r"[!-~]{1,512}")
_IN_FLIGHT = "request_in_progress"
_IN_FLIGHT_SECONDS = 1.0


class Endpoint(Struct, frozen=True):
    """An address that is registered. `events` is None where it is told all of them."""

    id: str
    url: str
    status: str
    events: tuple[str, ...] | None
    created_at: str


class Signed(Struct, frozen=True):
    """An endpoint, and the secret that its deliveries are signed with from now on."""

    endpoint_id: str
    secret: str

    def __repr__(self) -> str:
        """Return it without the secret, which may end in a log."""
        return f"Signed({self.endpoint_id!r})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """Return it without the secret, likewise."""
        return [("endpoint_id", self.endpoint_id)]


def concerns_us(word: str) -> bool:
    """Return whether an event is of a kind that can change a plan."""
    return word.partition(".")[0] in _KINDS


class Webhooks:
    """Endpoints and events. Every call raises `ApiError` where there is no usable answer."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def endpoints(self) -> tuple[Endpoint, ...]:
        """List the account's endpoints, in HeyGen's order."""
        found: list[Endpoint] = []
        for page in walk(self._transport, _ENDPOINTS, _endpoint_of, "endpoint_id"):
            found += page.items
            flaw = page.flaw
            if len(found) > _MOST_ENDPOINTS:
                flaw = flaw or f"the list has more than {_MOST_ENDPOINTS} endpoints"
            if flaw:
                raise ApiError(flaw)
        return tuple(found)

    def words(self) -> tuple[str, ...]:
        """List the words of those events that can change a plan, as HeyGen has them today."""
        listed = self._transport.get(_EVENT_TYPES)
        items = listed if isinstance(listed, list) else []
        told = (members(item).get("event_type") for item in items)
        words = {word for word in map(valid_id, told) if word is not None and concerns_us(word)}
        if not words:
            raise ApiError("the list of events names none of a translation")
        return tuple(sorted(words))

    def register(self, url: str, events: tuple[str, ...], key: str) -> Signed:
        """Register an address. Under the same `key`, it is one endpoint however often it is sent.

        Raises:
            ApiError: with status 409, the account has the address already.
        """
        return _signed_of(self._sent(_ENDPOINTS, {"url": url, "events": [*events]}, key))

    def rotate(self, endpoint_id: str, key: str) -> Signed:
        """Have an endpoint's deliveries signed with another secret; the old one ends at once."""
        path = f"{_ENDPOINTS}/{quote(endpoint_id, safe='')}/rotate-secret"
        signed = _signed_of(self._sent(path, {}, key))
        if signed.endpoint_id != endpoint_id:
            raise ApiError(f"the answer for {endpoint_id} is about something else")
        return signed

    def remove(self, endpoint_id: str) -> None:
        """Have an address told of nothing any more."""
        self._transport.delete(f"{_ENDPOINTS}/{quote(endpoint_id, safe='')}")

    def recent(self, pages: int) -> list[str]:
        """Return the ids of the latest events that concern us, from so many pages at most."""
        found: list[str] = []
        read = walk(self._transport, _EVENTS, _event_of, "event_id")
        for page, _ in zip(read, range(pages), strict=False):
            found += [name for name, word in page.items if concerns_us(word)]
        return found

    def _sent(self, path: str, body: dict[str, Any], key: str) -> Any:
        """Send what costs nothing, under a key, until its answer is known."""

        def send() -> Any:
            try:
                return self._transport.post(path, body, key)
            except ApiError as failure:
                if failure.code != _IN_FLIGHT:
                    raise
                # An earlier try, whose answer was lost, is still being worked on.
                raise ApiError(str(failure), retry_after=_IN_FLIGHT_SECONDS) from None

        return self._transport.with_retries(send, within=60.0)


def _endpoint_of(item: dict[str, Any]) -> Endpoint:
    """Read one endpoint of the list, which has a usable id. A secret in it is not looked at."""
    told = item.get("events")
    events = None
    if isinstance(told, list):
        events = tuple(word for word in map(valid_id, told) if word is not None)
    url, status, made = (text_of(item.get(key)) or "" for key in ("url", "status", "created_at"))
    return Endpoint(item["endpoint_id"], url, status, events, made)


def _event_of(item: dict[str, Any]) -> tuple[str, str]:
    return item["event_id"], text_of(item.get("event_type"), 100) or ""


def _signed_of(answer: Any) -> Signed:
    told = members(answer)
    name, secret = valid_id(told.get("endpoint_id")), told.get("secret")
    if name is None:
        raise ApiError("the answer names no endpoint", code="webhook_answer")
    if not isinstance(secret, str) or not _SECRET.fullmatch(secret):
        raise ApiError(
            f"the answer for {name} has no secret that can be used",
            code="webhook_answer",
            hint=f"localize webhooks rotate {name} asks for another",
        )
    return Signed(name, secret)
