"""A plan that is worked out and shown: what `localize plan` needs unless nothing changed."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from heygen_localize.cli.screen import screen_of
from heygen_localize.cli.shell import Shell, loopback_base, show_warnings
from heygen_localize.core.errors import ExitCode, LimitError, UsageError
from heygen_localize.operations.plan import incomplete_listing, plan
from heygen_localize.operations.request import Request
from heygen_localize.planning.results import Planned
from heygen_localize.project.account import Account
from heygen_localize.report.plan import plan_json, plan_markdown
from heygen_localize.report.plan_text import plan_text
from heygen_localize.report.render import Paint
from heygen_localize.system.clock import Clock, SystemClock
from heygen_localize.system.trace import traced

if TYPE_CHECKING:
    from heygen_localize.project.unchanged import Unchanged


def show_plan(
    shell: Shell,
    request: Request,
    account: Account | None,
    clock: Clock,
    out: Path | None,
    detailed_exitcode: bool,
    earlier: Unchanged | None,
) -> ExitCode:
    """Work a plan out, show it, and save it where `out` says.

    `earlier` keeps what was said, for as long as nothing changes.
    """
    with traced() as trace:
        planned = plan(request, account, clock, loopback=loopback_base())
    whole = planned.listing.flaw is None
    if not whole and planned.plan.costly:
        raise incomplete_listing(planned.listing, len(planned.plan.costly))
    show_warnings(shell, planned.warnings, planned.lock.merged)

    def save() -> None:
        if out is not None:
            from heygen_localize.operations.saved_plan import save_plan

            save_plan(out, planned.plan, request)

    code = _told(shell, planned, detailed_exitcode, save)
    if whole and account is not None and earlier is not None:
        from heygen_localize.operations.plan_unchanged import keep_plan

        keep_plan(earlier, planned, account, trace, shell.text(_lines(shell)(planned, shell.paint)))
    return code


def show_difference(
    shell: Shell, request: Request, revision: str, out: Path | None, detailed_exitcode: bool
) -> ExitCode:
    """Show what a manifest orders beyond what it was at a revision."""
    others = {
        "--out": out is not None,
        "--replace": bool(request.replace),
        "--state": bool(request.states),
        "--within-budget": request.within_budget,
    }
    unused = ", ".join(name for name, given in others.items() if given)
    if unused:
        raise UsageError(
            f"{unused} does not go with --diff, whose plan is not the account's",
            hint="--target chooses which targets are compared",
        )
    from heygen_localize.operations.plan_diff import plan_diff

    planned = plan_diff(request, revision, SystemClock(), loopback=loopback_base())
    shell.say(f"From the manifest at {revision} to this one: the account was not asked.")
    show_warnings(shell, planned.warnings)
    return _told(shell, planned, detailed_exitcode)


def _told(
    shell: Shell,
    planned: Planned,
    detailed_exitcode: bool,
    save: Callable[[], None] = lambda: None,
) -> ExitCode:
    """Show a plan, and let limits refuse it; one that is not refused is saved before."""
    shell.keep(lambda: plan_markdown(planned))
    if planned.refusals:
        if not shell.wants_json:
            _show(shell, planned)
        raise LimitError.of(planned.refusals)
    save()
    _show(shell, planned)
    return ExitCode.CHANGES if detailed_exitcode and planned.plan.changes else ExitCode.OK


def _show(shell: Shell, planned: Planned) -> None:
    shell.show(planned, _lines(shell), plan_json, plan_markdown)


def _lines(shell: Shell) -> Callable[[Planned, Paint], str]:
    return partial(plan_text, verbose=shell.verbosity > 0, screen=screen_of(sys.stdout))
