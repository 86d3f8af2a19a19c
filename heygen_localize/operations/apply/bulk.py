"""Orders sent together, where the state is shared: up to a hundred a call, each paid for once.

A batch goes out under a key of its own. As long as nobody knows what became of its orders, they
are asked for under that key alone, in this run or a later one. Once HeyGen has told of all of them,
what it made no job of goes the way of an order that was refused by itself.
"""

from __future__ import annotations

from collections.abc import Sequence

from heygen_localize.core.errors import LocalizeError
from heygen_localize.core.fingerprint import Json
from heygen_localize.core.model import Manifest, Submission
from heygen_localize.core.unanswered import KEY_TRUSTED_SECONDS, Unanswered
from heygen_localize.heygen.batches import MOST_ORDERS
from heygen_localize.heygen.errors import QUOTA, ApiError
from heygen_localize.operations.apply.batch_context import BatchContext
from heygen_localize.operations.apply.batch_look import BatchLook
from heygen_localize.operations.apply.open_batches import OpenBatch, OpenBatches
from heygen_localize.operations.apply.pending import (
    HeldBack,
    OrderKind,
    PendingOrder,
    RetryLater,
)
from heygen_localize.operations.apply.submit import is_unheard
from heygen_localize.planning.unanswered import unanswered_problem
from heygen_localize.project.state.orders import Full
from heygen_localize.system.files import step

_INVALID, _NO_KEY, _UNPAID, _TOO_LARGE, _FULL = 400, 401, 402, 413, 429

_THROTTLED = 3
"""After so many refusals in a row for want of places, a batch's orders go one by one."""


