"""Making a plan true: adopt, retitle, order what fits, follow it to its end.

One thread, one loop: fill the account's free places, wait, look, write down.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import replace

from heygen_localize.actions import Plan, SessionStep
from heygen_localize.errors import Problem
from heygen_localize.executor.interruption import Interrupted
from heygen_localize.executor.ledger import Ledger
from heygen_localize.executor.orders import Orders
from heygen_localize.executor.polling import Poller
from heygen_localize.executor.preparing import Preparer
from heygen_localize.executor.queue import OrderQueue
from heygen_localize.executor.reviews import Reviewer
from heygen_localize.executor.settling import Settler
from heygen_localize.executor.submission import (
    Doubtful,
    Later,
    Moment,
    Ordered,
    Refused,
    Stop,
    Submission,
    Submitter,
)
from heygen_localize.executor.tools import RunOptions, Tools
from heygen_localize.executor.view import View
from heygen_localize.lock import Lock
from heygen_localize.model import Job, JobStatus, Listing
from heygen_localize.outcome import Planned, RunResult
from heygen_localize.refusal import ApiFailure

_UNLISTED_FOR = 600.0
"""Seconds without a whole listing where one is needed, after which ordering is given up."""

_LONGEST_SLEEP = 1.0


class Executor:
    """Carries out one plan, once. `replan` makes a fresh plan from a fresh listing."""

    def __init__(
        self,
        planned: Planned,
        tools: Tools,
        options: RunOptions,
        replan: Callable[[Lock, Listing], Plan],
    ) -> None:
        plan = planned.plan
        self._plan = plan
        self._client, self._book, self._clock = tools.client, tools.book, tools.clock
        self._options = options
        self._replan = replan
        self._view = View(tools.client, planned)
        self._ledger = Ledger(plan, tools.book, tools.watcher, tools.interruption.shielded)
        self._hold_until = planned.listed_at
        self._stopped: ApiFailure | None = None
        ours = {action.job.id for action in plan.actions if action.job and not action.idle}
        others = {job.id for job in planned.listing.jobs if job.status.in_progress} - ours
        jitter = random.Random()  # noqa: S311 - spreads requests, guards nothing
        orders = Orders(tools.client, tools.book.assets, tools.book.sessions)
        self._submitter = Submitter(tools.client, self._view.dead, jitter, orders)
        self._poller = Poller(tools.client, tools.clock, options.poll_interval, others, jitter)
        interval = options.poll_interval
        self._reviewer = Reviewer(tools, self._ledger, planned.manifest.path, interval)
        self._preparer = Preparer(tools.uploader, self._reviewer, self._ledger)
        self._queue = OrderQueue(plan, tools.book.sessions.get, self._reviewer.holds)
        self._settler = Settler(tools.client, tools.book, self._ledger, self._poller)

    def run(self) -> RunResult:
        """Do what the plan says.

        Raises:
            AccountRefused: the key is not accepted; what was learned is written.
            ApiFailure: nothing was heard from the vendor for ten minutes.
            LockfileError: the lockfile cannot be written.
            Interrupted: a signal asked to leave; what was learned is written.
        """
        try:
            for action in self._plan.actions:
                self._settler.settle(action)
                if action.session is SessionStep.AWAIT:
                    self._reviewer.follow(action)
            self._ledger.save()
            timed_out = self._loop()
        except Interrupted as interrupted:
            interrupted.rendering = len(self._ledger.waiting)
            raise
        finally:
            self._ledger.save()
        left = {name for item in self._queue for name in self._ledger.addresses(item.action)}
        return RunResult(
            ordered=self._ledger.ordered_jobs,
            failures=self._ledger.failures,
            unfinished=tuple(sorted(left.union(self._ledger.waiting, self._reviewer.waiting))),
            in_review=tuple(sorted(self._reviewer.in_review)),
            timed_out=timed_out,
            stopped=self._stopped,
        )

    def _loop(self) -> bool:
        """Go on until nothing is left to do; tell whether the time was up before that."""
        wait, timeout = self._options.wait, self._options.timeout
        deadline = None if timeout is None else self._clock.monotonic() + timeout
        while True:
            if self._reviewer.waiting and self._clock.monotonic() >= self._reviewer.next_at:
                self._review()
            self._fill()
            orders = bool(self._queue) and self._stopped is None
            if not wait or not (orders or self._poller.waiting or self._reviewer.waiting):
                return False
            now = self._clock.monotonic()
            if deadline is not None and now >= deadline:
                return True
            if now >= self._poller.next_at:
                self._poll()
                continue
            self._clock.sleep(max(0.0, min(self._moments(now, deadline, orders)) - now))

    def _moments(self, now: float, deadline: float | None, orders: bool) -> Iterator[float]:
        """Give the moments at which there is something to do again."""
        yield now + _LONGEST_SLEEP
        yield self._poller.next_at
        if self._reviewer.waiting:
            yield self._reviewer.next_at
        turn = self._queue.next_at(self._free_places())
        if orders and turn is not None:
            yield max(self._hold_until, turn)
        if deadline is not None:
            yield deadline

    def _review(self) -> None:
        for address in self._reviewer.poll():
            self._queue.give_up(address)

    def _free_places(self) -> int:
        return max(0, self._options.max_concurrent_jobs - self._poller.places_held)

    def _fill(self) -> None:
        """Order what fits into the free places, looking after the others when it is time."""
        while self._stopped is None:
            now = self._clock.monotonic()
            ready = self._queue.ready(now, self._free_places())
            if ready is None or now < self._hold_until:
                return
            if ready.doubt is not None:
                self._resolve(ready, ready.doubt)
            elif not self._preparer.ready(ready):
                self._refuse(ready, self._preparer.prepare(ready))
                self._poller.heard()
            elif self._view.is_old(now):
                self._list_again(now, self._view.listing)
            elif self._poller.waiting and now >= self._poller.next_at:
                self._poll()
            else:
                self._submit(ready)

    def _list_again(self, now: float, known: Listing | None) -> bool:
        """List anew: what another run has ordered meanwhile is adopted, not ordered."""
        flaw = self._view.renew(now, known)
        if flaw is not None:
            self._hold_until = now + self._options.poll_interval
            if self._view.unlisted_for(now) >= _UNLISTED_FOR:
                self._stop(ApiFailure(f"the account could not be listed: {flaw}"))
            else:
                self._ledger.note(f"the account could not be listed, asking again: {flaw}")
            return False
        listing = self._view.listing
        self._submitter.dead = self._view.dead
        fresh = self._replan(self._book.lock, listing)
        actions = {action.address: action for action in fresh.actions}
        for item in self._queue:
            if item.for_session:
                continue
            action = actions[item.action.address]
            if not action.costs:
                self._queue.give_up(item.action.address)
                for address in self._ledger.addresses(item.action):
                    self._settler.settle(replace(actions[address], moved_from=None))
            elif action.newest_failure != item.action.newest_failure:
                item.action = replace(action, session=item.action.session)
                item.restart(Submission.of(action).chain)
        return True

    def _resolve(self, item: Submission, doubt: Doubtful) -> None:
        """Settle by a full listing whether a job exists that its order was refused for."""
        if item.for_session:
            # No list shows sessions, so nothing proves that another key is safe.
            self._refuse(item, doubt.failure.problems[0])
            return
        if not self._list_again(self._clock.monotonic(), None):
            return
        if item not in self._queue or item.doubt is None:
            return  # the job exists; or one has failed since, and its first key comes next
        full = not self._submitter.has_room(self._view.in_progress)
        if doubt.failure.status == 429 and full:
            # The account is full, of jobs that we did not know of: nothing is proven.
            item.doubt, item.ready_at = None, self._clock.monotonic() + self._options.poll_interval
        elif doubt.replayed:
            item.restart(item.chain.past_refusal())
        else:
            self._stop(doubt.failure)

    def _stop(self, failure: ApiFailure) -> None:
        self._stopped = failure
        self._ledger.note(f"nothing more is ordered in this run: {failure}")

    def _submit(self, item: Submission) -> None:
        self._ledger.queued = len(self._queue)
        moment = Moment(
            now=self._clock.monotonic(),
            # A render that waits for this very session is no other order.
            last=all(other.action.address == item.action.address for other in self._queue),
            held=self._poller.places_held,
        )
        outcome = self._submitter.submit(item, moment)
        if isinstance(outcome, Later):
            item.ready_at = self._clock.monotonic() + outcome.seconds
            if outcome.full:
                self._hold_until = item.ready_at
                # The refusal may be one kept for this order alone: the others go first.
                self._queue.put_back(item)
            self._ledger.note(f"{item.action.address}: asking again: {outcome.failure}")
            return
        if isinstance(outcome, Stop):
            self._stop(outcome.failure)
            return
        if isinstance(outcome, Doubtful):
            item.doubt, item.ready_at = outcome, self._clock.monotonic() + outcome.seconds
            return
        self._queue.remove(item)
        self._ledger.queued = len(self._queue)
        if isinstance(outcome, Ordered) and item.for_session:
            self._reviewer.ordered(item.action, outcome.translation_id)
        elif isinstance(outcome, Ordered):
            job = Job(outcome.translation_id, JobStatus.PENDING, title=item.action.title)
            self._ledger.ordered(item.action, job)
            self._poller.follow(job.id, job.status)
        elif isinstance(outcome, Refused):
            self._refuse(item, outcome.problem)

    def _refuse(self, item: Submission, problem: Problem | None) -> None:
        """Give a target up in this run, where there is a reason to."""
        if problem is not None:
            self._queue.give_up(item.action.address)
            self._ledger.refused(item.action, problem)

    def _poll(self) -> None:
        polled = self._poller.poll(watch_others=bool(self._queue))
        if polled.failure is not None:
            self._ledger.note(f"no news this time: {polled.failure}")
        else:
            self._submitter.saw(self._poller.places_held)
        for job_id in polled.running:
            self._ledger.running(job_id)
        for job in polled.ended:
            self._ledger.ended(job)
        for job_id in polled.lost:
            self._ledger.lost(job_id)
        for job_id in self._poller.overdue(self._options.stuck_after):
            self._ledger.stuck(job_id)
        if polled.ended:
            self._ledger.save()
