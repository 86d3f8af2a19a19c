"""Ordering one job: which key, and what each answer means for the next step."""

from __future__ import annotations

import random
from collections.abc import Collection
from dataclasses import dataclass, field

from heygen_localize.client import Client
from heygen_localize.errors import Problem
from heygen_localize.keys import KeyChain
from heygen_localize.model import Target
from heygen_localize.plan import Action
from heygen_localize.transport import ApiFailure
from heygen_localize.wire import create_body

_TRIES = 6
_LONGEST_WAIT = 60.0
_PAUSE_WHEN_FULL = 5.0
_REFUSED = (400, 404, 413, 422)


@dataclass(frozen=True)
class Ordered:
    """The job exists: new, or one that the same key had ordered before."""

    translation_id: str


@dataclass(frozen=True)
class Later:
    """Send the same again after `seconds`; `full` where the account has no place free."""

    seconds: float
    full: bool
    failure: ApiFailure


@dataclass(frozen=True)
class Refused:
    """The vendor will not do this one; others may still be ordered."""

    problem: Problem


@dataclass(frozen=True)
class Stop:
    """Nothing more can be ordered in this run."""

    failure: ApiFailure


Outcome = Ordered | Later | Refused | Stop


@dataclass
class Submission:
    """A target's order on its way, kept while it waits for its turn.

    `ready_at` is a moment of the run's clock, in seconds.
    """

    action: Action
    target: Target
    chain: KeyChain
    ready_at: float = 0.0
    tries: int = 0

    @classmethod
    def of(cls, action: Action) -> Submission:
        """Start where the account's history says this content stands.

        Raises:
            ValueError: the action has no target, so there is nothing to order.
        """
        if action.target is None:
            raise ValueError(f"{action.address} is not in the manifest")
        return cls(action, action.target, KeyChain(action.target.mark, action.newest_failure))


@dataclass
class Submitter:
    """Sends orders. `dead` are ids known to have failed or to be gone."""

    client: Client
    dead: Collection[str]
    random: random.Random = field(default_factory=random.Random)

    def submit(self, submission: Submission) -> Outcome:
        """Send one order, following the chain of keys as far as the answers lead.

        Raises:
            AccountRefused: the key itself is not accepted.
        """
        body = create_body(submission.target, submission.action.title)
        while True:
            try:
                job_id = self.client.create(body, submission.chain.key)
            except ApiFailure as failure:
                if failure.status in _REFUSED and submission.chain.body_hash is None:
                    # Perhaps the answer to an older, malformed request is replayed.
                    submission.chain = submission.chain.mended(body)
                    continue
                return self._after(failure, submission)
            if job_id in self.dead and job_id != submission.chain.previous:
                submission.chain = submission.chain.after(job_id)
                continue
            return Ordered(job_id)

    def _after(self, failure: ApiFailure, submission: Submission) -> Outcome:
        if failure.unauthorized:
            raise failure
        if failure.status in _REFUSED:
            return Refused(failure.problems[0])
        if failure.status == 402:
            return Stop(failure)
        if failure.status == 429 and failure.code != "quota_exceeded":
            return Later(_bounded(failure, _PAUSE_WHEN_FULL), True, failure)
        submission.tries += 1
        if submission.tries >= _TRIES or failure.code == "quota_exceeded":
            return Stop(failure)
        backoff = self.random.uniform(0, 2.0**submission.tries)
        return Later(_bounded(failure, backoff), False, failure)


def _bounded(failure: ApiFailure, otherwise: float) -> float:
    """Give the wait that the vendor asked for, within reason; in seconds."""
    asked = otherwise if failure.retry_after is None else failure.retry_after
    return min(asked, _LONGEST_WAIT)
