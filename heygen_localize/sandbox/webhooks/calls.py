"""The endpoints about webhooks: from a checked call to an answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from werkzeug.wrappers import Response

from heygen_localize.sandbox.contract.document import words
from heygen_localize.sandbox.http.pages import list_page
from heygen_localize.sandbox.http.responses import list_success, success, timestamp
from heygen_localize.sandbox.http.routing import Call
from heygen_localize.sandbox.http.signing import Signer
from heygen_localize.sandbox.webhooks.courier import Courier
from heygen_localize.sandbox.webhooks.endpoints import Endpoints
from heygen_localize.sandbox.webhooks.outbox import Outbox
from heygen_localize.sandbox.webhooks.records import Endpoint, Event


class WebhookEndpoints:
    """Answers calls about webhooks.

    Args:
        endpoints: The registered addresses of the account.
        outbox: Its events.
        courier: Who carries them.
        signer: Signs tokens.
    """

    def __init__(
        self, endpoints: Endpoints, outbox: Outbox, courier: Courier, signer: Signer
    ) -> None:
        self._endpoints = endpoints
        self._outbox = outbox
        self._courier = courier
        self._signer = signer
        self.handlers: Mapping[str, Callable[[Call], Response]] = {
            "create_webhook": self._create,
            "list_webhooks": self._list,
            "change_webhook": self._change,
            "delete_webhook": self._delete,
            "rotate_webhook": self._rotate,
            "webhook_event_types": self._event_types,
            "webhook_events": self._events,
        }

    def _create(self, call: Call) -> Response:
        made = self._endpoints.create(call.body)
        self._outbox.begin()
        return success(_fields(made) | {"secret": made.secret})

    def _list(self, call: Call) -> Response:
        return list_page(call, self._signer, self._endpoints.all(), _fields)

    def _change(self, call: Call) -> Response:
        return success(_fields(self._endpoints.change(_id(call), call.body)))

    def _delete(self, call: Call) -> Response:
        self._endpoints.delete(_id(call))
        return success({})

    def _rotate(self, call: Call) -> Response:
        changed = self._endpoints.rotate(_id(call))
        return success({"endpoint_id": changed.id, "secret": changed.secret})

    def _event_types(self, _: Call) -> Response:
        types = words("webhookEndpointsCreate", "events")
        return list_success(
            [{"event_type": word, "description": _described(word)} for word in types]
        )

    def _events(self, call: Call) -> Response:
        self._courier.collect()
        kind, about = call.request.args.get("event_type"), call.request.args.get("entity_id")
        wanted = [
            event
            for event in self._outbox.events()
            if kind in (None, event.type) and about in (None, event.entity_id)
        ]
        return list_page(call, self._signer, wanted, _event)


def _id(call: Call) -> str:
    return call.arguments["endpoint_id"]


def _fields(endpoint: Endpoint) -> dict[str, Any]:
    return {
        "endpoint_id": endpoint.id,
        "url": endpoint.url,
        "events": endpoint.events,
        "status": "enabled",
        "created_at": timestamp(endpoint.created_at),
        "secret": None,
    }


def _event(event: Event) -> dict[str, Any]:
    return {
        "event_id": event.id,
        "event_type": event.type,
        "event_data": dict(event.data),
        "created_at": timestamp(event.created_at),
    }


def _described(word: str) -> str:
    return f"Sent when this happens: {word.replace('_', ' ').replace('.', ', ')}."
