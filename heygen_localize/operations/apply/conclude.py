"""What becomes of an order by its answer: it is taken, waits, or comes to nothing."""

from __future__ import annotations

from heygen_localize.core.errors import Diagnostic
from heygen_localize.core.waits import LIST_LAG_SECONDS
from heygen_localize.heygen.errors import ApiError
from heygen_localize.operations.apply.adopt import Adopter
from heygen_localize.operations.apply.context import RunContext
from heygen_localize.operations.apply.pending import (
    Accepted,
    HeldBack,
    OrderKind,
    Outcome,
    PendingOrder,
    Refused,
    RetryLater,
)
from heygen_localize.operations.apply.proofread import ProofreadRunner
from heygen_localize.operations.apply.queue import OrderQueue, Preparer
from heygen_localize.operations.apply.tracker import RunTracker
from heygen_localize.planning.plan import SessionOrder

_NOT_OUR_TURN = 1.0  # until it is asked again whether there is a place, or it is our turn


class Concluder:
    """Takes in what became of orders. Nothing is ordered before `hold_until`.

    That is a moment of the run's clock. `stopped` are the kinds of which nothing is ordered any
    more, with why.
    """

    def __init__(
        self,
        context: RunContext,
        queue: OrderQueue,
        tracker: RunTracker,
        preparer: Preparer,
        proofread: ProofreadRunner,
        adopter: Adopter,
        *,
        retry_refused: bool,
    ) -> None:
        self._clock, self._refusals = context.clock, context.refusals
        self._queue, self._tracker, self._preparer = queue, tracker, preparer
        self._proofread, self._adopter = proofread, adopter
        self._retry_refused = retry_refused
        self.hold_until = 0.0
        self.stopped: dict[OrderKind, ApiError] = {}

    def hold(self) -> None:
        """Order nothing for a moment: somebody else has the turn, or there is no place."""
        self.hold_until = self._clock.monotonic() + _NOT_OUR_TURN

    def conclude(self, item: PendingOrder, outcome: Outcome) -> str | None:
        """Do what an answer means; return the id of the job or session that was taken, if any.

        Raises:
            ApiFailure: the key is not accepted.
            LockfileError: what was paid for cannot be written.
        """
        if isinstance(outcome, Accepted):
            self.take(item, outcome.translation_id)
            return outcome.translation_id
        if isinstance(outcome, RetryLater):
            self._again(item, outcome)
        elif isinstance(outcome, HeldBack):
            self.refuse(item, outcome.problem)
            if outcome.problem is None:
                self.hold()
        else:
            self._come_to_nothing(item, outcome)
        return None

    def take(self, item: PendingOrder, order_id: str) -> None:
        """Take what an order was answered with."""
        self._refusals.answered(item.key)
        self._queue.remove(item)
        self._tracker.queued = len(self._queue)
        if isinstance(item.action, SessionOrder) and item.for_session:
            self._proofread.ordered(item.action, order_id)
        else:
            self._adopter.ordered(item.action, order_id, render=item.kind is OrderKind.RENDER)

    def _again(self, item: PendingOrder, outcome: RetryLater) -> None:
        self._refusals.note(item.key)
        self.put_off(item, outcome)
        self._tracker.note(f"{item.action.address}: asking again: {outcome.failure}")

    def put_off(self, item: PendingOrder, outcome: RetryLater) -> None:
        """Let an order wait, and all of them where the account is full."""
        item.ready_at = self._clock.monotonic() + outcome.seconds
        if outcome.unheard:
            item.listed_after = item.ready_at
        if outcome.full:
            self.hold_until = item.ready_at
            # The refusal may be one kept for this order alone: the others go first.
            self._queue.put_back(item)

    def _come_to_nothing(self, item: PendingOrder, outcome: Refused) -> None:
        """End an order, or all of its kind; or go on under a fresh key where a person asked to."""
        failure = outcome.failure
        problem = self._refusals.told(
            failure.problems[0], item.key, kept=outcome.kept, alone=outcome.alone
        )
        failure.problems = (problem,)
        if self._retry_refused and outcome.kept and item.key.day is None:
            item.refusal = outcome
            item.restart(item.key.past_refusals(self._clock.now()))
            item.relist(self._clock.monotonic() + LIST_LAG_SECONDS)
            message = f"refused again ({failure}); a fresh key follows a listing that lacks it"
            self._tracker.note(f"{item.action.address}: {message}")
            return
        self.give_up(item, outcome)

    def give_up(self, item: PendingOrder, refused: Refused) -> None:
        """End an order, or all of its kind."""
        if refused.alone:
            self.refuse(item, refused.failure.problems[0])
        else:
            self.stop(item.kind, refused.failure)

    def stop(self, kind: OrderKind, failure: ApiError) -> None:
        """Order nothing of a kind any more in this run."""
        for item in (item for item in self._queue if item.kind is kind):
            self._preparer.unrendered(item, failure.problems[0])
        self._queue.stop(kind)
        self.stopped.setdefault(kind, failure)
        self._tracker.note(f"no {kind.value} is ordered in this run any more: {failure}")

    def refuse(self, item: PendingOrder, problem: Diagnostic | None) -> None:
        """End what a target waits for, where there is a problem."""
        if problem is not None:
            self._preparer.unrendered(item, problem)
            self._queue.give_up(item.action.address)
            self._tracker.refused(item.action, problem)
