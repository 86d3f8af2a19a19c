"""The registered addresses of the account.

Source: docs/vendor/heygen-v3.openapi.yaml, `webhookEndpoints*`.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from heygen_localize.sandbox.account.collection import Collection
from heygen_localize.sandbox.account.context import AccountContext
from heygen_localize.sandbox.errors import conflict
from heygen_localize.sandbox.records import Record


@dataclass(frozen=True, kw_only=True)
class Endpoint(Record):
    """An address that was registered.

    Attributes:
        url: Where deliveries go.
        events: The words of the events that it wants; None for all.
        entity_id: The one thing that it wants to hear of; None for all.
        secret: What deliveries are signed with.
    """

    url: str
    events: Sequence[str] | None
    entity_id: str | None
    secret: str

    def wants(self, event_type: str, entity_id: str) -> bool:
        """Return whether an event about a thing goes here."""
        of_type = self.events is None or event_type in self.events
        return of_type and self.entity_id in (None, entity_id)


class Endpoints(Collection[Endpoint]):
    """The webhook endpoints of one account.

    Args:
        context: The account.
    """

    def __init__(self, context: AccountContext) -> None:
        super().__init__(
            context, "webhook_endpoint", Endpoint, "Webhook endpoint", "webhook_not_found"
        )

    def create(self, body: Mapping[str, Any]) -> Endpoint:
        """Register an address.

        Args:
            body: A request body that fits the contract.

        Raises:
            Refusal: 409 for a url that is registered already.
        """
        with self._store.transaction():
            self._check_new(body["url"], None)
            return self.put(
                Endpoint(
                    id=f"ep_{secrets.token_hex(8)}",
                    url=body["url"],
                    events=body.get("events"),
                    entity_id=body.get("entity_id"),
                    secret=_secret(),
                    created_at=self._now(),
                )
            )

    def change(self, endpoint_id: str, body: Mapping[str, Any]) -> Endpoint:
        """Put what a body names in place of what an endpoint has.

        Raises:
            Refusal: 404 if there is no such endpoint; 409 for a url of another one.
        """
        with self._store.transaction():
            endpoint = self.known(endpoint_id)
            url = body.get("url") or endpoint.url
            self._check_new(url, endpoint_id)
            return self.update(endpoint_id, url=url, events=body.get("events", endpoint.events))

    def rotate(self, endpoint_id: str) -> Endpoint:
        """Return an endpoint another secret; the old one ends at once.

        Raises:
            Refusal: 404 if there is no such endpoint.
        """
        return self.update(endpoint_id, secret=_secret())

    def _check_new(self, url: str, own_id: str | None) -> None:
        if any(other.url == url and other.id != own_id for other in self.all()):
            raise conflict(f"There is already an endpoint for '{url}'.")


def _secret() -> str:
    return f"whsec_{secrets.token_hex(24)}"
