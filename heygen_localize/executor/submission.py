"""Ordering one job: which key, and what each answer means for the next step."""

from __future__ import annotations

import random
from collections.abc import Collection
from dataclasses import dataclass, field

from heygen_localize.actions import Action
from heygen_localize.client import Client
from heygen_localize.errors import Problem
from heygen_localize.executor.orders import Orders
from heygen_localize.keys import KeyChain
from heygen_localize.model import Target
from heygen_localize.refusal import QUOTA, ApiFailure

_SHORTEST_WAIT = 1.0
_LONGEST_WAIT = 60.0
_PAUSE_WHEN_FULL = 5.0
_MALFORMED = (400, 404, 413, 422)

_PATIENCE = 300.0
"""Seconds of nothing but failures after which ordering is given up (docs/design.md)."""

_LAG = 60.0
"""Seconds in which a job just made may be missing from the list."""

_SUSPICIOUS = 4
"""So many equal refusals of one key, while other keys succeed, look like a stored one."""


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
class Doubtful:
    """Only a fresh and full listing, `seconds` from now, can tell whether the job exists.

    Where it does not, and `replayed`, the refusal is one that the vendor keeps
    under the key, and the next key may be tried.
    """

    seconds: float
    replayed: bool
    failure: ApiFailure


@dataclass(frozen=True)
class Stop:
    """Nothing more can be ordered in this run."""

    failure: ApiFailure


Outcome = Ordered | Later | Refused | Doubtful | Stop


@dataclass(frozen=True)
class Moment:
    """When an order is sent: by the run's clock, in seconds.

    `last` says that no other order waits, `held` how many jobs are in progress as
    far as we know.
    """

    now: float
    last: bool
    held: int = 0


@dataclass
class Submission:
    """A target's order on its way, kept while it waits for its turn.

    `ready_at` and `since` are moments of the run's clock, in seconds. `refusal`
    came `repeats` times in a row, first when `others` orders had been answered.
    `for_session` says that a proofread session is ordered, not a job.
    """

    action: Action
    target: Target
    chain: KeyChain
    ready_at: float = 0.0
    since: float | None = None
    tries: int = 0
    refusal: tuple[int | None, str] | None = None
    repeats: int = 0
    others: int = 0
    doubt: Doubtful | None = None
    for_session: bool = False

    @classmethod
    def of(cls, action: Action) -> Submission:
        """Start where the account's history says this content stands.

        Raises:
            ValueError: the action has no target, so there is nothing to order.
        """
        if action.target is None:
            raise ValueError(f"{action.address} is not in the manifest")
        return cls(action, action.target, KeyChain(action.target.mark, action.newest_failure))

    def restart(self, chain: KeyChain) -> None:
        """Go on under another key, with nothing held against it."""
        self.chain = chain
        self.since, self.tries, self.refusal, self.repeats, self.doubt = None, 0, None, 0, None

    def refused(self, failure: ApiFailure, now: float, answered: int) -> None:
        """Remember a failure, and how often the very same one has come."""
        kind = (failure.status, failure.code)
        if kind != self.refusal:
            self.refusal, self.repeats, self.others = kind, 0, answered
        self.repeats += 1
        self.tries += 1
        self.since = now if self.since is None else self.since


@dataclass
class Submitter:
    """Sends orders.

    `dead` are ids known to have failed or to be gone. Without `orders`, nothing can be
    ordered that needs an upload or a session first.
    """

    client: Client
    dead: Collection[str]
    random: random.Random = field(default_factory=random.Random)
    orders: Orders | None = None

    def __post_init__(self) -> None:
        """Nothing was answered yet."""
        self._answered = 0
        self._most_at_once = 0
        self._heard_at: float | None = None
        self._unpaid: set[str] = set()

    def submit(self, submission: Submission, moment: Moment) -> Outcome:
        """Send one order, following the chain of keys as far as the answers lead.

        Raises:
            AccountRefused: the key itself is not accepted.
        """
        orders = self.orders or Orders(self.client, {}, {})
        write = orders.session if submission.for_session else orders.job
        order = write(submission.action, submission.target)
        while True:
            try:
                job_id = order.send(order.body, submission.chain.key)
            except ApiFailure as failure:
                if failure.status in _MALFORMED and submission.chain.body_hash is None:
                    # Perhaps the answer to an older, malformed request is replayed.
                    submission.restart(submission.chain.mended(order.body))
                    continue
                return self._after(failure, submission, moment)
            if job_id in self.dead and job_id != submission.chain.previous:
                submission.restart(submission.chain.after(job_id))
                continue
            self._answered += 1
            self._heard_at = moment.now
            self._unpaid.clear()
            return Ordered(job_id)

    def _after(self, failure: ApiFailure, submission: Submission, moment: Moment) -> Outcome:
        if failure.unauthorized:
            raise failure
        if failure.status in _MALFORMED:
            return Refused(failure.problems[0])
        submission.refused(failure, moment.now, self._answered)
        began = moment.now if submission.since is None else submission.since
        silent_for = moment.now - max(began, self._heard_at or began)
        if failure.status == 409:
            return self._in_flight(failure, silent_for)
        if failure.status is not None and self._looks_stored(submission, moment):
            # After a server's fault the work may be done, and the list may lag behind it.
            return Doubtful(_LAG if failure.status >= 500 else 0.0, True, failure)
        if failure.status == 402:
            return self._unpayable(failure, submission, moment)
        if failure.code == QUOTA:
            return Stop(failure)
        full = failure.status == 429
        if silent_for >= _PATIENCE and (not moment.held or not full):
            return Stop(failure)
        backoff = self.random.uniform(0, 2.0 ** min(submission.tries, 5))
        return Later(_bounded(failure, _PAUSE_WHEN_FULL if full else backoff), full, failure)

    def saw(self, in_progress: int) -> None:
        """Remember that the account has had room for so many jobs at once."""
        self._most_at_once = max(self._most_at_once, in_progress)

    def has_room(self, in_progress: int) -> bool:
        """Tell whether the account is known to take more jobs at once than these."""
        return in_progress < max(1, self._most_at_once)

    def _looks_stored(self, submission: Submission, moment: Moment) -> bool:
        """Tell whether one key is refused alike again and again while others succeed.

        A full account does that too, so that its refusals prove nothing.
        """
        if submission.repeats < _SUSPICIOUS or self._answered <= submission.others:
            return False
        status, _ = submission.refusal or (None, "")
        return status != 429 or self.has_room(moment.held)

    def _in_flight(self, failure: ApiFailure, silent_for: float) -> Outcome:
        """Wait for whoever orders the same at this moment, but not for ever."""
        if silent_for >= _PATIENCE:
            return Doubtful(0.0, False, failure)
        return Later(_bounded(failure, _PAUSE_WHEN_FULL), False, failure)

    def _unpayable(self, failure: ApiFailure, submission: Submission, moment: Moment) -> Outcome:
        """Stop for want of money, unless only this key says so: it may be an old answer."""
        self._unpaid.add(submission.action.address)
        others_paid = self._answered > submission.others
        if len(self._unpaid) > 1 or (moment.last and not others_paid):
            return Stop(failure)
        return Later(_PAUSE_WHEN_FULL, False, failure)


def _bounded(failure: ApiFailure, otherwise: float) -> float:
    """Give the wait that the vendor asked for, within reason; in seconds."""
    if failure.retry_after is None:
        return otherwise
    return min(max(failure.retry_after, _SHORTEST_WAIT), _LONGEST_WAIT)
