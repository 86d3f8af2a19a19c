"""The part of a plan that costs nothing: moves, adoptions, new states, titles."""

from __future__ import annotations

from msgspec import Struct

from heygen_localize.core.model import Job, JobStatus
from heygen_localize.heygen.client import Client
from heygen_localize.heygen.errors import ApiError
from heygen_localize.heygen.proofreads import plain_title
from heygen_localize.operations.apply.poller import Poller
from heygen_localize.operations.apply.tracker import RunTracker
from heygen_localize.operations.events import EventKind
from heygen_localize.planning.plan import JobAction, Order, SharedJob, TargetAction
from heygen_localize.planning.reasons import ActionKind, Reason
from heygen_localize.planning.replacing import order_mark
from heygen_localize.planning.results import refused, unmet_failure
from heygen_localize.project.recorder import LockRecorder


class Adopter(Struct, frozen=True):
    """Brings the lock and the titles to where the plan wants them, and says what is unmet."""

    client: Client
    recorder: LockRecorder
    tracker: RunTracker
    poller: Poller

    def adopt(self, action: TargetAction) -> None:
        """Do what an action says, as far as it costs nothing.

        Raises:
            ApiFailure: the key is not accepted.
        """
        if action.facts.moved_from is not None:
            self.recorder.move(action.facts.moved_from, action.address)
        if action.costs or isinstance(action, SharedJob):
            return
        job = action.job
        if job is not None and action.records:
            self.tracker.adopted(action, job)
            if job.status.in_progress or (job.status.live and not job.outputs.reachable):
                self.tracker.follow(action.address, job)
                self.poller.follow(job.id, job.status)
            if action.kind is ActionKind.ADOPT:
                self.tracker.tell(EventKind.ADOPTED, action.address, job.id)
        if isinstance(action, JobAction) and action.retitle is not None:
            self._retitle(action, action.job.id, action.retitle)
        failure = unmet_failure(action)
        if failure is not None:
            self.tracker.fail(failure)
        if action.reason is Reason.STUCK:
            self.tracker.tell(EventKind.STUCK, action.address, action.translation_id)

    def ordered(self, action: Order, job_id: str, *, render: bool) -> None:
        """Write down a job that was ordered, and follow it; a `render` of a session gets a title.

        Raises:
            ApiFailure: the key is not accepted.
            LockfileError: neither journal nor lockfile can be written.
        """
        title = None if render else action.facts.title
        job = Job(job_id, JobStatus.PENDING, order_mark(action), title=title)
        self.tracker.ordered(action, job)
        self.poller.follow(job.id, job.status)
        if render:
            self._name_render(action, job_id)

    def _name_render(self, action: Order, job_id: str) -> None:
        """Put a render's own title in place of its session's, which ends in a mark."""
        title = action.facts.title
        try:
            self.client.retitle(job_id, plain_title(action.target, title))
        except ApiError as failure:
            if failure.unauthorized:
                raise
            message = f"its title still ends in its session's mark: {failure}"
            self.tracker.note(f"{action.address}: {message}")
            return
        if title is not None:
            self.recorder.retitle(job_id, title)

    def _retitle(self, action: TargetAction, job_id: str, title: str) -> None:
        try:
            self.client.retitle(job_id, title)
        except ApiError as failure:
            if failure.unauthorized:
                raise
            self.tracker.fail(refused(action.target, failure.problems[0]))
            return
        self.tracker.retitled(action, job_id, title)
