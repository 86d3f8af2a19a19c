"""Events and their deliveries: what was told, to whom, and what is still to be sent.

Source: docs/vendor/heygen-v3.openapi.yaml, `webhookEventsList`;
docs/vendor/behaviour.md, "Webhooks".
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from heygen_localize.sandbox.account.collection import Collection
from heygen_localize.sandbox.account.context import AccountContext
from heygen_localize.sandbox.records import Record
from heygen_localize.sandbox.webhooks.endpoints import Endpoints
from heygen_localize.sandbox.webhooks.occurrences import Occurrence, OccurrenceFinder, Signing

_BEGAN_AT = "webhooks_began_at"
# The job of a batch may be found to have ended a moment before the last look.
_OVERLAP_SECONDS = 1.0
_GIVEN_UP_SECONDS = 24 * 3600.0
_LONGEST_WAIT = 3600.0


@dataclass(frozen=True, kw_only=True)
class Event(Record):
    """Something that happened and was told to somebody; its id is the same for the same thing.

    Attributes:
        type: The word for it.
        data: What is told of it.
        entity_id: The thing that it happened to.
    """

    type: str
    data: Mapping[str, Any]
    entity_id: str


@dataclass(frozen=True, kw_only=True)
class Delivery(Record):
    """One event on its way to one address.

    Attributes:
        event_id: The event.
        url: Where it goes.
        endpoint_id: The endpoint whose secret signs it; None for the
            ``callback_url`` of an order, whose deliveries nobody can check.
        due_at: When it is tried next, in seconds since the epoch.
        give_up_at: When it is not tried any more.
        attempts: How often it was tried.
        status: The HTTP status of the last try; None if there was no answer.
        done: Whether it is over: it arrived, was given up, or may not leave
            this machine.
    """

    event_id: str
    url: str
    endpoint_id: str | None
    due_at: float
    give_up_at: float
    attempts: int = 0
    status: int | None = None
    done: bool = False


class Outbox:
    """The events of one account.

    It does nothing until somebody can be told: an endpoint is registered, or an
    order comes with a ``callback_url``.

    Args:
        context: The account.
        endpoints: Its registered addresses.
        finder: Finds what ended.
        may_go: Tells whether a delivery may go to an address.

    Attributes:
        events: What was told to somebody.
        deliveries: To whom.
    """

    def __init__(
        self,
        context: AccountContext,
        endpoints: Endpoints,
        finder: OccurrenceFinder,
        may_go: Callable[[str], bool],
    ) -> None:
        self._context = context
        self._store = context.store
        self._endpoints = endpoints
        self._finder = finder
        self._may_go = may_go
        self.events = Collection(context, "webhook_event", Event)
        self.deliveries = Collection(context, "webhook_delivery", Delivery)
        began = self._store.fact(_BEGAN_AT)
        self._began_at = None if began is None else float(began)
        self._told_until = self._began_at or 0.0

    @property
    def in_use(self) -> bool:
        """Whether there is anybody who may be told."""
        return self._began_at is not None

    def begin(self) -> None:
        """Tell from now on what ends; what ended before is not told."""
        if self._began_at is None:
            self._began_at = self._told_until = self._context.now()
            self._store.set_fact(_BEGAN_AT, repr(self._began_at))

    def collect(self, signing: Signing) -> None:
        """Make events of what ended since the last time."""
        if self._began_at is None:
            return
        with self._store.transaction():
            now = self._context.now()
            since = max(self._began_at, self._told_until - _OVERLAP_SECONDS)
            for occurrence in self._finder.between(since, now, signing):
                self._tell(occurrence, now)
            self._told_until = now

    def _tell(self, occurrence: Occurrence, now: float) -> None:
        name = hashlib.sha256(
            f"{self._context.secret}:{occurrence.type}:{occurrence.entity_id}".encode()
        )
        event_id = f"evt_{name.hexdigest()[:24]}"
        if self.events.find(event_id) is not None:
            return
        places: list[tuple[str, str | None]] = [
            (endpoint.url, endpoint.id)
            for endpoint in self._endpoints.all()
            if endpoint.wants(occurrence.type, occurrence.entity_id)
        ]
        if occurrence.callback_url is not None:
            places.append((occurrence.callback_url, None))
        if not places:
            return
        self.events.put(
            Event(
                id=event_id,
                type=occurrence.type,
                data=occurrence.data,
                entity_id=occurrence.entity_id,
                created_at=occurrence.at,
            )
        )
        for number, (url, endpoint_id) in enumerate(places):
            self.deliveries.put(
                Delivery(
                    id=f"{event_id}:{number}",
                    created_at=now,
                    event_id=event_id,
                    url=url,
                    endpoint_id=endpoint_id,
                    due_at=now,
                    give_up_at=now + _GIVEN_UP_SECONDS,
                    done=not self._may_go(url),
                )
            )

    def due(self) -> list[tuple[Delivery, Event]]:
        """Return the deliveries to be tried now, each with its event."""
        now = self._context.now()
        waiting = [item for item in self.deliveries.all() if not item.done and item.due_at <= now]
        return [(item, self.events.known(item.event_id)) for item in waiting]

    def tried(self, delivery: Delivery, status: int | None) -> None:
        """Note a try.

        Args:
            delivery: The delivery as it was before.
            status: The HTTP status that it was answered with, or None.
        """
        due_at = self._context.now() + min(2.0 ** min(delivery.attempts, 20), _LONGEST_WAIT)
        arrived = status is not None and 200 <= status < 300
        self.deliveries.update(
            delivery.id,
            attempts=delivery.attempts + 1,
            status=status,
            done=arrived or due_at > delivery.give_up_at,
            due_at=due_at,
        )

    def drop(self, delivery: Delivery) -> None:
        """Return a delivery up whose endpoint is gone."""
        self.deliveries.update(delivery.id, done=True)

    def busy(self) -> bool:
        """Return whether there is, or will be, something to send."""
        if not self.in_use:
            return False
        if any(not item.done for item in self.deliveries.all()):
            return True
        # Not since now: something may have ended after the last look.
        return self._finder.pending(self._told_until)


def body_of(event: Event) -> Mapping[str, Any]:
    """Return what a delivery of an event says."""
    return {"event_type": event.type, "event_data": dict(event.data)}
