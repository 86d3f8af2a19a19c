"""The registered addresses of the account.

It knows nothing of HTTP; what it refuses, it refuses with a `Refusal`.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from heygen_localize.sandbox.account.shelf import Shelf
from heygen_localize.sandbox.account.store import Store
from heygen_localize.sandbox.errors import conflict, malformed, not_found
from heygen_localize.sandbox.webhooks.records import Endpoint


class Endpoints:
    """The webhook endpoints of one account.

    Args:
        store: Where they are noted.
        now: Gives the sandbox's own time, in seconds since the epoch.
    """

    def __init__(self, store: Store, now: Callable[[], float]) -> None:
        self._store = store
        self._now = now
        self._shelf = Shelf(store, "webhook_endpoint", Endpoint)

    def all(self) -> list[Endpoint]:
        """Return every endpoint, the oldest first."""
        return self._shelf.all()

    def endpoint(self, endpoint_id: str) -> Endpoint:
        """Return an endpoint.

        Raises:
            Refusal: 404 if there is none.
        """
        found = self._shelf.get(endpoint_id)
        if found is None:
            raise not_found(f"Webhook endpoint '{endpoint_id}'", "webhook_not_found")
        return found

    def find(self, endpoint_id: str | None) -> Endpoint | None:
        """Return an endpoint, or None if there is none."""
        return None if endpoint_id is None else self._shelf.get(endpoint_id)

    def create(self, body: Mapping[str, Any]) -> Endpoint:
        """Register an address.

        Args:
            body: A request body that fits the contract.

        Raises:
            Refusal: 409 for a url that is registered already.
        """
        with self._store.transaction():
            self._make_sure_it_is_new(body["url"], None)
            made = Endpoint(
                id=f"ep_{secrets.token_hex(8)}",
                url=body["url"],
                events=body.get("events"),
                entity_id=body.get("entity_id"),
                secret=_secret(),
                created_at=self._now(),
            )
            self._shelf.put(made.id, made)
        return made

    def change(self, endpoint_id: str, body: Mapping[str, Any]) -> Endpoint:
        """Put what a body names in place of what an endpoint has.

        Raises:
            Refusal: 400 for a body that names nothing; 404 if there is no such
                endpoint; 409 for a url of another one.
        """
        if not body:
            raise malformed(None, "Name at least one field.")
        with self._store.transaction():
            endpoint = self.endpoint(endpoint_id)
            url = body.get("url") or endpoint.url
            self._make_sure_it_is_new(url, endpoint_id)
            events = body.get("events", endpoint.events)
            changed = replace(endpoint, url=url, events=events)
            self._shelf.put(endpoint_id, changed)
        return changed

    def rotate(self, endpoint_id: str) -> Endpoint:
        """Give an endpoint another secret; the old one ends at once.

        Raises:
            Refusal: 404 if there is no such endpoint.
        """
        with self._store.transaction():
            changed = replace(self.endpoint(endpoint_id), secret=_secret())
            self._shelf.put(endpoint_id, changed)
        return changed

    def delete(self, endpoint_id: str) -> None:
        """Take an endpoint away.

        Raises:
            Refusal: 404 if there is no such endpoint.
        """
        with self._store.transaction():
            self._shelf.remove(self.endpoint(endpoint_id).id)

    def _make_sure_it_is_new(self, url: str, own_id: str | None) -> None:
        if any(other.url == url and other.id != own_id for other in self._shelf.all()):
            raise conflict(f"There is already an endpoint for '{url}'.")


def _secret() -> str:
    return f"whsec_{secrets.token_hex(24)}"
