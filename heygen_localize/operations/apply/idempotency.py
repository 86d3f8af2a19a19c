"""The idempotency key under which an order goes out: why two machines never pay for one content.

An order has one key until a job answers it or HeyGen's 24 hours are over. It follows
from the fingerprint and from what the account shows, never from lockfile, clock or
counter: whoever orders the same content at the same point of its history sends the
same key, and HeyGen answers all of them with one job. No refusal leads to another key
by itself. Source: docs/vendor/behaviour.md, "Paying once".
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timezone

from msgspec import Struct
from msgspec.structs import replace

from heygen_localize.core.fingerprint import Mark
from heygen_localize.core.lock import LockedSession
from heygen_localize.core.model import Target
from heygen_localize.core.unanswered import point_of


class OrderKey(Struct, frozen=True):
    """Where a content stands in its history of orders.

    `previous` is the id of the newest job that came to nothing, None at first. `day` is a
    UTC date (`2027-01-15`), set only where a person asked to pass by what HeyGen keeps
    refusing: machines that are told so on one day agree on it.
    """

    mark: Mark
    previous: str | None = None
    day: str | None = None

    def __str__(self) -> str:
        """Return the `Idempotency-Key`."""
        return f"{self.mark}:{point_of(self.previous)}:{self.day or '0'}"

    @classmethod
    def of(cls, mark: Mark, formerly: Sequence[str] = (), previous: str | None = None) -> OrderKey:
        """Return the key of a mark's order; under the oldest name that the project ever had.

        So a run under a former name and one under the new name send the same key, though
        their marks differ. `formerly` has the newest of the names first.
        """
        return cls(replace(mark, project=formerly[-1]) if formerly else mark, previous)

    def after(self, job_id: str) -> OrderKey:
        """Return the key of the next attempt: this one was answered with a job that is dead."""
        return replace(self, previous=job_id, day=None)

    def past_refusals(self, now: float) -> OrderKey:
        """Return the key of the UTC date, which no refusal was kept under before that day.

        `now` in seconds since 1970.
        """
        return replace(self, day=datetime.fromtimestamp(now, timezone.utc).date().isoformat())


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
