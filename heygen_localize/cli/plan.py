"""`localize plan`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import click

from heygen_localize.cli.manifests import all_option
from heygen_localize.cli.places import FILE
from heygen_localize.cli.planning import request_options
from heygen_localize.cli.screen import screen_of
from heygen_localize.cli.shell import (
    Shell,
    loopback_base,
    markdown_option,
    open_account,
    output_options,
    show_warnings,
)
from heygen_localize.core.errors import ExitCode, LimitError, UsageError
from heygen_localize.operations.plan import incomplete_listing, plan
from heygen_localize.operations.plan_diff import plan_diff
from heygen_localize.operations.plan_unchanged import earlier_plan, keep_plan
from heygen_localize.operations.request import Request
from heygen_localize.operations.saved_plan import save_plan
from heygen_localize.planning.results import Planned
from heygen_localize.project.protected import refuse_overwriting
from heygen_localize.report.plan import plan_json, plan_markdown
from heygen_localize.report.plan_text import plan_text
from heygen_localize.report.render import Paint
from heygen_localize.system.clock import SystemClock
from heygen_localize.system.trace import traced


@click.command("plan")
@all_option
@request_options
@click.option("--offline", is_flag=True, help="Use the lockfile alone: no key, no network.")
@click.option(
    "--out",
    type=FILE,
    help="Save the plan: localize apply FILE then orders nothing beyond it.",
)
@click.option(
    "--diff",
    "revision",
    metavar="REV",
    help="Plan from the manifest of a git revision to this one: no key, no network.",
)
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 5 where apply has work to do.")
@markdown_option
@output_options("text", "json", "markdown")
def command(
    shell: Shell,
    request: Request,
    offline: bool,
    out: Path | None,
    revision: str | None,
    detailed_exitcode: bool,
) -> int:
    """Show what apply would do, and what it would cost. Changes nothing.

    \b
    Examples:
      localize plan
      localize plan --target 'intro/*'
      localize plan --offline
      localize plan --diff origin/main
      localize plan --out plan.json && localize apply plan.json
      localize plan --detailed-exitcode --format markdown >> "$GITHUB_STEP_SUMMARY"
    """
    shell.refuse_overwriting(request.path, out)
    if out is not None:
        refuse_overwriting("--out", out, request.path)
    if revision is not None:
        return _diff(shell, request, revision, out, detailed_exitcode)
    if offline:
        shell.say("From the lockfile alone: the account was not asked.")
    account = None if offline else open_account(shell, request.path)
    clock, form = SystemClock(), _form(shell, out)
    earlier = earlier_plan(request, account, clock, form) if account and form else None
    told = earlier.answer() if earlier else None
    if told is not None:
        shell.report(told)
        return ExitCode.OK
    with traced() as trace:
        planned = plan(request, account, clock, loopback=loopback_base())
    whole = planned.listing.flaw is None
    if not whole and planned.plan.costly:
        raise incomplete_listing(planned.listing, len(planned.plan.costly))
    show_warnings(shell, planned.warnings, planned.lock.merged)

    def keep() -> None:
        if out is not None:
            save_plan(out, planned.plan, request)

    code = _told(shell, planned, detailed_exitcode, keep)
    if account is not None and earlier is not None and whole:
        keep_plan(earlier, planned, account, trace, shell.text(_lines(shell)(planned, shell.paint)))
    return code


def _diff(
    shell: Shell, request: Request, revision: str, out: Path | None, detailed_exitcode: bool
) -> int:
    others = {
        "--out": out is not None,
        "--replace": bool(request.replace),
        "--state": bool(request.states),
    }
    unused = ", ".join(name for name, given in others.items() if given)
    if unused:
        raise UsageError(
            f"{unused} does not go with --diff, whose plan is not the account's",
            hint="--target chooses which targets are compared",
        )
    planned = plan_diff(request, revision, SystemClock(), loopback=loopback_base())
    shell.say(f"From the manifest at {revision} to this one: the account was not asked.")
    show_warnings(shell, planned.warnings)
    return _told(shell, planned, detailed_exitcode)


def _told(
    shell: Shell,
    planned: Planned,
    detailed_exitcode: bool,
    keep: Callable[[], None] = lambda: None,
) -> ExitCode:
    """Show a plan, and let limits refuse it; one that is not refused may be kept before."""
    shell.keep(lambda: plan_markdown(planned))
    if planned.refusals:
        if not shell.wants_json:
            _show(shell, planned)
        raise LimitError.of(planned.refusals)
    keep()
    _show(shell, planned)
    return ExitCode.CHANGES if detailed_exitcode and planned.plan.changes else ExitCode.OK


def _show(shell: Shell, planned: Planned) -> None:
    shell.show(planned, _lines(shell), plan_json, plan_markdown)


def _lines(shell: Shell) -> Callable[[Planned, Paint], str]:
    return partial(plan_text, verbose=shell.verbosity > 0, screen=screen_of(sys.stdout))


def _form(shell: Shell, out: Path | None) -> str | None:
    """Return what the text on this screen hangs on; None where more is asked for than that."""
    whole = shell.for_people and not shell.verbosity and shell.markdown is None and out is None
    return f"{screen_of(sys.stdout)} {shell.paint('', 'red')}" if whole else None
