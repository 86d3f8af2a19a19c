"""One pass over a project, which nobody waits for: what `apply --no-wait` does, and when again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from heygen_localize.core.errors import BusyError, ExitCode, LocalizeError, StateGoneError
from heygen_localize.core.later import Later
from heygen_localize.core.text import pluralize
from heygen_localize.operations.apply.apply import Conduct, apply
from heygen_localize.operations.apply.context import RunOptions
from heygen_localize.operations.pull.workers import PullTools
from heygen_localize.operations.request import Request, SourceCheck
from heygen_localize.planning.results import Applied, Failure
from heygen_localize.project.account import Account
from heygen_localize.system.clock import Clock
from heygen_localize.system.signals import Interruption

_LONGEST_PAUSE = 900.0


class PassTools(Struct, frozen=True):
    """What a pass works with; `every` is the seconds from the end of one to the next.

    With `pull`, files are fetched as well.
    """

    account: Account
    clock: Clock
    interruption: Interruption
    every: float
    check_sources: SourceCheck = SourceCheck.COSTLY
    pull: PullTools | None = None


class Passed(Struct, frozen=True):
    """What came of a pass: `applied`, unless an error kept it from that."""

    later: Later
    code: ExitCode = ExitCode.OK
    applied: Applied | None = None
    error: LocalizeError | None = None


def run_pass(path: Path, tries: int, tools: PassTools) -> Passed:
    """Collect what ended, and order what fits, within the manifest's limits.

    `tries` counts the passes before this one that failed in a row.

    Raises:
        StateGoneError: the database does not answer.
        Interrupted: a signal came; what was learned is written.
    """
    conduct = Conduct(
        lambda _planned: None,  # whoever started us agreed to what the limits allow
        RunOptions(wait=False),
        tools.clock,
        interruption=tools.interruption,
        pull=tools.pull,
    )
    request = Request(path, check_sources=tools.check_sources)
    try:
        applied = apply(request, tools.account, conduct)
    except StateGoneError:
        raise
    except BusyError as error:
        return Passed(Later(tools.every, tries), error=error)
    except LocalizeError as error:
        return failed(tries, tools, error)
    later = Later(tools.every, reason=_reason(applied), settled=not applied.result.unfinished)
    return Passed(later, applied.exit_code, applied)


def failed(tries: int, tools: PassTools, error: LocalizeError) -> Passed:
    """Say when to try again: later each time; `settled` where only a person can mend it."""
    seconds = max(tools.every, min(tools.every * 2**tries, _LONGEST_PAUSE))
    reason = f"{error.first.placed} ({error.first.code})"
    settled = error.exit_code is not ExitCode.VENDOR
    later = Later(seconds, tries + 1, reason, settled=settled)
    return Passed(later, error.exit_code, error=error)


def _reason(applied: Applied) -> str | None:
    """Say what is not as wanted after a pass, for those who look at the fleet."""
    stopped, failures = applied.result.stopped, applied.result.failures
    if stopped is not None:
        return f"{stopped.first.message} ({stopped.first.code})"
    return f"{not_as_wanted(failures)} ({failures[0].problem.code})" if failures else None


def not_as_wanted(failures: Sequence[Failure]) -> str:
    """Say how many targets failed, and of the first one why."""
    first = failures[0]
    told = f"{first.address}: {first.problem.message}"
    return f"{pluralize(len(failures), 'target')} not as wanted: {told}"
