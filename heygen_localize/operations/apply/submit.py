"""Ordering one job: what each answer means for the next step. The key stays the same."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from enum import Enum

from msgspec import Struct, field
from msgspec.structs import replace

from heygen_localize.core.lock import LockedSession
from heygen_localize.core.model import MediaKind, Target
from heygen_localize.heygen.client import Client
from heygen_localize.heygen.errors import ASSET_UNSEEN, PROOFREADING_HINT, QUOTA, ApiError
from heygen_localize.heygen.messages import create_body
from heygen_localize.heygen.proofreads import generate_body, session_body
from heygen_localize.operations.apply.idempotency import OrderKey
from heygen_localize.planning.plan import Order
from heygen_localize.planning.replacing import order_mark

_SHORTEST_WAIT = 1.0
_LONGEST_WAIT = 60.0
_PAUSE_WHEN_FULL = 5.0

_NO_KEY, _UNPAID, _IN_FLIGHT, _FULL, _SERVER_FAULT = 401, 402, 409, 429, 500

_ORDER_TIMEOUT = 300.0
"""Seconds of nothing but failures after which ordering is given up (docs/design.md)."""

_TRIES = 12
"""Times that an order fails before it is given up while others succeed, or by 429s alone."""

_UNPAID_TRIES = 4

_UNSEEN_TRIES = 8
_UNSEEN_PAUSE = 0.5
"""Seconds, times the try: for so long an order waits for an upload that is not found yet."""


class OrderKind(Enum):
    """What is ordered: a 402 or a used-up quota for one kind says nothing of the others."""

    JOB = "job"
    SESSION = "proofread session"
    RENDER = "render of a proofread session"


class Accepted(Struct, frozen=True):
    """The job exists: new, or one that the same key had ordered before."""

    translation_id: str


class RetryLater(Struct, frozen=True):
    """Send the same again after `seconds`.

    `full` where the account has no place free, `unheard` where the job may exist by now.
    """

    seconds: float
    full: bool
    unheard: bool
    failure: ApiError


class Refused(Struct, frozen=True):
    """This order comes to nothing in this run; and all of its kind, unless it is `alone`.

    `kept` where HeyGen said no in its own words, and may go on saying so for 24 hours
    under this key even if the cause is gone.
    """

    failure: ApiError
    kept: bool
    alone: bool


Outcome = Accepted | RetryLater | Refused


class SubmitContext(Struct, frozen=True):
    """When an order is sent: by the run's clock, in seconds.

    `last` says that no other order of its kind waits, `held` how many jobs are in
    progress as far as we know.
    """

    now: float
    last: bool
    held: int = 0


class PendingOrder(Struct):
    """A target's order on its way, kept while it waits for its turn.

    `ready_at`, `since` and `listed_after` are moments of the run's clock, in seconds: when
    to send it, when it first failed, and when the listing that it is sent on may be begun
    at the earliest: after an answer of it was lost, its job may show there. With
    `listed_whole` that listing has to be read to its end, not on from an earlier one.
    `tries` failed since `others` orders of its kind had been answered. `refusal` is what
    HeyGen last said to it, where a fresh key waits for that listing.
    """

    action: Order
    target: Target
    key: OrderKey
    kind: OrderKind
    ready_at: float = 0.0
    since: float | None = None
    tries: int = 0
    others: int = 0
    listed_after: float = 0.0
    listed_whole: bool = False
    refusal: Refused | None = None

    @classmethod
    def of(cls, action: Order, formerly: Sequence[str] = ()) -> PendingOrder:
        """Start where the account's history says this content stands.

        `formerly` are the project's earlier names.
        """
        target = action.target
        kind = OrderKind.JOB if target.proofread is None else OrderKind.RENDER
        key = OrderKey.of(target.mark, formerly, action.facts.newest_failure)
        return cls(action, target, key, kind)

    @property
    def for_session(self) -> bool:
        """Whether a proofread session is ordered, not a job."""
        return self.kind is OrderKind.SESSION

    @property
    def needs_upload(self) -> bool:
        """Whether the order names a file that was uploaded for it."""
        kinds = (MediaKind.FILE, MediaKind.OBJECT)
        return any(media.kind in kinds for media in self.target.media)

    def restart(self, key: OrderKey) -> None:
        """Go on under another key, with nothing held against it."""
        self.key = key
        self.since, self.tries = None, 0

    def relist(self, moment: float) -> None:
        """Wait for a whole listing that is begun at a moment or later."""
        self.ready_at, self.listed_after, self.listed_whole = moment, moment, True

    def failed(self, now: float, answered: int) -> float:
        """Count a failure; return for how many seconds there was nothing else."""
        if self.since is None:
            self.since, self.tries, self.others = now, 0, answered
        self.tries += 1
        return now - self.since


class Orders(Struct, frozen=True):
    """Sends the orders of actions under a key. `assets` are uploads by their SHA-256.

    `linked` gives a target whose sources in buckets are links that open them.
    """

    client: Client
    assets: Mapping[str, str]
    sessions: Mapping[str, LockedSession]
    linked: Callable[[Target], Target] = lambda target: target

    def job(self, action: Order, target: Target, key: OrderKey) -> str:
        """Order a job, by its own or as the render of the target's session; return its id.

        Raises:
            ApiFailure: no usable answer; the work may have been done all the same.
        """
        if target.proofread is None:
            body = create_body(
                self.linked(target), action.facts.title, self.assets, order_mark(action)
            )
            return self.client.create(target.kind, body, str(key))
        session = self.sessions[target.address]
        return self.client.generate(session.proofread_id, generate_body(target), str(key))

    def session(self, action: Order, target: Target, key: OrderKey) -> str:
        """Order a proofread session; return its id.

        Raises:
            ApiFailure: no usable answer; the work may have been done all the same.
        """
        return self.client.propose(session_body(target, action.facts.title, self.assets), str(key))


class Submitter(Struct):
    """Sends orders.

    `dead` are ids known to have failed, to be gone, or to be deleted.
    """

    dead: Collection[str]
    orders: Orders
    random: random.Random = field(default_factory=random.Random)
    _answered: Counter[OrderKind] = field(default_factory=Counter)
    _heard_at: float | None = None
    _unpaid: defaultdict[OrderKind, set[str]] = field(default_factory=lambda: defaultdict(set))

    def submit(self, submission: PendingOrder, moment: SubmitContext) -> Outcome:
        """Send one order; where the answer is a dead job, the next attempt's order at once.

        Raises:
            AccountRefused: the key itself is not accepted.
        """
        send = self.orders.session if submission.for_session else self.orders.job
        passed: set[str] = set()
        while True:
            try:
                job_id = send(submission.action, submission.target, submission.key)
            except ApiError as failure:
                return self._after(failure, submission, moment)
            if job_id in self.dead and job_id not in passed:
                passed.add(job_id)
                submission.restart(submission.key.after(job_id))
                continue
            self._answered[submission.kind] += 1
            self._heard_at = moment.now
            self._unpaid[submission.kind].clear()
            return Accepted(job_id)

    def _after(self, failure: ApiError, submission: PendingOrder, moment: SubmitContext) -> Outcome:
        """Return what a failed order means: nothing of it leads to another key."""
        if failure.from_vendor and failure.status == _NO_KEY:
            raise failure
        kind = submission.kind
        lasted = submission.failed(moment.now, self._answered[kind])
        if failure.code == QUOTA:
            return Refused(failure, kept=True, alone=False)
        if failure.from_vendor and failure.status == _UNPAID:
            return self._unpayable(failure, submission, moment)
        unseen = failure.from_vendor and failure.code == ASSET_UNSEEN
        if unseen and submission.needs_upload and submission.tries <= _UNSEEN_TRIES:
            return RetryLater(_UNSEEN_PAUSE * submission.tries, False, False, failure)
        if failure.denied and kind is not OrderKind.JOB:
            failure.problems = (replace(failure.problems[0], hint=PROOFREADING_HINT),)
        if failure.from_vendor and not failure.passing and failure.status != _IN_FLIGHT:
            return Refused(failure, kept=True, alone=True)
        full = failure.from_vendor and failure.status == _FULL
        kept = failure.from_vendor and failure.status != _IN_FLIGHT
        silent = min(lasted, moment.now - (self._heard_at or 0.0)) >= _ORDER_TIMEOUT
        often = submission.tries >= _TRIES
        if full and moment.held:
            pass  # Places come free as jobs end; what a full account refuses proves nothing.
        elif silent and (often or not full):
            return Refused(failure, kept, alone=False)
        elif lasted >= _ORDER_TIMEOUT and often and not full:
            return Refused(failure, kept, alone=True)
        # The work may be done all the same, and the list show it.
        vague = not failure.from_vendor or (failure.status or 0) >= _SERVER_FAULT
        unheard = vague or failure.status == _IN_FLIGHT
        backoff = self.random.uniform(0, 2.0 ** min(submission.tries, 5))
        paced = full or failure.status == _IN_FLIGHT
        pause = _bounded(failure, _PAUSE_WHEN_FULL if paced else backoff)
        return RetryLater(pause, full, unheard, failure)

    def _unpayable(
        self, failure: ApiError, submission: PendingOrder, moment: SubmitContext
    ) -> Outcome:
        """Stop for want of money, unless only this key says so: it may be an old answer."""
        unpaid = self._unpaid[submission.kind]
        unpaid.add(submission.action.address)
        others_paid = self._answered[submission.kind] > submission.others
        if len(unpaid) > 1 or (moment.last and not others_paid):
            return Refused(failure, kept=True, alone=False)
        if moment.last and submission.tries >= _UNPAID_TRIES:
            return Refused(failure, kept=True, alone=True)
        return RetryLater(_PAUSE_WHEN_FULL, full=False, unheard=False, failure=failure)


def _bounded(failure: ApiError, otherwise: float) -> float:
    if failure.retry_after is None:
        return otherwise
    return min(max(failure.retry_after, _SHORTEST_WAIT), _LONGEST_WAIT)
