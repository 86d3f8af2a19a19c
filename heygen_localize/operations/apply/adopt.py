"""The part of a plan that costs nothing: moves, adoptions, new states, titles."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from heygen_localize.core.model import Job, JobStatus
from heygen_localize.heygen.client import Client
from heygen_localize.heygen.errors import ApiError
from heygen_localize.heygen.proofreads import plain_title
from heygen_localize.operations.apply.pending import PendingOrder
from heygen_localize.operations.apply.poller import Poller
from heygen_localize.operations.apply.queue import OrderQueue
from heygen_localize.operations.apply.tracker import RunTracker
from heygen_localize.operations.events import EventKind
from heygen_localize.planning.plan import JobAction, Order, Plan, SharedJob, TargetAction
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

    def adopt_news(self, fresh: Plan, queue: OrderQueue, formerly: Sequence[str]) -> None:
        """Bring the orders that wait up to a fresh plan: what is there by now is not ordered.

        Raises:
            ApiFailure: the key is not accepted.
        """
        actions = {action.address: action for action in fresh.of_targets}
        for item in queue:
            if item.for_session:
                continue
            action = actions[item.action.address]
            if not action.costs:
                queue.give_up(item.action.address)
                for address in self.tracker.addresses(item.action.address):
                    found = actions[address]
                    stays = replace(found.facts, moved_from=None)
                    self.adopt(replace(found, facts=stays))
            elif action.facts.newest_failure != item.action.facts.newest_failure:
                item.action = replace(item.action, facts=action.facts)
                item.restart(PendingOrder.of(item.action, formerly).key)

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
