"""Making a plan true: adopt, retitle, order what fits, follow it to its end.

One thread, one loop: fill the account's free places, wait, look, write down.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

from heygen_localize.core.errors import Diagnostic
from heygen_localize.core.lock import Lock
from heygen_localize.core.model import Listing
from heygen_localize.core.waits import LIST_LAG_SECONDS
from heygen_localize.heygen.errors import ApiError
from heygen_localize.operations.apply.adopt import Adopter
from heygen_localize.operations.apply.context import RunContext, RunOptions
from heygen_localize.operations.apply.ledger import ledger_of
from heygen_localize.operations.apply.listings import AccountListing, SessionListing
from heygen_localize.operations.apply.pending import (
    HeldBack,
    OrderKind,
    Orders,
    PendingOrder,
    Refused,
    RetryLater,
)
from heygen_localize.operations.apply.poller import Poller
from heygen_localize.operations.apply.proofread import ProofreadRunner
from heygen_localize.operations.apply.queue import OrderQueue, Preparer
from heygen_localize.operations.apply.submit import SubmitContext, Submitter
from heygen_localize.operations.apply.tracker import RunTracker
from heygen_localize.planning.plan import Plan, SessionOrder
from heygen_localize.planning.reasons import SessionStep
from heygen_localize.planning.results import Planned, RunResult
from heygen_localize.system.signals import Interrupted

_UNLISTED_FOR = 900.0
"""Seconds since the last whole listing after which ordering is given up if none is to be had."""

_LONGEST_SLEEP = 1.0

_NOT_OUR_TURN = 1.0  # until it is asked again whether there is a place, or it is our turn


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
        self._hold_until = planned.listed_at
        self._stopped: dict[OrderKind, ApiError] = {}
        ours = {action.job.id for action in plan.of_targets if action.job and not action.idle}
        others = {job.id for job in planned.listing.jobs if job.status.in_progress} - ours
        jitter = random.Random()  # noqa: S311 - spreads requests, guards nothing
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
            stopped=next(iter(self._stopped.values()), None),
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
            yield max(self._hold_until, turn)
        if deadline is not None:
            yield deadline

    def _free_places(self) -> int:
        return max(0, self._options.max_concurrent_jobs - self._poller.places_held)

    def _fill(self) -> None:
        """Order what fits into the free places, looking after the others when it is time."""
        while True:
            now = self._clock.monotonic()
            ready = self._queue.ready(now, self._free_places())
            if ready is None or now < self._hold_until:
                return
            if not self._preparer.ready(ready):
                self._refuse(ready, self._preparer.prepare(ready))
                self._poller.heard()
            elif ready.for_session and self._sessions.is_old(ready.listed_after):
                self._look_for_sessions(now)
            elif self._listing.is_old(now, 0.0 if ready.for_session else ready.listed_after):
                self._list_again(now, None if ready.listed_whole else self._listing.listing)
            elif now >= self._poller.next_at and self._poller.waiting:
                self._poll()
            else:
                with self._ledger.turn() as ours:
                    if ours:
                        self._submit(ready)
                    else:
                        self._hold_until = self._clock.monotonic() + _NOT_OUR_TURN

    def _list_again(self, now: float, known: Listing | None) -> None:
        """List anew: what another run has ordered meanwhile is adopted, not ordered."""
        before = self._listing.listing
        flaw = self._listing.renew(now, known)
        if flaw is not None:
            self._hold_until = now + self._options.poll_interval
            if now - self._listing.listed_at >= _UNLISTED_FOR:
                failure = ApiError(f"the account could not be listed: {flaw}")
                for kind in OrderKind:
                    self._stop(kind, failure)
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
                self._take(item, found)
                self._ledger.answered(key, found)
            elif item.refusal is not None:
                self._give_up(item, item.refusal)

    def _stop(self, kind: OrderKind, failure: ApiError) -> None:
        for item in (item for item in self._queue if item.kind is kind):
            self._preparer.unrendered(item, failure.problems[0])
        self._queue.stop(kind)
        self._stopped.setdefault(kind, failure)
        self._tracker.note(f"no {kind.value} is ordered in this run any more: {failure}")

    def _submit(self, item: PendingOrder) -> None:
        self._tracker.queued = len(self._queue)
        moment = SubmitContext(
            now=self._clock.monotonic(),
            last=self._queue.is_last(item),
            held=self._poller.places_held,
        )
        outcome = self._submitter.submit(item, moment)
        if isinstance(outcome, RetryLater):
            self._refusals.note(item.key)
            item.ready_at = self._clock.monotonic() + outcome.seconds
            if outcome.unheard:
                item.listed_after = item.ready_at
            if outcome.full:
                self._hold_until = item.ready_at
                # The refusal may be one kept for this order alone: the others go first.
                self._queue.put_back(item)
            self._tracker.note(f"{item.action.address}: asking again: {outcome.failure}")
            return
        if isinstance(outcome, Refused):
            self._come_to_nothing(item, outcome)
            return
        if isinstance(outcome, HeldBack):
            self._refuse(item, outcome.problem)
            if outcome.problem is None:
                self._hold_until = self._clock.monotonic() + _NOT_OUR_TURN
            return
        self._refusals.answered(item.key)
        key = str(item.key)
        self._take(item, outcome.translation_id)
        self._ledger.answered(key, outcome.translation_id)

    def _take(self, item: PendingOrder, order_id: str) -> None:
        self._queue.remove(item)
        self._tracker.queued = len(self._queue)
        if isinstance(item.action, SessionOrder) and item.for_session:
            self._proofread.ordered(item.action, order_id)
        else:
            self._adopter.ordered(item.action, order_id, render=item.kind is OrderKind.RENDER)

    def _come_to_nothing(self, item: PendingOrder, outcome: Refused) -> None:
        """End an order, or all of its kind; or go on under a fresh key where a person asked to."""
        failure = outcome.failure
        problem = self._refusals.told(
            failure.problems[0], item.key, kept=outcome.kept, alone=outcome.alone
        )
        failure.problems = (problem,)
        if self._options.retry_refused and outcome.kept and item.key.day is None:
            item.refusal = outcome
            item.restart(item.key.past_refusals(self._clock.now()))
            item.relist(self._clock.monotonic() + LIST_LAG_SECONDS)
            message = f"refused again ({failure}); a fresh key follows a listing that lacks it"
            self._tracker.note(f"{item.action.address}: {message}")
            return
        self._give_up(item, outcome)

    def _give_up(self, item: PendingOrder, refused: Refused) -> None:
        if refused.alone:
            self._refuse(item, refused.failure.problems[0])
        else:
            self._stop(item.kind, refused.failure)

    def _refuse(self, item: PendingOrder, problem: Diagnostic | None) -> None:
        if problem is not None:
            self._preparer.unrendered(item, problem)
            self._queue.give_up(item.action.address)
            self._tracker.refused(item.action, problem)

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
