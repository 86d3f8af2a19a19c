"""What an order consists of: a job of its own, a proofread session, or a session's render."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from heygen_localize.actions import Action
from heygen_localize.client import Client
from heygen_localize.fingerprint import Json, Mark
from heygen_localize.keys import OrderKey
from heygen_localize.lock import LockedSession
from heygen_localize.model import Target
from heygen_localize.proofreads import generate_body, session_body
from heygen_localize.wire import create_body

Body = dict[str, Json]


@dataclass(frozen=True)
class Order:
    """A request, and how to send it under a key; gives the id of what was ordered."""

    body: Body
    send: Callable[[Body, str], str]


@dataclass(frozen=True)
class Orders:
    """Writes the orders of actions. `assets` are uploads by their SHA-256."""

    client: Client
    assets: Mapping[str, str]
    sessions: Mapping[str, LockedSession]

    def job(self, action: Action, target: Target) -> Order:
        """Order a job: by its own, or as the render of the target's session."""
        if target.proofread is None:
            return Order(create_body(target, action.title, self.assets), self.client.create)
        proofread_id = self.sessions[target.address].proofread_id

        def generate(body: Body, key: str) -> str:
            return self.client.generate(proofread_id, body, key)

        return Order(generate_body(target), generate)

    def session(self, action: Action, target: Target) -> Order:
        """Order a proofread session."""
        return Order(session_body(target, action.title, self.assets), self.client.propose)


def session_key(target: Target, earlier: LockedSession | None) -> OrderKey:
    """Return the key under which a session is ordered: after the one that came to nothing.

    Raises:
        ValueError: the target is rendered without a session.
    """
    if target.proofread is None:
        raise ValueError(f"{target.address} has no proofread session")
    mark = Mark.of(target.mark.project, target.proofread.session)
    same = earlier is not None and earlier.fingerprint == target.proofread.session
    return OrderKey(mark, earlier.proofread_id if earlier is not None and same else None)
