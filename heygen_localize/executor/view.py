"""What a run last saw of the account as a whole, and how old that is."""

from __future__ import annotations

from dataclasses import replace

from heygen_localize.client import Client
from heygen_localize.model import Listing
from heygen_localize.outcome import Planned

_HOLDS = 300.0
"""Seconds after which no order is placed on a listing (docs/design.md, "Applying")."""


class View:
    """The account's listing. Moments are of the run's clock, in seconds."""

    def __init__(self, client: Client, planned: Planned) -> None:
        self._client = client
        self._dead_sessions = planned.dead_sessions
        self._listed_at = planned.listed_at
        self._unlisted_since: float | None = None
        self.listing = planned.listing

    def is_old(self, now: float) -> bool:
        """Tell whether nothing may be ordered on it any more."""
        return now - self._listed_at > _HOLDS

    def unlisted_for(self, now: float) -> float:
        """Tell for how long a listing was needed and could not be had whole."""
        return 0.0 if self._unlisted_since is None else now - self._unlisted_since

    def renew(self, now: float, known: Listing | None) -> str | None:
        """List anew, on from `known` or in full; give why that was not to be had whole.

        Raises:
            AccountRefused: the key is not accepted.
        """
        listing = self._client.listing(known)
        if not listing.complete:
            self._unlisted_since = now if self._unlisted_since is None else self._unlisted_since
            return listing.flaw
        self._listed_at, self._unlisted_since = now, None
        self.listing = replace(listing, gone=self.listing.gone)
        return None

    @property
    def in_progress(self) -> int:
        """How many jobs of the account were in progress."""
        return sum(job.status.in_progress for job in self.listing.jobs)

    @property
    def dead(self) -> set[str]:
        """The ids that an order may not be answered with: failed jobs, and gone ones."""
        failed = {job.id for job in self.listing.jobs if not job.status.live}
        return failed | self.listing.gone | self._dead_sessions