class Bulk:
    """Sends orders together, where the manifest asks for it, and goes on with those of before."""

    def __init__(self, context: BatchContext, manifest: Manifest) -> None:
        self._client, self._ledger = context.run.client, context.ledger
        self._queue, self._submitter = context.queue, context.submitter
        self._concluder, self._tracker = context.concluder, context.tracker
        self._most = MOST_ORDERS if manifest.submission is Submission.BATCH else 1
        self._throttled = 0
        self._batches = OpenBatches(context.ledger, context.queue)
        names = (manifest.project, *manifest.formerly)
        self._look = BatchLook(context, self._batches, names)

    def group(self, first: PendingOrder, now: float, places: int) -> tuple[PendingOrder, ...]:
        """Return the orders that go out with one: those of its batch, or of a new one."""
        if first.batch is not None:
            return self._queue.members(first.batch)
        most, found = min(self._most, places), dict[str, PendingOrder]()
        if most < 2 or not _joins(first, first):
            return (first,)
        for item in self._queue.every_ready(now, places):
            if _joins(item, first):
                found.setdefault(item.key.mark.digest, item)
                if len(found) == most:
                    break
        return tuple(found.values())

    def look(self, first: PendingOrder) -> bool:
        """Find out what became of the batch that an order is out in, where HeyGen has taken it.

        Return whether it has.

        Raises:
            ApiFailure: the key is not accepted.
            LockfileError: what was paid for cannot be written.
        """
        opened = self._batches.of(first)
        if opened is None or opened.batch_id is None:
            return False
        self._look.look(opened, first)
        return True

    def submit(self, group: Sequence[PendingOrder]) -> None:
        """Send orders together, as many as there are places for.

        Raises:
            AccountRefused: the key itself is not accepted.
            StateError: a shared state does not take what is to be sent, so it is not.
        """
        opened = self._batches.of(group[0])
        keys = {str(item.key) if opened is None else opened.key_of(item): item for item in group}
        bodies = {key: self._submitter.orders.body(item) for key, item in keys.items()}
        intents = [
            self._ledger.intent(item.sending(bodies[key]), key) for key, item in keys.items()
        ]
        batch, places = None if opened is None else opened.key, self._ledger.places()
        stored = self._batches.stored.intend(intents, batch, places, KEY_TRUSTED_SECONDS)
        if isinstance(stored, Full):
            self._concluder.conclude(group[0], self._ledger.full(stored))
            return
        for key, lost in stored.apart.items():
            self._go_apart(keys[key], lost, batch)
        sent = {key: keys[key] for key in stored.keys}
        if not sent:
            return
        if opened is None:
            opened = self._batches.add(stored.key, sent)
        opened.sizes = stored.sizes
        self._send(opened, tuple(sent.values()), [bodies[key] for key in sent])

    def _go_apart(self, item: PendingOrder, lost: Unanswered, batch: str | None) -> None:
        """Find the way of an order that cannot go out with the others: it was sent before."""
        if lost.age > KEY_TRUSTED_SECONDS or (lost.batch is not None and lost.batch == batch):
            problem = unanswered_problem(item.action.address, lost)
            self._concluder.conclude(item, HeldBack(problem))
        else:
            self._batches.rejoin(item, lost)

    def _send(
        self,
        opened: OpenBatch,
        sent: Sequence[PendingOrder],
        bodies: Sequence[dict[str, Json]],
    ) -> None:
        create, kind = self._client.batches.create, sent[0].target.kind
        try:
            batch_id = create(kind, bodies, opened.key)
        except ApiError as failure:
            opened.unheard = opened.unheard or is_unheard(failure)
            self._forget_refused(opened)
            self._refused(opened, sent, failure)
            return
        except LocalizeError:  # Of this machine, before anything went out.
            self._forget_refused(opened)
            raise
        step("batch.answered")
        self._batches.stored.named(opened.key, batch_id)
        opened.batch_id, self._throttled = batch_id, 0
        self._submitter.note_answer(OrderKind.JOB, self._look.moment().now)

    def _forget_refused(self, opened: OpenBatch) -> None:
        """Forget a batch of which nothing was made, unless an answer to it was lost before."""
        if not opened.unheard:
            self._batches.stored.refused(opened.key, tuple(opened.orders.values()))
            self._batches.close(opened)

    def _refused(self, opened: OpenBatch, sent: Sequence[PendingOrder], failure: ApiError) -> None:
        """Decide how orders go on whose batch was refused, or was not answered."""
        told = f"a batch of {len(sent)} orders"
        if not opened.unheard and self._goes_singly(failure, len(sent)):
            # What of it is at fault is not said: by itself, each is told its own.
            # By itself it has another key: if HeyGen made jobs all the same, the list tells.
            self._tracker.note(f"{told} is sent one by one: {failure}")
            now = self._look.moment().now
            for item in sent:
                item.alone, item.listed_after = True, now
            return
        outcome = self._submitter.after(failure, sent[0], self._look.moment(len(sent)))
        if isinstance(outcome, RetryLater):
            self._tracker.note(f"{told}: asking again: {failure}")
            for item in sent:
                self._concluder.put_off(item, outcome)
            return
        self._look.conclude({item.action.address: (item, outcome) for item in sent})

    def _goes_singly(self, failure: ApiError, count: int) -> bool:
        """Return whether the orders of a batch that was refused go one by one; learn from it."""
        if failure.status == _NO_KEY or failure.code == QUOTA:
            return False
        full = failure.status == _FULL
        self._throttled = self._throttled + 1 if full else 0
        if full and self._throttled < _THROTTLED:
            return False
        self._throttled = 0
        if full or failure.status == _TOO_LARGE:
            self._most = max(1, count // 2)
        elif failure.status not in (_INVALID, _UNPAID):
            self._most = 1  # Batches as such are refused.
        return True


def _joins(item: PendingOrder, first: PendingOrder) -> bool:
    """Return whether an order may be sent in one batch with another, or begin one."""
    return (
        item.kind is OrderKind.JOB
        and item.target.kind is first.target.kind
        and item.batch is None
        and not item.alone
        and not item.unheard
        and item.key.day is None
    )
