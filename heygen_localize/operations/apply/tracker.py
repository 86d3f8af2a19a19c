"""What a run has learned so far: in the lock, in its failures, and told to whoever watches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from heygen_localize.core.errors import Diagnostic
from heygen_localize.core.model import Job, JobStatus
from heygen_localize.operations.apply.context import RunContext
from heygen_localize.operations.apply.pace import Pace
from heygen_localize.operations.events import Event, EventKind, Pulse, Tally
from heygen_localize.planning.plan import Order, Plan, SharedJob, TargetAction
from heygen_localize.planning.reasons import Reason
from heygen_localize.planning.results import Failure, failed, lost, refused


class RunTracker:
    """Takes in every step of a run.

    `queued` is how many orders have not been placed, `max_attempts` after how many failures a
    target is left alone. `saved` is called whenever the lock has been written.
    """

    def __init__(
        self, plan: Plan, context: RunContext, saved: Callable[[], None] = lambda: None
    ) -> None:
        self._saved = saved
        self._recorder, self._watcher = context.recorder, context.watcher
        # Keeps a signal from interrupting what must be done whole.
        self._shield, self._leave = context.interruption.shielded, context.interruption.check
        self._now, self._pace = context.clock.now, Pace()
        self._actions = {action.address: action for action in plan.of_targets}
        self._waiting: dict[str, list[str]] = {}
        self._rendering = 0
        self._unsaved = False
        self._failures: dict[str, Failure] = {}
        self._counts: Counter[EventKind] = Counter()
        self._sharers: dict[str, list[str]] = {}
        for action in plan.actions:
            if isinstance(action, SharedJob):
                self._sharers.setdefault(action.shares, []).append(action.address)
        self.max_attempts = plan.max_attempts
        self.queued = 0

    @property
    def failures(self) -> tuple[Failure, ...]:
        """The targets that are not as wanted, in the order of addresses."""
        return tuple(self._failures[address] for address in sorted(self._failures))

    @property
    def ordered_jobs(self) -> int:
        """How many jobs this run has ordered."""
        return self._counts[EventKind.SUBMITTED]

    @property
    def ordered_sessions(self) -> int:
        """How many proofread sessions this run has ordered."""
        return self._counts[EventKind.PROPOSED]

    @property
    def waiting(self) -> tuple[str, ...]:
        """Addresses whose jobs have not ended, in order."""
        return tuple(sorted(name for names in self._waiting.values() for name in names))

    def addresses(self, address: str) -> tuple[str, ...]:
        """Return the targets that an order is for: its own, and those that share its content."""
        return (address, *self._sharers.get(address, ()))

    def adopted(self, action: TargetAction, job: Job) -> None:
        """Count on a job that exists."""
        failures = action.facts.failures + (1 if job.status.live else 0)
        self._recorder.adopt(action.target, job, failures)

    def follow(self, address: str, job: Job) -> None:
        """Wait for a job on a target's behalf."""
        self._waiting.setdefault(job.id, []).append(address)
        self._rendering += 1
        self._pace.began(job, self._now())

    def ordered(self, action: Order, job: Job) -> None:
        """Write down what was paid for, at once."""
        addresses = self.addresses(action.address)
        targets = [self._actions[address].target for address in addresses]
        with self._shield():
            self._recorder.record_order(targets, job, action.facts.failures + 1)
        for address in addresses:
            self.follow(address, job)
        self.tell(EventKind.SUBMITTED, action.address, job.id)

    def _let_go(self, job_id: str) -> list[str]:
        """Wait for a job no more; return the addresses of the targets that waited for it."""
        addresses = self._waiting.pop(job_id)
        self._rendering -= len(addresses)
        return addresses

    def running(self, job_id: str) -> None:
        """A job has begun to render."""
        self._recorder.observe(Job(job_id, JobStatus.RUNNING))
        for address in self._waiting[job_id]:
            self.tell(EventKind.RUNNING, address, job_id)

    def stuck(self, job_id: str) -> None:
        """A job renders for too long; it is still waited for, and never ordered again unasked."""
        for address in self._waiting[job_id]:
            self.tell(
                EventKind.STUCK, address, job_id, "renders for very long; ask HeyGen's support"
            )

    def ended(self, job: Job) -> None:
        """A job is completed or failed."""
        self._recorder.observe(job)
        self._unsaved = True
        self._pace.ended(job.id, self._now())
        for address in self._let_go(job.id):
            if job.status is JobStatus.COMPLETED:
                self.tell(EventKind.COMPLETED, address, job.id)
            else:
                action = self._actions[address]
                last = action.facts.failures + 1 >= self.max_attempts
                anew = action.reason is Reason.REPLACE_ASKED
                self.fail(failed(action.target, job, last=last, anew=anew))

    def lost(self, job_id: str) -> None:
        """A job is no longer known to HeyGen."""
        self._pace.lost(job_id)
        for address in self._let_go(job_id):
            self.fail(lost(self._actions[address].target, job_id))

    def denied(self, job_id: str, problem: Diagnostic) -> None:
        """A job has ended, and may not be read; what the lock has of it stays."""
        self._pace.lost(job_id)
        for address in self._let_go(job_id):
            self.fail(refused(self._actions[address].target, problem))

    def refused(self, action: Order, problem: Diagnostic) -> None:
        """HeyGen would not take an order."""
        for address in self.addresses(action.address):
            self.fail(refused(self._actions[address].target, problem))

    def retitled(self, action: TargetAction, job_id: str, title: str) -> None:
        """A job bears another title from now on."""
        self._recorder.retitle(job_id, title)
        self.tell(EventKind.RETITLED, action.address, job_id, title)

    def fail(self, failure: Failure) -> None:
        """Remember a target that is not as wanted; the rest goes on."""
        self._failures[failure.address] = failure
        self.tell(EventKind.FAILED, failure.address, None, failure.problem.message)

    def save(self) -> None:
        """Write the lockfile.

        Raises:
            LockfileError: it cannot be written.
        """
        with self._shield():
            self._recorder.save()
            self._saved()
            self._unsaved = False

    def save_in_turn(self) -> None:
        """Write down what has ended, once the last writing is long enough ago for what it took.

        Raises:
            LockfileError: it cannot be written.
        """
        if self._unsaved and self._recorder.rested():
            self.save()

    def note(self, message: str) -> None:
        """Say something that concerns the whole run."""
        self.tell(EventKind.NOTE, None, None, message)

    def tell(
        self,
        kind: EventKind,
        address: str | None,
        translation_id: str | None = None,
        message: str | None = None,
    ) -> None:
        """Pass an event on to whoever watches."""
        self._counts[kind] += 1
        self._watcher.happened(Event(kind, self._tally(), address, translation_id, message))

    def wait(self, queued: int) -> None:
        """Tell whoever watches that the run goes on, though nothing happens, if it does.

        Raises:
            Interrupted: a signal came.
        """
        self._leave()
        self.queued, now = queued, self._now()
        left = self._pace.left(self.queued, now)
        self._watcher.waiting(Pulse(self._tally(), now, self._pace.oldest(now), left))

    def _tally(self) -> Tally:
        return Tally(
            queued=self.queued,
            rendering=self._rendering,
            completed=self._counts[EventKind.COMPLETED],
            failed=len(self._failures),
        )
