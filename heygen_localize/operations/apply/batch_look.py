"""What became of orders that were sent together: asked of HeyGen, order by order."""

from __future__ import annotations

from collections.abc import Mapping

from heygen_localize.core.model import Job
from heygen_localize.heygen.batches import BatchItems
from heygen_localize.heygen.errors import ApiError
from heygen_localize.heygen.listing import PAGE_SIZE
from heygen_localize.operations.apply.batch_answer import Answer, answer_of
from heygen_localize.operations.apply.batch_context import BatchContext
from heygen_localize.operations.apply.open_batches import OpenBatch, OpenBatches
from heygen_localize.operations.apply.pending import HeldBack, Outcome, PendingOrder, Refused
from heygen_localize.operations.apply.submit import SubmitContext
from heygen_localize.planning.unanswered import unanswered_problem

_FEW = 8
"""So many jobs of a batch are asked for one by one, where the list does not show them yet."""

_NEWEST = 2
"""Looks at first that read no more of the list than what was just made takes."""

_LOOK_TIMEOUT = 300.0
"""Seconds after which it is not asked any more what became of a batch, in this run."""

_LOOKS = 8
_LONGEST_PAUSE = 30.0


class BatchLook:
    """Finds out what became of batches. `projects` are the names whose marks are ours."""

    def __init__(
        self, context: BatchContext, batches: OpenBatches, projects: tuple[str, ...]
    ) -> None:
        self._client, self._clock = context.run.client, context.run.clock
        self._options, self._ledger, self._queue = context.options, context.ledger, context.queue
        self._submitter, self._concluder = context.submitter, context.concluder
        self._tracker = context.tracker
        self._batches, self._projects = batches, projects

    def moment(self, count: int = 1) -> SubmitContext:
        """Return when `count` orders go out, or are answered."""
        held = self._ledger.places_held + self._queue.together
        return SubmitContext(self._clock.monotonic(), len(self._queue) <= count, held)

    def conclude(self, outcomes: Mapping[str, tuple[PendingOrder, Outcome]]) -> None:
        """Conclude orders one after another; one may end others of its kind."""
        for item, outcome in outcomes.values():
            if item in self._queue:
                self._concluder.conclude(item, outcome)

    def look(self, opened: OpenBatch, first: PendingOrder) -> None:
        """Ask what became of a batch that an order is out in, and take what there is.

        Raises:
            ApiFailure: the key is not accepted.
            LockfileError: what was paid for cannot be written.
        """
        try:
            answer = self._answer(opened, first)
        except ApiError as failure:
            if failure.unauthorized:
                raise
            answer = Answer({}, unclear=str(failure))
        members = {opened.digest(item): item for item in self._batches.members(opened)}
        self._take(opened, answer, members)
        self._take_refusals(opened, answer, members)
        rest = self._batches.members(opened)
        if not answer.queued and answer.unclear is None:
            self._batches.close(opened)
            self._hold_back(opened, rest)
        elif rest:
            self._look_again(opened, answer, rest)

    def _answer(self, opened: OpenBatch, first: PendingOrder) -> Answer:
        told = self._client.batches.items(first.target.kind, opened.batch_id or "")
        if told is None:
            return Answer({}, unclear="HeyGen does not know the batch that it has taken")
        jobs = self._jobs(told, opened.looks)
        orders, dead = tuple(opened.orders), self._submitter.dead
        return answer_of(orders, opened.sizes, told, jobs, self._projects, dead)

    def _jobs(self, told: BatchItems, looks: int) -> dict[str, Job]:
        """Read the jobs of a batch: through the list, and a few of those that are missing there."""
        ids = [item.job_id for item in told.items if item.job_id is not None]
        pages = None if looks >= _NEWEST else 1 + len(ids) // PAGE_SIZE
        jobs = self._client.recent(ids, pages)
        for name in [name for name in ids if name not in jobs][:_FEW]:
            job = self._client.job(name)
            if job is not None:
                jobs[name] = job
        return jobs

    def _take(self, opened: OpenBatch, answer: Answer, members: Mapping[str, PendingOrder]) -> None:
        """Write down the jobs that there are; one that came to nothing before leads on."""
        answered: dict[str, str] = {}
        for digest, job_id in answer.made.items():
            item = members.get(digest)
            if item is None:
                continue  # It is not wanted now; the list will tell of it.
            if job_id in self._submitter.dead:
                self._queue.leave(item)
                item.alone = True
                if item.key.previous != job_id:
                    item.restart(item.key.after(job_id))
            else:
                self._concluder.take(item, job_id)
            answered[opened.orders[digest]] = job_id
        self._ledger.answered(answered)

    def _take_refusals(
        self, opened: OpenBatch, answer: Answer, members: Mapping[str, PendingOrder]
    ) -> None:
        """Let go of the orders that no job was made of: each was refused by itself."""
        self._ledger.orders.close([opened.orders[name] for name in answer.not_made], "refused")
        outcomes: dict[str, tuple[PendingOrder, Outcome]] = {}
        for digest, failure in answer.not_made.items():
            item = members.get(digest)
            if item is None:
                continue
            self._queue.leave(item)
            if failure is not None:
                item.alone = True
                outcome = self._submitter.after(failure, item, self.moment())
                outcomes[item.action.address] = (item, outcome)
        self.conclude(outcomes)

    def _look_again(
        self, opened: OpenBatch, answer: Answer, rest: tuple[PendingOrder, ...]
    ) -> None:
        """Ask again in a moment; not without end, even if HeyGen is still to make jobs."""
        now = self._clock.monotonic()
        opened.since = now if opened.since is None else opened.since
        opened.looks += 1
        lasted = now - opened.since
        if answer.queued and lasted >= self._options.stuck_after:
            self._batches.close(opened)
            self._hold_back(opened, rest)
            return
        if not answer.queued and lasted >= _LOOK_TIMEOUT and opened.looks >= _LOOKS:
            self._batches.close(opened)
            failure = ApiError(f"what became of a batch is not known: {answer.unclear}")
            refused = Refused(failure, kept=False, alone=True)
            self.conclude({item.action.address: (item, refused) for item in rest})
            return
        if answer.queued:
            self._batches.stored.queued([opened.key_of(item) for item in rest])
        if answer.unclear is not None:
            self._tracker.note(f"a batch of {len(opened.orders)} orders: {answer.unclear}")
        pause = min(2.0 ** (opened.looks - 1), _LONGEST_PAUSE)
        for item in rest:
            item.ready_at = now + pause

    def _hold_back(self, opened: OpenBatch, rest: tuple[PendingOrder, ...]) -> None:
        """Tell of orders that nobody knows of: they may be paid for, and are not sent again."""
        if not rest:
            return
        lost = {order.key: order for order in self._ledger.orders.unanswered()}
        for item in rest:
            order = lost.get(opened.key_of(item))
            if order is not None:
                problem = unanswered_problem(item.action.address, order)
                self._concluder.conclude(item, HeldBack(problem))
