"""Making a plan true: adopt, retitle, order what fits, follow it to its end.

One thread, one loop: fill the account's free places, wait, look, write down.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace

from heygen_localize.client import Client
from heygen_localize.clock import Clock
from heygen_localize.executor.book import LockBook
from heygen_localize.executor.events import EventKind, Watcher
from heygen_localize.executor.ledger import Ledger
from heygen_localize.executor.polling import Poller
from heygen_localize.executor.submission import Later, Ordered, Refused, Stop, Submission, Submitter
from heygen_localize.failures import refused, unmet
from heygen_localize.lock import Lock
from heygen_localize.model import Job, JobStatus, Listing
from heygen_localize.outcome import Planned, RunResult
from heygen_localize.plan import Action, ActionKind, Plan, Reason
from heygen_localize.transport import ApiFailure

_LISTING_HOLDS = 300.0
"""Seconds after which no order is placed on a listing (docs/design.md, "Applying")."""

_LONGEST_SLEEP = 1.0
_ADOPTING = frozenset({ActionKind.ADOPT, ActionKind.RECORD, ActionKind.WAIT})


@dataclass(frozen=True)
class RunOptions:
    """How a run goes. `timeout` and `poll_interval` in seconds."""

    max_concurrent_jobs: int = 10
    poll_interval: float = 10.0
    wait: bool = True
    timeout: float | None = None


@dataclass(frozen=True)
class Tools:
    """What a run works with."""

    client: Client
    book: LockBook
    clock: Clock
    watcher: Watcher


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
        self._listing, self._listed_at = planned.listing, planned.listed_at
        self._ledger = Ledger(plan, tools.book, tools.watcher)
        self._queue = [Submission.of(action) for action in plan.costly]
        self._hold_until = planned.listed_at
        self._stopped: ApiFailure | None = None
        ours = {action.job.id for action in plan.actions if action.job is not None}
        others = {job.id for job in planned.listing.jobs if job.status.in_progress} - ours
        jitter = random.Random()  # noqa: S311 - spreads requests, guards nothing
        self._submitter = Submitter(tools.client, _dead(planned.listing), jitter)
        self._poller = Poller(tools.client, tools.clock, options.poll_interval, others, jitter)

    def run(self) -> RunResult:
        """Do what the plan says.

        Raises:
            AccountRefused: the key is not accepted; what was learned is written.
            ApiFailure: nothing was heard from the vendor for ten minutes.
            LockfileError: the lockfile cannot be written.
        """
        try:
            for action in self._plan.actions:
                self._settle(action)
            self._book.save()
            timed_out = self._loop()
        finally:
            self._book.save()
        left = {name for item in self._queue for name in self._ledger.addresses(item.action)}
        return RunResult(
            ordered=self._ledger.ordered_jobs,
            failures=self._ledger.failures,
            unfinished=tuple(sorted(left | set(self._ledger.waiting))),
            timed_out=timed_out,
            stopped=self._stopped,
        )

    def _settle(self, action: Action) -> None:
        """Do what costs nothing: moves, adoptions, new states, titles; say what is unmet."""
        if action.moved_from is not None:
            self._book.move(action.moved_from, action.address)
        if action.costs or action.shares is not None:
            return
        job = action.job
        if job is not None and (action.kind in _ADOPTING or action.records):
            self._ledger.adopted(action, job)
            if job.status.in_progress or (job.status.live and not job.outputs.reachable):
                self._follow(action.address, job)
            if action.kind is ActionKind.ADOPT:
                self._ledger.tell(EventKind.ADOPTED, action.address, job.id)
        if job is not None and action.retitle is not None:
            self._retitle(action, job.id, action.retitle)
        if action.kind in (ActionKind.BLOCKED, ActionKind.GONE):
            self._ledger.fail(unmet(action))
        if action.reason is Reason.STUCK:
            self._ledger.tell(EventKind.STUCK, action.address, action.translation_id)

    def _follow(self, address: str, job: Job) -> None:
        self._ledger.follow(address, job)
        self._poller.follow(job.id, job.status)

    def _retitle(self, action: Action, job_id: str, title: str) -> None:
        try:
            self._client.retitle(job_id, title)
        except ApiFailure as failure:
            if failure.unauthorized:
                raise
            self._ledger.fail(refused(action, failure.problems[0]))
            return
        self._ledger.retitled(action, job_id, title)

    def _loop(self) -> bool:
        """Go on until nothing is left to do; tell whether the time was up before that."""
        wait, timeout = self._options.wait, self._options.timeout
        deadline = None if timeout is None else self._clock.monotonic() + timeout
        while True:
            self._fill()
            orders = bool(self._queue) and self._stopped is None
            if not wait or not (orders or self._poller.waiting):
                return False
            now = self._clock.monotonic()
            if deadline is not None and now >= deadline:
                return True
            if now >= self._poller.next_at:
                self._poll()
                continue
            moments = [self._poller.next_at, now + _LONGEST_SLEEP]
            if orders and self._free_places() > 0:
                moments.append(max(self._hold_until, min(item.ready_at for item in self._queue)))
            if deadline is not None:
                moments.append(deadline)
            self._clock.sleep(max(0.0, min(moments) - now))

    def _free_places(self) -> int:
        return self._options.max_concurrent_jobs - self._poller.places_held

    def _fill(self) -> None:
        """Order what fits into the free places, looking after the others when it is time."""
        while self._stopped is None and self._free_places() > 0:
            now = self._clock.monotonic()
            ready = next((item for item in self._queue if item.ready_at <= now), None)
            if ready is None or now < self._hold_until:
                return
            if now - self._listed_at > _LISTING_HOLDS:
                self._list_again(now)
            elif self._poller.waiting and now >= self._poller.next_at:
                self._poll()
            else:
                self._submit(ready)

    def _list_again(self, now: float) -> None:
        """List anew: what another run has ordered meanwhile is adopted, not ordered."""
        listing = self._client.listing()
        if not listing.complete:
            self._hold_until = now + self._options.poll_interval
            self._ledger.note(f"the account could not be listed, asking again: {listing.flaw}")
            return
        self._listed_at = now
        listing = replace(listing, gone=self._listing.gone)
        self._submitter.dead = _dead(listing)
        fresh = self._replan(self._book.lock, listing)
        actions = {action.address: action for action in fresh.actions}
        for item in tuple(self._queue):
            action = actions[item.action.address]
            if not action.costs:
                self._queue.remove(item)
                for address in self._ledger.addresses(item.action):
                    self._settle(replace(actions[address], moved_from=None))
            elif action.newest_failure != item.action.newest_failure:
                item.action, item.chain = action, Submission.of(action).chain

    def _submit(self, item: Submission) -> None:
        self._ledger.queued = len(self._queue)
        outcome = self._submitter.submit(item)
        if isinstance(outcome, Later):
            item.ready_at = self._clock.monotonic() + outcome.seconds
            if outcome.full:
                self._hold_until = item.ready_at
                # The refusal may be one kept for this order alone: the others go first.
                self._queue.remove(item)
                self._queue.append(item)
            self._ledger.note(f"{item.action.address}: asking again: {outcome.failure}")
            return
        if isinstance(outcome, Stop):
            self._stopped = outcome.failure
            self._ledger.note(f"nothing more is ordered in this run: {outcome.failure}")
            return
        self._queue.remove(item)
        self._ledger.queued = len(self._queue)
        if isinstance(outcome, Ordered):
            job = Job(outcome.translation_id, JobStatus.PENDING, title=item.action.title)
            self._ledger.ordered(item.action, job)
            self._poller.follow(job.id, job.status)
        elif isinstance(outcome, Refused):
            self._ledger.refused(item.action, outcome.problem)

    def _poll(self) -> None:
        polled = self._poller.poll(watch_others=bool(self._queue))
        if polled.failure is not None:
            self._ledger.note(f"no news this time: {polled.failure}")
        for job_id in polled.running:
            self._ledger.running(job_id)
        for job in polled.ended:
            self._ledger.ended(job)
        for job_id in polled.lost:
            self._ledger.lost(job_id)
        if polled.ended:
            self._book.save()


def _dead(listing: Listing) -> set[str]:
    """Give the ids that an order may not be answered with: failed jobs, and gone ones."""
    return {job.id for job in listing.jobs if not job.status.live} | listing.gone
