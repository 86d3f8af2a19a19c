"""What a run last saw of the account's proofread sessions, where an order of one is in doubt."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping

from heygen_localize.core.lock import LockedSession
from heygen_localize.core.proofread import SessionStatus
from heygen_localize.core.sessions import SessionList
from heygen_localize.heygen.client import Client
from heygen_localize.operations.apply.submit import PendingOrder
from heygen_localize.planning.session_search import found_session, sessions_of


class SessionView:
    """The account's list of sessions. `formerly` are earlier names of the project.

    `note` tells a person something that concerns the whole run.
    """

    def __init__(
        self, client: Client, formerly: Collection[str], note: Callable[[str], None]
    ) -> None:
        self._client, self._formerly, self._note = client, formerly, note
        self._listed_at = 0.0
        self._told = False

    def is_old(self, after: float) -> bool:
        """Tell whether it was begun before a moment of the run's clock."""
        return self._listed_at < after

    def look(
        self,
        now: float,
        orders: Iterable[PendingOrder],
        sessions: Mapping[str, LockedSession],
        dead: Collection[str],
    ) -> list[tuple[PendingOrder, str | None]]:
        """List anew; return the orders whose sessions are there by now, with their ids.

        After them, with None, those that may not be sent: without a whole list an order's own
        key still brings the same session, but a fresh key does not. `sessions` are the lockfile's.

        Raises:
            ApiFailure: the key is not accepted.
        """
        listed, self._listed_at = self._client.sessions(), now
        self._tell(listed)
        found_now: list[tuple[PendingOrder, str | None]] = []
        unsure: list[tuple[PendingOrder, str | None]] = []
        for order in orders:
            if not order.for_session or order.listed_after > now:
                continue
            known = sessions.get(order.action.address)
            theirs = sessions_of(order.target, listed.sessions, self._formerly)
            found = found_session(order.target, known, theirs, dead)
            if found is not None and found.status is not SessionStatus.FAILED:
                found_now.append((order, found.proofread_id))
            elif order.key.day is not None and not listed.whole:
                unsure.append((order, None))
        return found_now + unsure

    def _tell(self, listed: SessionList) -> None:
        if listed.flaw is not None and not self._told:
            self._told = True
            told = f"the account's proofread sessions could not be listed: {listed.flaw}"
            self._note(told)
