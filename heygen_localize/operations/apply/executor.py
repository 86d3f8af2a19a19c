"""Making a plan true: adopt, retitle, order what fits, follow it to its end.

One thread, one loop: fill the account's free places, wait, look, write down.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from heygen_localize.core.lock import Lock
from heygen_localize.core.model import Listing
from heygen_localize.heygen.errors import ApiError
from heygen_localize.operations.apply.adopt import Adopter
from heygen_localize.operations.apply.conclude import Concluder
from heygen_localize.operations.apply.context import RunContext, RunOptions
from heygen_localize.operations.apply.ledger import SharedLedger, ledger_of
from heygen_localize.operations.apply.listings import AccountListing, SessionListing
from heygen_localize.operations.apply.pending import OrderKind, Orders, PendingOrder
from heygen_localize.operations.apply.poller import Poller
from heygen_localize.operations.apply.proofread import ProofreadRunner
from heygen_localize.operations.apply.queue import OrderQueue, Preparer
from heygen_localize.operations.apply.submit import SubmitContext, Submitter
from heygen_localize.operations.apply.tracker import RunTracker
from heygen_localize.planning.plan import Plan, SessionOrder
from heygen_localize.planning.reasons import SessionStep
from heygen_localize.planning.results import Planned, RunResult
from heygen_localize.system.chance import chance
from heygen_localize.system.signals import Interrupted

_UNLISTED_FOR = 900.0
"""Seconds since the last whole listing after which ordering is given up if none is to be had."""

_LONGEST_SLEEP = 1.0

if TYPE_CHECKING:
    # Only where a state is shared are orders sent together.
    from heygen_localize.operations.apply.bulk import Bulk


class Executor:
    """Carries out one plan, once. `replan` makes a fresh plan from a fresh listing."""

    def __init__(
        self,
        planned: Planned,
        context: RunContext,
        options: RunOptions,
        replan: Callable[[Lock, Listing], Plan],
    ) -> None:
        plan = planned.plan
        self._plan = plan
        self._recorder, self._clock = context.recorder, context.clock
        self._options, self._replan = options, replan
        self._formerly = planned.manifest.formerly
        self._refusals = context.refusals
        self._listing = AccountListing(context.client, planned)
        self._tracker = RunTracker(plan, context, lambda: self._ledger.settle())
        self._sessions = SessionListing(context.client, self._formerly, self._tracker.note)
        ours = {action.job.id for action in plan.of_targets if action.job and not action.idle}
        others = {job.id for job in planned.listing.jobs if job.status.in_progress} - ours
        jitter = chance()
        recorder, linked = context.recorder, context.uploader.linked
        orders = Orders(context.client, recorder.assets, recorder.sessions, linked)
        self._poller = Poller(context.client, context.clock, options.poll_interval, others, jitter)
        self._ledger = ledger_of(context, options, planned, self._listing, self._poller)
        self._submitter = Submitter(self._listing.dead, orders, jitter, self._ledger)
        path = planned.manifest.path
        self._proofread = ProofreadRunner(context, self._tracker, path, options.poll_interval)
        self._preparer = Preparer(context, self._proofread, self._tracker, path)
        self._queue = OrderQueue(
            plan, planned.failed_session, self._proofread.holds, self._formerly
        )
        self._adopter = Adopter(context.client, context.recorder, self._tracker, self._poller)
        self._concluder = Concluder(
            context,
            self._queue,
            self._tracker,
            self._preparer,
            self._proofread,
            self._adopter,
            retry_refused=options.retry_refused,
        )
        self._bulk = self._bulk_of(context, planned)

    def _bulk_of(self, context: RunContext, planned: Planned) -> Bulk | None:
        """Return what sends orders together; None without a shared state, or without orders."""
        if not isinstance(self._ledger, SharedLedger) or not self._queue:
            return None
        # Here, since most projects share no state.
        from heygen_localize.operations.apply.batch_context import BatchContext
        from heygen_localize.operations.apply.bulk import Bulk

        parts = BatchContext(
            context,
            self._options,
            self._ledger,
            self._queue,
            self._submitter,
            self._concluder,
            self._tracker,
        )
        return Bulk(parts, planned.manifest)

    def run(self) -> RunResult:
        """Do what the plan says.

        Raises:
            AccountRefused: the key is not accepted; what was learned is written.
            ApiFailure: nothing was heard from HeyGen for ten minutes.
            LockfileError: the lockfile cannot be written.
            Interrupted: a signal asked to leave; what was learned is written.
        """
        try:
            for action in self._plan.of_targets:
                self._adopter.adopt(action)
                if isinstance(action, SessionOrder) and action.session is SessionStep.AWAIT:
                    self._proofread.follow(action)
            self._tracker.save()
            timed_out = self._loop()
            self._proofread.end()
        except Interrupted as interrupted:
            interrupted.rendering = len(self._tracker.waiting)
            raise
        finally:
            self._tracker.save()
            self._refusals.save()
        items = {item.action.address for item in self._queue} | self._queue.stopped
        left = {name for address in items for name in self._tracker.addresses(address)}
        return RunResult(
            ordered=self._tracker.ordered_jobs,
            sessions=self._tracker.ordered_sessions,
            failures=self._tracker.failures,
            unfinished=tuple(sorted(left.union(self._tracker.waiting, self._proofread.waiting))),
            in_review=tuple(sorted(self._proofread.in_review)),
            timed_out=timed_out,
            stopped=next(iter(self._concluder.stopped.values()), None),
        )

    def _loop(self) -> bool:
        """Go on until nothing is left to do; return whether the time was up before that."""
        wait, timeout = self._options.wait, self._options.timeout
        deadline = None if timeout is None else self._clock.monotonic() + timeout
        while True:
            if self._proofread.waiting and self._clock.monotonic() >= self._proofread.next_at:
                for address in self._proofread.poll():
                    self._queue.give_up(address)
            self._fill()
            orders = len(self._queue) > 0
            if not wait or not (orders or self._poller.waiting or self._proofread.waiting):
                return False
            now = self._clock.monotonic()
            if deadline is not None and now >= deadline:
                return True
            if now >= self._poller.next_at:
                self._poll()
                continue
            self._tracker.save_in_turn()
            self._tracker.wait(queued=len(self._queue))
            self._clock.sleep(max(0.0, min(self._moments(now, deadline, orders)) - now))

    def _moments(self, now: float, deadline: float | None, orders: bool) -> Iterator[float]:
        yield now + _LONGEST_SLEEP
        yield self._poller.next_at
        if self._proofread.waiting:
            yield self._proofread.next_at
        turn = self._queue.next_at(now, self._free_places())
        if orders and turn is not None:
            yield max(self._concluder.hold_until, turn)
        if deadline is not None:
            yield deadline

    def _free_places(self) -> int:
        taken = self._poller.places_held + self._queue.together
        return max(0, self._options.max_concurrent_jobs - taken)

    def _fill(self) -> None:
        """Order what fits into the free places, looking after the others when it is time."""
        while True:
            now = self._clock.monotonic()
            places = self._free_places()
            ready = self._queue.ready(now, places)
            if ready is None or now < self._concluder.hold_until:
                return
            group = (ready,) if self._bulk is None else self._bulk.group(ready, now, places)
            raw = next((item for item in group if not self._preparer.ready(item)), None)
            listed_after = max(item.listed_after for item in group)
            if self._bulk is not None and self._bulk.look(ready):
                continue
            if raw is not None:
                self._concluder.refuse(raw, self._preparer.prepare(raw))
                self._poller.heard()
            elif ready.for_session and self._sessions.is_old(ready.listed_after):
                self._look_for_sessions(now)
            elif self._listing.is_old(now, 0.0 if ready.for_session else listed_after):
                self._list_again(now, None if ready.listed_whole else self._listing.listing)
            elif now >= self._poller.next_at and self._poller.waiting:
                self._poll()
            else:
                with self._ledger.turn() as ours:
                    if ours:
                        self._order(group)
                    else:
                        self._concluder.hold()

    def _list_again(self, now: float, known: Listing | None) -> None:
        """List anew: what another run has ordered meanwhile is adopted, not ordered."""
        before = self._listing.listing
        flaw = self._listing.renew(now, known)
        if flaw is not None:
            self._concluder.hold_until = now + self._options.poll_interval
            if now - self._listing.listed_at >= _UNLISTED_FOR:
                failure = ApiError(f"the account could not be listed: {flaw}")
                for kind in OrderKind:
                    self._concluder.stop(kind, failure)
            else:
                self._tracker.note(f"the account could not be listed, asking again: {flaw}")
            return
        self._submitter.dead = self._listing.dead
        self._ledger.look(self._recorder.lock)
        orders = (item.target for item in self._queue if not item.for_session)
        waiting = {mark.digest for target in orders for mark in target.marks}
        if self._listing.has_news(waiting, before):
            fresh = self._replan(self._recorder.lock, self._listing.listing)
            self._adopter.adopt_news(fresh, self._queue, self._formerly)

    def _look_for_sessions(self, now: float) -> None:
        """Take sessions that are there by now, though no answer to their orders told so."""
        looked = self._sessions.look(
            now, self._queue, self._recorder.sessions, self._submitter.dead
        )
        for item, found in looked:
            if found is not None:
                key = str(item.key)
                self._concluder.take(item, found)
                self._ledger.answered({key: found})
            elif item.refusal is not None:
                self._concluder.give_up(item, item.refusal)

    def _order(self, group: Sequence[PendingOrder]) -> None:
        """Send an order, or several together."""
        first = group[0]
        self._tracker.queued = len(self._queue)
        if self._bulk is not None and (len(group) > 1 or first.batch is not None):
            self._bulk.submit(group)
            return
        moment = SubmitContext(
            now=self._clock.monotonic(),
            last=self._queue.is_last(first),
            held=self._poller.places_held,
        )
        outcome = self._submitter.submit(first, moment)
        key = str(first.key)
        taken = self._concluder.conclude(first, outcome)
        if taken is not None:
            self._ledger.answered({key: taken})

    def _poll(self) -> None:
        polled = self._poller.poll(watch_others=bool(self._queue))
        if polled.failure is not None:
            self._tracker.note(f"its status is not known: {polled.failure}")
        for job_id in polled.running:
            self._tracker.running(job_id)
        for job in polled.ended:
            self._tracker.ended(job)
        for job_id in polled.lost:
            self._tracker.lost(job_id)
        for job_id, failure in polled.denied:
            self._tracker.denied(job_id, failure.problems[0])
        for job_id in self._poller.overdue(self._options.stuck_after):
            self._tracker.stuck(job_id)
        self._tracker.save_in_turn()
