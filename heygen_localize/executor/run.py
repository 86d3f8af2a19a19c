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
from heygen_localize.executor.interruption import Interrupted, Interruption
from heygen_localize.executor.ledger import Ledger
from heygen_localize.executor.polling import Poller
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
from heygen_localize.executor.uploads import Uploader, UploadRefused
from heygen_localize.lock import Lock
from heygen_localize.model import Job, JobStatus, Listing
from heygen_localize.outcome import Planned, RunResult
from heygen_localize.plan import Plan
from heygen_localize.refusal import ApiFailure

_LISTING_HOLDS = 300.0
"""Seconds after which no order is placed on a listing (docs/design.md, "Applying")."""

_UNLISTED_FOR = 600.0
"""Seconds without a whole listing where one is needed, after which ordering is given up."""

_LONGEST_SLEEP = 1.0


@dataclass(frozen=True)
class RunOptions:
    """How a run goes. `timeout`, `poll_interval` and `stuck_after` in seconds."""

    max_concurrent_jobs: int = 10
    poll_interval: float = 10.0
    stuck_after: float = 7200.0
    wait: bool = True
    timeout: float | None = None


@dataclass(frozen=True)
class Tools:
    """What a run works with."""

    client: Client
    book: LockBook
    uploader: Uploader
    clock: Clock
    watcher: Watcher
    interruption: Interruption


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
        self._uploader = tools.uploader
        self._options = options
        self._replan = replan
        self._listing, self._listed_at = planned.listing, planned.listed_at
        self._ledger = Ledger(plan, tools.book, tools.watcher, tools.interruption.shielded)
        self._queue = [Submission.of(action) for action in plan.costly]
        self._hold_until = planned.listed_at
        self._stopped: ApiFailure | None = None
        self._unlisted_since: float | None = None
        ours = {action.job.id for action in plan.actions if action.job and not action.idle}
        others = {job.id for job in planned.listing.jobs if job.status.in_progress} - ours
        jitter = random.Random()  # noqa: S311 - spreads requests, guards nothing
        dead = _dead(planned.listing)
        self._submitter = Submitter(tools.client, dead, jitter, tools.book.assets)
        self._poller = Poller(tools.client, tools.clock, options.poll_interval, others, jitter)
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
            unfinished=tuple(sorted(left | set(self._ledger.waiting))),
            timed_out=timed_out,
            stopped=self._stopped,
        )

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
            if ready.doubt is not None:
                self._resolve(ready, ready.doubt)
            elif not self._uploader.ready(ready.target):
                self._upload(ready)
            elif now - self._listed_at > _LISTING_HOLDS:
                self._list_again(now, self._listing)
            elif self._poller.waiting and now >= self._poller.next_at:
                self._poll()
            else:
                self._submit(ready)

    def _list_again(self, now: float, known: Listing | None) -> bool:
        """List anew: what another run has ordered meanwhile is adopted, not ordered."""
        listing = self._client.listing(known)
        if not listing.complete:
            self._hold_until = now + self._options.poll_interval
            if self._unlisted_since is None:
                self._unlisted_since = now
            if now - self._unlisted_since >= _UNLISTED_FOR:
                self._stop(ApiFailure(f"the account could not be listed: {listing.flaw}"))
            else:
                self._ledger.note(f"the account could not be listed, asking again: {listing.flaw}")
            return False
        self._listed_at, self._unlisted_since = now, None
        listing = self._listing = replace(listing, gone=self._listing.gone)
        self._submitter.dead = _dead(listing)
        fresh = self._replan(self._book.lock, listing)
        actions = {action.address: action for action in fresh.actions}
        for item in tuple(self._queue):
            action = actions[item.action.address]
            if not action.costs:
                self._queue.remove(item)
                for address in self._ledger.addresses(item.action):
                    self._settler.settle(replace(actions[address], moved_from=None))
            elif action.newest_failure != item.action.newest_failure:
                item.action = action
                item.restart(Submission.of(action).chain)
        return True

    def _resolve(self, item: Submission, doubt: Doubtful) -> None:
        """Settle by a full listing whether a job exists that its order was refused for."""
        if not self._list_again(self._clock.monotonic(), None):
            return
        if item not in self._queue or item.doubt is None:
            return  # the job exists; or one has failed since, and its first key comes next
        in_progress = sum(job.status.in_progress for job in self._listing.jobs)
        if doubt.failure.status == 429 and not self._submitter.has_room(in_progress):
            # The account is full, of jobs that we did not know of: nothing is proven.
            item.doubt, item.ready_at = None, self._clock.monotonic() + self._options.poll_interval
        elif doubt.replayed:
            item.restart(item.chain.past_refusal())
        else:
            self._stop(doubt.failure)

    def _stop(self, failure: ApiFailure) -> None:
        self._stopped = failure
        self._ledger.note(f"nothing more is ordered in this run: {failure}")

    def _upload(self, item: Submission) -> None:
        """Bring an order's files to the vendor; where they cannot, that order alone is given up."""
        try:
            for name in self._uploader.bring(item.target):
                self._ledger.tell(EventKind.UPLOADED, item.action.address, None, name)
        except UploadRefused as refusal:
            self._queue.remove(item)
            self._ledger.refused(item.action, refusal.problems[0])
        self._poller.heard()

    def _submit(self, item: Submission) -> None:
        self._ledger.queued = len(self._queue)
        moment = Moment(
            now=self._clock.monotonic(),
            last=len(self._queue) == 1,
            held=self._poller.places_held,
        )
        outcome = self._submitter.submit(item, moment)
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
            self._stop(outcome.failure)
            return
        if isinstance(outcome, Doubtful):
            item.doubt, item.ready_at = outcome, self._clock.monotonic() + outcome.seconds
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


def _dead(listing: Listing) -> set[str]:
    """Give the ids that an order may not be answered with: failed jobs, and gone ones."""
    return {job.id for job in listing.jobs if not job.status.live} | listing.gone
