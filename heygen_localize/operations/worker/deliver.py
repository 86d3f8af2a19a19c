"""One delivery: a finished target's files to where they belong, and into its entry.

It may be done twice, and at once by two: what is in its place already is left there, nothing
of others is overwritten, and only who still has the task writes of it.
"""

from __future__ import annotations

import threading

from msgspec import Struct
from msgspec.structs import replace

from heygen_localize.core.errors import AccountError, Diagnostic, LocalizeError, StateError
from heygen_localize.core.later import Later
from heygen_localize.operations.pull.delivery import Delivery
from heygen_localize.operations.pull.destinations import refuse_unsafe
from heygen_localize.operations.pull.workers import PullTools
from heygen_localize.operations.worker.served import Served
from heygen_localize.planning.pull import PullReport, PullSet, PullState, files_to_pull
from heygen_localize.project.state.connection import Cursor
from heygen_localize.project.state.deliveries import Notes, Shipment, enter, read_target
from heygen_localize.project.state.tasks import Task, TaskQueue
from heygen_localize.system.signals import Interruption

_LONGEST_PAUSE = 900.0


class Retries(Struct, frozen=True):
    """How often a delivery is tried, and the seconds after the first failure; they double."""

    most: int = 8
    pause: float = 10.0

    def after(self, task: Task, problem: Diagnostic) -> Later:
        """Return when a task is to be tried again that has just failed."""
        tries = task.tries + 1
        seconds = min(self.pause * 2**task.tries, _LONGEST_PAUSE)
        return Later(seconds, tries, _reason(problem), failed=tries >= self.most)


def _reason(problem: Diagnostic) -> str:
    return f"{problem.message} ({problem.code})"


class Delivered(Struct, frozen=True):
    """What came of a delivery, and what is to be noted of it. `later` where it is not done."""

    notes: Notes
    shipment: Shipment = Shipment()
    later: Later | None = None
    problem: Diagnostic | None = None
    whole: bool = True
    """Whether every file was tried; else the worker is about to leave."""


def tried(
    task: Task,
    served: Served,
    queue: TaskQueue,
    tools: PullTools,
    retries: Retries,
    leaving: threading.Event,
) -> Delivered:
    """Deliver, and tell what is in the way as a failure of this one task.

    Raises:
        StateError: the database refuses, or does not answer.
    """
    try:
        return deliver(task, served, queue, tools, retries, leaving)
    except StateError:
        raise
    except LocalizeError as error:
        problem = error.first
        return Delivered(Notes(), later=retries.after(task, problem), problem=problem)


def deliver(
    task: Task,
    served: Served,
    queue: TaskQueue,
    tools: PullTools,
    retries: Retries,
    leaving: threading.Event,
) -> Delivered:
    """Bring a target's files to their places, as `pull` does.

    Raises:
        StateError: the database refuses, or does not answer.
        ManifestError: a file has no safe place.
        LockfileError: the entry cannot be read.
    """
    notes, target = Notes(), served.target(task.address)
    lock = read_target(queue.database, task.project, task.address)
    if target is None:
        return Delivered(notes)  # whoever knows of it asks for it again
    found = files_to_pull([target], lock, None, served.staging).files
    files = tuple(file for file in found if not file.staged)
    refuse_unsafe(served.manifest, files)
    with Delivery(served.manifest, notes, tools, Interruption(), served.cache) as delivery:
        delivery.want(files)
        for _ in delivery.coming():
            if leaving.is_set():
                break
    return _judged(task, delivery.report(PullSet(files, ())), len(files), notes, retries)


def _judged(
    task: Task, report: PullReport, wanted: int, notes: Notes, retries: Retries
) -> Delivered:
    shipment = Shipment(report.counts[PullState.PULLED], report.pulled_bytes)
    if len(report.rows) < wanted:
        return Delivered(notes, shipment, whole=False)
    problem = next((row.problem for row in report.rows if row.problem is not None), None)
    if problem is None:
        return Delivered(notes, shipment)
    later, stopped = retries.after(task, problem), report.stopped
    if isinstance(stopped, AccountError) and stopped.first.code.startswith("key_"):
        later = replace(later, seconds=0.0, tries=task.tries, failed=False, keyed=True)
    return Delivered(notes, shipment, later, problem)


def end(task: Task, served: Served, queue: TaskQueue, delivered: Delivered) -> None:
    """Enter what was delivered, and end the task, in one transaction.

    Raises:
        TakenAway: somebody else has the task by now; nothing was written.
        StateError: the database refuses, or does not answer.
    """

    def work(cursor: Cursor) -> None:
        name = (task.project, task.address)
        enter(cursor, name, delivered.notes, delivered.shipment, keep_urls=served.keep_urls)

    queue.end(task, delivered.later, work)
