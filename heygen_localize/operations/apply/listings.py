"""What a run last saw of the account: its jobs, and its proofread sessions."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping

from msgspec.structs import replace

from heygen_localize.core.lock import LockedSession
from heygen_localize.core.model import Listing
from heygen_localize.core.proofread import SessionStatus
from heygen_localize.core.waits import LISTING_MAX_AGE_SECONDS
from heygen_localize.heygen.client import Client
from heygen_localize.operations.apply.pending import PendingOrder
from heygen_localize.planning.results import Planned
from heygen_localize.planning.session_search import found_session, sessions_of


class AccountListing:
    """The account's listing. Moments are of the run's clock, in seconds."""

    def __init__(self, client: Client, planned: Planned) -> None:
        self._client = client
        self._dead = planned.dead_sessions | planned.lock.deleted.keys()
        listed = {job.id for job in planned.listing.jobs}
        self._deleted = planned.lock.deleted.keys() - listed
        self.listed_at = planned.listed_at
        self.listing = planned.listing
        self._counted: Listing | None = None
        self._over: set[str] = set()

    def is_old(self, now: float, after: float) -> bool:
        """Return whether it is too old to order on, or was begun before a moment."""
        return now - self.listed_at > LISTING_MAX_AGE_SECONDS or self.listed_at < after

    def renew(self, now: float, known: Listing | None) -> str | None:
        """List anew, on from `known` or in full; return why that was not to be had whole.

        Raises:
            AccountRefused: the key is not accepted.
        """
        whole = known is not None and known.complete
        listing = self._client.listing(self.listing.kinds, known if whole else None)
        if not listing.complete:
            return listing.flaw
        self.listed_at = now
        # A list that lags may still show what is known to be deleted.
        jobs = tuple(job for job in listing.jobs if job.id not in self._deleted)
        self.listing = replace(
            listing, jobs=jobs, gone=self.listing.gone, denied=self.listing.denied
        )
        return None

    def has_news(self, digests: Collection[str], before: Listing) -> bool:
        """Return whether it shows a job of these marks otherwise than `before` did."""
        known = {job.id: job for job in before.jobs}
        changed = (job for job in self.listing.jobs if known.get(job.id) != job)
        return any(job.mark is not None and job.mark.digest in digests for job in changed)

    @property
    def over(self) -> set[str]:
        """The ids of the jobs that hold none of the account's places, as it was last listed."""
        if self._counted is not self.listing:
            self._counted = self.listing
            self._over = {job.id for job in self.listing.jobs if not job.status.in_progress}
        return self._over

    @property
    def dead(self) -> set[str]:
        """The ids that an order may not be answered with: failed, gone, or deleted by us."""
        failed = {job.id for job in self.listing.jobs if not job.status.live}
        return failed | self.listing.gone | self._dead


class SessionListing:
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
        """Return whether it was begun before a moment of the run's clock."""
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
        if listed.flaw is not None and not self._told:
            self._told = True
            self._note(f"the account's proofread sessions could not be listed: {listed.flaw}")
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
