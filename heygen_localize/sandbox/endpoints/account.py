"""The endpoints about the account itself: its user, glossaries and webhooks."""

from __future__ import annotations

from typing import Any

from werkzeug.wrappers import Response

from heygen_localize.sandbox.account.glossaries import Glossary
from heygen_localize.sandbox.contract.document import contract
from heygen_localize.sandbox.endpoints.resource import Handlers, list_page, resource
from heygen_localize.sandbox.http.responses import list_success, success, timestamp
from heygen_localize.sandbox.http.routing import Call
from heygen_localize.sandbox.profile import Account
from heygen_localize.sandbox.webhooks.endpoints import Endpoint
from heygen_localize.sandbox.webhooks.outbox import Event


class AccountEndpoints:
    """Answers calls about the user, brand glossaries and webhooks.

    Args:
        account: The account that they are about.
    """

    def __init__(self, account: Account) -> None:
        self._account = account
        self.handlers: Handlers = {
            "userMeGet": self._user,
            **resource(
                account,
                "brandGlossaries",
                account.glossaries,
                _glossary,
                summary=_glossary_summary,
                change=account.glossaries.change,
                id_field="brand_glossary_id",
                newest_first=False,
            ),
            "brandGlossariesCreate": self._create_glossary,
            **resource(
                account,
                "webhookEndpoints",
                account.webhooks,
                _endpoint,
                change=account.webhooks.change,
                id_field=None,
                newest_first=False,
            ),
            "webhookEndpointsCreate": self._create_webhook,
            "webhookEndpointsRotateSecret": self._rotate,
            "webhookEventTypesList": self._event_types,
            "webhookEventsList": self._events,
        }

    def _user(self, _: Call) -> Response:
        context = self._account.context
        return success(
            {
                "username": "sandbox",
                "email": "sandbox@example.com",
                "first_name": "Sandy",
                "last_name": "Box",
                **self._account.settings.billing.fields(context.balance(), context.spent()),
            }
        )

    def _create_glossary(self, call: Call) -> Response:
        return success(_glossary(call, self._account.glossaries.create(call.body)), 201)

    def _create_webhook(self, call: Call) -> Response:
        made = self._account.webhooks.create(call.body)
        self._account.outbox.begin()
        return success(_endpoint(call, made) | {"secret": made.secret})

    def _rotate(self, call: Call) -> Response:
        changed = self._account.webhooks.rotate(call.id)
        return success({"endpoint_id": changed.id, "secret": changed.secret})

    def _event_types(self, _: Call) -> Response:
        body = contract()["paths"]["/v3/webhooks/endpoints"]["post"]["requestBody"]
        events = body["content"]["application/json"]["schema"]["properties"]["events"]
        words = events["items"]["enum"]
        return list_success(
            [{"event_type": word, "description": _described(word)} for word in words]
        )

    def _events(self, call: Call) -> Response:
        self._account.delivery_worker.collect()
        kind, about = call.query.get("event_type"), call.query.get("entity_id")
        wanted = [
            event
            for event in reversed(self._account.outbox.events.all())
            if kind in (None, event.type) and about in (None, event.entity_id)
        ]
        return list_page(call, self._account, wanted, _event)


def _glossary_summary(_: Call, glossary: Glossary) -> dict[str, Any]:
    return {
        "brand_glossary_id": glossary.id,
        "name": glossary.name,
        "created_at": timestamp(glossary.created_at),
        "updated_at": timestamp(glossary.updated_at),
    }


def _glossary(call: Call, glossary: Glossary) -> dict[str, Any]:
    lists = {name: terms for name, terms in glossary.lists.items() if terms}
    return _glossary_summary(call, glossary) | {"terms": []} | lists


def _endpoint(_: Call, endpoint: Endpoint) -> dict[str, Any]:
    return {
        "endpoint_id": endpoint.id,
        "url": endpoint.url,
        "events": endpoint.events,
        "status": "enabled",
        "created_at": timestamp(endpoint.created_at),
        "secret": None,
    }


def _event(_: Call, event: Event) -> dict[str, Any]:
    return {
        "event_id": event.id,
        "event_type": event.type,
        "event_data": dict(event.data),
        "created_at": timestamp(event.created_at),
    }


def _described(word: str) -> str:
    return f"Sent when this happens: {word.replace('_', ' ').replace('.', ', ')}."
