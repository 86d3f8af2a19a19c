"""Events and their deliveries: what was told, to whom, and what is still to be carried.

Source: docs/vendor/behaviour.md, "Webhooks".
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from heygen_localize.sandbox.account.jobs import Machine
from heygen_localize.sandbox.account.shelf import Shelf
from heygen_localize.sandbox.account.store import Store
from heygen_localize.sandbox.webhooks.endpoints import Endpoints
from heygen_localize.sandbox.webhooks.news import News, Newsroom, Signing
from heygen_localize.sandbox.webhooks.records import Delivery, Event

_BEGAN_AT = "webhooks_began_at"
# The job of a batch may be found to have ended a moment before the last look.
_OVERLAP_SECONDS = 1.0
_GIVEN_UP_SECONDS = 24 * 3600.0
_LONGEST_WAIT = 3600.0


class Outbox:
    """The events of one account.

    It does nothing until somebody can be told: an endpoint is registered, or an
    order comes with a ``callback_url``.

    Args:
        store: Where they are noted.
        machine: The account.
        endpoints: Its registered addresses.
        newsroom: Finds what ended.
        may_go: Tells whether a delivery may go to an address.
    """

    def __init__(
        self,
        store: Store,
        machine: Machine,
        endpoints: Endpoints,
        newsroom: Newsroom,
        may_go: Callable[[str], bool],
    ) -> None:
        self._store = store
        self._machine = machine
        self._endpoints = endpoints
        self._newsroom = newsroom
        self._may_go = may_go
        self._events = Shelf(store, "webhook_event", Event)
        self._deliveries = Shelf(store, "webhook_delivery", Delivery)
        began = store.fact(_BEGAN_AT)
        self._began_at = None if began is None else float(began)
        self._told_until = self._began_at or 0.0

    @property
    def in_use(self) -> bool:
        """Whether there is anybody who may be told."""
        return self._began_at is not None

    def begin(self) -> None:
        """Tell from now on what ends; what ended before is not told."""
        if self._began_at is None:
            self._began_at = self._told_until = self._machine.now()
            self._store.set_fact(_BEGAN_AT, repr(self._began_at))

    def collect(self, signing: Signing) -> None:
        """Make events of what ended since the last time."""
        if self._began_at is None:
            return
        with self._store.transaction():
            now = self._machine.now()
            since = max(self._began_at, self._told_until - _OVERLAP_SECONDS)
            for news in self._newsroom.between(since, now, signing):
                self._tell(news, now)
            self._told_until = now

    def _tell(self, news: News, now: float) -> None:
        name = hashlib.sha256(f"{self._machine.secret}:{news.type}:{news.entity_id}".encode())
        event_id = f"evt_{name.hexdigest()[:24]}"
        if self._events.get(event_id) is not None:
            return
        places: list[tuple[str, str | None]] = [
            (endpoint.url, endpoint.id)
            for endpoint in self._endpoints.all()
            if endpoint.wants(news.type, news.entity_id)
        ]
        if news.callback_url is not None:
            places.append((news.callback_url, None))
        if not places:
            return
        self._events.put(event_id, Event(event_id, news.type, news.data, news.entity_id, news.at))
        for number, (url, endpoint_id) in enumerate(places):
            delivery = Delivery(
                id=f"{event_id}:{number}",
                event_id=event_id,
                url=url,
                endpoint_id=endpoint_id,
                due_at=now,
                give_up_at=now + _GIVEN_UP_SECONDS,
                done=not self._may_go(url),
            )
            self._deliveries.put(delivery.id, delivery)

    def events(self) -> list[Event]:
        """Return every event that was told to somebody, the newest first."""
        return list(reversed(self._events.all()))

    def deliveries(self) -> list[Delivery]:
        """Return every delivery, the oldest first."""
        return self._deliveries.all()

    def due(self) -> list[tuple[Delivery, Event]]:
        """Return the deliveries to be tried now, each with its event."""
        now = self._machine.now()
        waiting = [item for item in self._deliveries.all() if not item.done and item.due_at <= now]
        events = {event.id: event for event in self._events.all()} if waiting else {}
        return [(item, events[item.event_id]) for item in waiting]

    def tried(self, delivery: Delivery, status: int | None) -> None:
        """Note a try.

        Args:
            delivery: The delivery as it was before.
            status: The HTTP status that it was answered with, or None.
        """
        now, attempts = self._machine.now(), delivery.attempts + 1
        wait = min(2.0 ** min(delivery.attempts, 20), _LONGEST_WAIT)
        arrived = status is not None and 200 <= status < 300
        done = arrived or now + wait > delivery.give_up_at
        noted = replace(delivery, attempts=attempts, status=status, done=done, due_at=now + wait)
        self._deliveries.put(delivery.id, noted)

    def drop(self, delivery: Delivery) -> None:
        """Give a delivery up whose endpoint is gone."""
        self._deliveries.put(delivery.id, replace(delivery, done=True))

    def busy(self) -> bool:
        """Tell whether there is, or will be, something to carry."""
        if not self.in_use:
            return False
        if any(not item.done for item in self._deliveries.all()):
            return True
        # Not since now: something may have ended after the last look.
        return self._newsroom.pending(self._told_until)


def body_of(event: Event) -> Mapping[str, Any]:
    """Return what a delivery of an event says."""
    return {"event_type": event.type, "event_data": dict(event.data)}
