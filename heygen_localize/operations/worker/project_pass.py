"""A worker's pass over a project, and what it leaves to deliver."""

from __future__ import annotations

from heygen_localize.operations.one_pass import Passed, PassTools
from heygen_localize.operations.one_pass import run_pass as run_one
from heygen_localize.operations.worker.served import Served
from heygen_localize.project.state.connection import Cursor
from heygen_localize.project.state.deferring import catch_up, free_places
from heygen_localize.project.state.tasks import Task, TaskQueue


def run_pass(task: Task, served: Served, tools: PassTools) -> Passed:
    """Collect what ended, and order what fits, within the manifest's limits.

    Raises:
        StateGoneError: the database does not answer.
        Interrupted: a signal came; what was learned is written.
    """
    passed = run_one(served.path, task.tries, tools)
    if passed.applied is not None:
        served.passed(passed.applied.planned.manifest)
    return passed


def end(task: Task, served: Served, queue: TaskQueue, passed: Passed, *, delivers: bool) -> None:
    """End a pass, in one transaction with what is to be delivered after it.

    With `delivers`, the folders of this worker are those of the outputs, and are looked at.

    Raises:
        TakenAway: somebody else has the task by now.
        StateError: the database refuses, or does not answer.
    """
    applied = passed.applied
    if applied is None:
        queue.end(task, passed.later)
        return
    jobs = (entry.job for entry in applied.lock.entries.values())
    ended = {job.translation_id for job in jobs if not job.status.in_progress}
    undelivered = served.undelivered(applied.lock, here=delivers)

    def work(cursor: Cursor) -> None:
        catch_up(cursor, task.project, undelivered)
        free_places(cursor, task.project, ended)

    queue.end(task, passed.later, work)
