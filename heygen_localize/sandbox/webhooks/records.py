"""The facts that a sandbox keeps of webhooks.

Source: docs/vendor/heygen-v3.openapi.yaml, `webhook*`; docs/vendor/behaviour.md, "Webhooks".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Endpoint:
    """An address that was registered.

    Attributes:
        id: The vendor's name for it.
        url: Where deliveries go.
        events: The words of the events that it wants; None for all.
        entity_id: The one thing that it wants to hear of; None for all.
        secret: What deliveries are signed with.
        created_at: When it was made, in seconds since the epoch.
    """

    id: str
    url: str
    events: Sequence[str] | None
    entity_id: str | None
    secret: str
    created_at: float

    def wants(self, event_type: str, entity_id: str) -> bool:
        """Tell whether an event about a thing goes here."""
        of_type = self.events is None or event_type in self.events
        return of_type and self.entity_id in (None, entity_id)


@dataclass(frozen=True)
class Event:
    """Something that happened and was told to somebody.

    Attributes:
        id: The vendor's name for it, the same for the same thing.
        type: The word for it.
        data: What is told of it.
        entity_id: The thing that it happened to.
        created_at: When it happened, in seconds since the epoch.
    """

    id: str
    type: str
    data: Mapping[str, Any]
    entity_id: str
    created_at: float


@dataclass(frozen=True)
class Delivery:
    """One event on its way to one address.

    Attributes:
        id: What sets it apart from other deliveries.
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

    id: str
    event_id: str
    url: str
    endpoint_id: str | None
    due_at: float
    give_up_at: float
    attempts: int = 0
    status: int | None = None
    done: bool = False
