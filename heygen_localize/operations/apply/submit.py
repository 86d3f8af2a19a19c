"""Ordering one job: what each answer means for the next step. The key stays the same."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Collection

from msgspec import Struct, field
from msgspec.structs import replace

from heygen_localize.core.errors import LocalizeError
from heygen_localize.heygen.errors import ASSET_UNSEEN, PROOFREADING_HINT, QUOTA, ApiError
from heygen_localize.operations.apply.ledger import Ledger
from heygen_localize.operations.apply.pending import (
    Accepted,
    HeldBack,
    OrderKind,
    Orders,
    Outcome,
    PendingOrder,
    Refused,
    RetryLater,
)

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


class SubmitContext(Struct, frozen=True):
    """When an order is sent: by the run's clock, in seconds.

    `last` says that no other order of its kind waits, `held` how many jobs are in
    progress as far as we know.
    """

    now: float
    last: bool
    held: int = 0


class Submitter(Struct):
    """Sends orders.

    `dead` are ids known to have failed, to be gone, or to be deleted. What is sent is in the
    `ledger` before that.
    """

    dead: Collection[str]
    orders: Orders
    random: random.Random = field(default_factory=random.Random)
    ledger: Ledger = field(default_factory=Ledger)
    _answered: Counter[OrderKind] = field(default_factory=Counter)
    _heard_at: float | None = None
    _unpaid: defaultdict[OrderKind, set[str]] = field(default_factory=lambda: defaultdict(set))

    def submit(self, submission: PendingOrder, moment: SubmitContext) -> Outcome:
        """Send one order; where the answer is a dead job, the next attempt's order at once.

        Raises:
            AccountRefused: the key itself is not accepted.
            StateError: a shared state does not take what is to be sent, so it is not.
        """
        passed: set[str] = set()
        while True:
            body = self.orders.body(submission)
            known = self.ledger.intend(submission.sending(body))
            if isinstance(known, HeldBack):
                return known
            submission.unheard = submission.unheard or known
            try:
                job_id = self.orders.send(submission, body)
            except ApiError as failure:
                submission.unheard = submission.unheard or is_unheard(failure)
                self._note_refusal(submission)
                return self.after(failure, submission, moment)
            except LocalizeError:  # Of this machine, before anything went out.
                self._note_refusal(submission)
                raise
            if job_id in self.dead and job_id not in passed:
                passed.add(job_id)
                self.ledger.answered({str(submission.key): job_id})
                submission.restart(submission.key.after(job_id))
                continue
            self.note_answer(submission.kind, moment.now)
            return Accepted(job_id)

    def note_answer(self, kind: OrderKind, now: float) -> None:
        """Take note that orders of a kind are answered, at a moment of the run's clock."""
        self._answered[kind] += 1
        self._heard_at = now
        self._unpaid[kind].clear()

    def _note_refusal(self, submission: PendingOrder) -> None:
        """Let the ledger forget what was refused, unless an answer to it was lost before."""
        if not submission.unheard:
            self.ledger.refused(str(submission.key))

    def after(self, failure: ApiError, submission: PendingOrder, moment: SubmitContext) -> Outcome:
        """Return what a failed order means: nothing of it leads to another key.

        Raises:
            AccountRefused: the key itself is not accepted.
        """
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
        unheard = is_unheard(failure)
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


def is_unheard(failure: ApiError) -> bool:
    """Return whether the work may be done all the same, and the list show it."""
    vague = not failure.from_vendor or (failure.status or 0) >= _SERVER_FAULT
    return vague or failure.status == _IN_FLIGHT


def _bounded(failure: ApiError, otherwise: float) -> float:
    if failure.retry_after is None:
        return otherwise
    return min(max(failure.retry_after, _SHORTEST_WAIT), _LONGEST_WAIT)
