"""What a run last saw of the account as a whole, and how old that is."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from heygen_localize.core.model import Listing
from heygen_localize.heygen.client import Client
from heygen_localize.planning.results import Planned

_HOLDS = 300.0
"""Seconds after which no order is placed on a listing (docs/design.md, "Applying")."""


class AccountListing:
    """The account's listing. Moments are of the run's clock, in seconds."""

    def __init__(self, client: Client, planned: Planned) -> None:
        self._client = client
        self._dead = planned.dead_sessions | planned.lock.deleted.keys()
        listed = {job.id for job in planned.listing.jobs}
        self._deleted = planned.lock.deleted.keys() - listed
        self.listed_at = planned.listed_at
        self.listing = planned.listing

    def is_old(self, now: float, after: float) -> bool:
        """Tell whether it is too old to order on, or was begun before a moment."""
        return now - self.listed_at > _HOLDS or self.listed_at < after

    def renew(self, now: float, known: Listing | None) -> str | None:
        """List anew, on from `known` or in full; return why that was not to be had whole.

        Raises:
            AccountRefused: the key is not accepted.
        """
        listing = self._client.listing(known)
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
        """Tell whether it shows a job of these marks otherwise than `before` did."""
        known = {job.id: job for job in before.jobs}
        changed = (job for job in self.listing.jobs if known.get(job.id) != job)
        return any(job.mark is not None and job.mark.digest in digests for job in changed)

    @property
    def dead(self) -> set[str]:
        """The ids that an order may not be answered with: failed, gone, or deleted by us."""
        failed = {job.id for job in self.listing.jobs if not job.status.live}
        return failed | self.listing.gone | self._dead
