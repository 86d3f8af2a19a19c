"""Orders whose answers were lost: what they were of, and whether HeyGen still knows their keys."""

from __future__ import annotations

import hashlib

from msgspec import Struct

from heygen_localize.core.waits import KEY_LIFETIME_SECONDS

_MARGIN_SECONDS = 600.0
"""By how much two clocks may be apart, and how long an order is on its way."""

KEY_TRUSTED_SECONDS = KEY_LIFETIME_SECONDS - _MARGIN_SECONDS
"""For so long an order may be sent again under its key."""


def point_of(job_id: str | None) -> str:
    """Return what an order's key has of the job that it comes after; None where it is the first."""
    return hashlib.sha256((job_id or "0").encode()).hexdigest()[:16]


class Unanswered(Struct, frozen=True):
    """An order that was sent, and whose answer nobody heard; `kind` as `OrderKind` has it.

    `digest` is that of its mark. `sent_at` is in seconds since 1970, `age` in seconds by the clock
    that `sent_at` is of. `batch` is the key of the batch that it was sent in; None where it was
    sent by itself.
    """

    key: str
    digest: str
    address: str
    kind: str
    sent_at: float
    age: float
    batch: str | None = None

    @property
    def point(self) -> str:
        """Where in the history of its content it stands, as `point_of` says it."""
        return self.key.rpartition(":")[0].rpartition(":")[2]

    @property
    def doubtful(self) -> bool:
        """Whether its key may be forgotten at HeyGen, so that it cannot be sent again."""
        return self.age > KEY_TRUSTED_SECONDS
