"""What an order consists of: a job of its own, a proofread session, or a session's render."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from heygen_localize.core.fingerprint import Mark
from heygen_localize.core.lock import LockedSession
from heygen_localize.core.model import Target
from heygen_localize.heygen.client import Client
from heygen_localize.heygen.messages import create_body
from heygen_localize.heygen.proofreads import generate_body, session_body
from heygen_localize.operations.apply.idempotency import OrderKey
from heygen_localize.planning.plan import Action


@dataclass(frozen=True)
class Orders:
    """Sends the orders of actions under a key. `assets` are uploads by their SHA-256."""

    client: Client
    assets: Mapping[str, str]
    sessions: Mapping[str, LockedSession]

    def job(self, action: Action, target: Target, key: OrderKey) -> str:
        """Order a job, by its own or as the render of the target's session; return its id.

        Raises:
            ApiFailure: no usable answer; the work may have been done all the same.
        """
        if target.proofread is None:
            return self.client.create(create_body(target, action.title, self.assets), str(key))
        session = self.sessions[target.address]
        return self.client.generate(session.proofread_id, generate_body(target), str(key))

    def session(self, action: Action, target: Target, key: OrderKey) -> str:
        """Order a proofread session; return its id.

        Raises:
            ApiFailure: no usable answer; the work may have been done all the same.
        """
        return self.client.propose(session_body(target, action.title, self.assets), str(key))


def session_key(
    target: Target, failed: LockedSession | None, formerly: Sequence[str] = ()
) -> OrderKey:
    """Return the key under which a session is ordered: after one that HeyGen says has failed.

    After one that is gone it is the first key again. Where HeyGen still has an answer for that,
    it names a session: one that is known to be gone leads on to the next key, one that only
    the lockfile lacks is taken, and not paid for twice.

    Raises:
        ValueError: the target is rendered without a session.
    """
    if target.proofread is None:
        raise ValueError(f"{target.address} has no proofread session")
    mark = Mark.of(target.mark.project, target.proofread.session)
    same = failed is not None and failed.fingerprint == target.proofread.session
    previous = failed.proofread_id if failed is not None and same else None
    return OrderKey.of(mark, formerly, previous)
