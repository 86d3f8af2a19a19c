"""One pass over a project: what `apply --no-wait` does, and what it leaves to deliver."""

from __future__ import annotations

from msgspec import Struct

from heygen_localize.core.errors import BusyError, ExitCode, LocalizeError, StateGoneError
from heygen_localize.core.lock import Lock
from heygen_localize.core.text import pluralize
from heygen_localize.operations.apply.apply import Conduct, apply
from heygen_localize.operations.apply.context import RunOptions
from heygen_localize.operations.request import Request, SourceCheck
from heygen_localize.operations.worker.served import Served
from heygen_localize.planning.pull import undelivered_of
from heygen_localize.planning.results import Applied
from heygen_localize.project.account import Account
from heygen_localize.project.state.connection import Cursor
from heygen_localize.project.state.tasks import Later, Task, TaskQueue, catch_up, free_places
from heygen_localize.system.clock import Clock
from heygen_localize.system.signals import Interruption

_LONGEST_PAUSE = 900.0


class PassTools(Struct, frozen=True):
    """What a pass works with; `every` is the seconds from the end of one to the next."""

    account: Account
    clock: Clock
    interruption: Interruption
    every: float
    check_sources: SourceCheck = SourceCheck.COSTLY


class Passed(Struct, frozen=True):
    """What came of a pass: `applied`, unless an error kept it from that."""

    later: Later
    code: ExitCode = ExitCode.OK
    applied: Applied | None = None
    error: LocalizeError | None = None
    undelivered: tuple[str, ...] = ()


def run_pass(task: Task, served: Served, tools: PassTools) -> Passed:
    """Collect what ended, and order what fits, within the manifest's limits.

    Raises:
        StateGoneError: the database does not answer.
        Interrupted: a signal came; what was learned is written.
    """
    conduct = Conduct(
        lambda _planned: None,  # whoever started the worker agreed to what the limits allow
        RunOptions(wait=False),
        tools.clock,
        interruption=tools.interruption,
    )
    request = Request(served.path, check_sources=tools.check_sources)
    try:
        applied = apply(request, tools.account, conduct)
    except StateGoneError:
        raise
    except BusyError as error:
        return Passed(Later(tools.every, task.tries), error=error)
    except LocalizeError as error:
        return _failed(task, tools, error)
    served.passed(applied.planned.manifest)
    unfinished = bool(applied.result.unfinished)
    later = Later(tools.every, reason=_reason(applied), settled=not unfinished)
    return Passed(later, applied.exit_code, applied, undelivered=_undelivered(served, applied.lock))


def _failed(task: Task, tools: PassTools, error: LocalizeError) -> Passed:
    """Say when to try again: later each time; `settled` where only a person can mend it."""
    seconds = max(tools.every, min(tools.every * 2**task.tries, _LONGEST_PAUSE))
    reason = f"{error.first.message} ({error.first.code})"
    settled = error.exit_code is not ExitCode.VENDOR
    later = Later(seconds, task.tries + 1, reason, settled=settled)
    return Passed(later, error.exit_code, error=error)


def _reason(applied: Applied) -> str | None:
    """Say what is not as wanted after a pass, for those who look at the fleet."""
    stopped, failures = applied.result.stopped, applied.result.failures
    if stopped is not None:
        return f"{stopped.first.message} ({stopped.first.code})"
    if not failures:
        return None
    first = failures[0]
    told = f"{first.address}: {first.problem.message} ({first.problem.code})"
    return f"{pluralize(len(failures), 'target')} not as wanted: {told}"


def _undelivered(served: Served, lock: Lock) -> tuple[str, ...]:
    is_undelivered = undelivered_of(served.manifest.targets)
    return tuple(
        address for address, entry in sorted(lock.entries.items()) if is_undelivered(address, entry)
    )


def end(task: Task, queue: TaskQueue, passed: Passed) -> None:
    """End a pass, in one transaction with what is to be delivered after it.

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

    def work(cursor: Cursor) -> None:
        catch_up(cursor, task.project, passed.undelivered)
        free_places(cursor, task.project, ended)

    queue.end(task, passed.later, work)
