"""The idempotency keys under which a job is ordered: why two machines never pay for one content.

A key follows from the fingerprint and from what the vendor says, never from
lock, clock or counter: whoever orders the same content at the same point of its
history uses the same key, and the vendor answers all of them with one job.
Source: docs/vendor/behaviour.md, "Paying once".
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace

import rfc8785

from heygen_localize.fingerprint import Json, Mark


@dataclass(frozen=True)
class KeyChain:
    """Where a content stands in its history of keys.

    `previous` is the id of the newest job that came to nothing, None at first.
    `refusals` counts the refusals that the vendor keeps under the keys before
    this one, and would replay for 24 hours. `body_hash` is set once a request
    was refused as malformed: a mended one must not be answered with the refusal
    of the old.
    """

    mark: Mark
    previous: str | None = None
    refusals: int = 0
    body_hash: str | None = None

    @property
    def key(self) -> str:
        """Give the `Idempotency-Key`."""
        point = hashlib.sha256((self.previous or "0").encode()).hexdigest()[:16]
        last = f"b{self.body_hash}" if self.body_hash else str(self.refusals)
        return f"{self.mark}:{point}:{last}"

    def after(self, job_id: str) -> KeyChain:
        """Move on: the key was answered with a job that has come to nothing."""
        return replace(self, previous=job_id, refusals=0, body_hash=None)

    def past_refusal(self) -> KeyChain:
        """Move on: the key's stored refusal would be replayed although its cause is gone."""
        return replace(self, refusals=self.refusals + 1)

    def mended(self, body: Mapping[str, Json]) -> KeyChain:
        """Ask again under a key of the request's own content."""
        return replace(self, body_hash=hashlib.sha256(rfc8785.dumps(dict(body))).hexdigest()[:16])
