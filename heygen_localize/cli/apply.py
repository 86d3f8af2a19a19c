"""`localize apply`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import click
from msgspec.structs import replace

from heygen_localize.cli.consent import ask
from heygen_localize.cli.manifests import all_option
from heygen_localize.cli.numbers import seconds
from heygen_localize.cli.places import FILE
from heygen_localize.cli.planning import request_options
from heygen_localize.cli.progress import Beside, watch
from heygen_localize.cli.screen import screen_of
from heygen_localize.cli.shell import (
    Shell,
    markdown_option,
    open_account,
    output_options,
    show_warnings,
)
from heygen_localize.cli.streams import in_ci, on_terminal
from heygen_localize.core.errors import ExitCode
from heygen_localize.operations.apply.apply import Conduct, apply
from heygen_localize.operations.apply.context import RunOptions
from heygen_localize.operations.events import Watcher
from heygen_localize.operations.plan_unchanged import earlier_apply, keep_plan
from heygen_localize.operations.pull.workers import PullTools
from heygen_localize.operations.request import Request
from heygen_localize.operations.saved_plan import as_planned, read_plan
from heygen_localize.planning.estimate import ordered
from heygen_localize.planning.results import Applied, Planned
from heygen_localize.project.account import Account
from heygen_localize.project.unchanged import Unchanged
from heygen_localize.report.apply import run_json, run_markdown, run_text
from heygen_localize.report.money import question
from heygen_localize.report.plan_text import plan_text
from heygen_localize.system.clock import SystemClock
from heygen_localize.system.signals import Interruption
from heygen_localize.system.trace import Trace
from heygen_localize.system.web import Web


@click.command("apply")
@all_option
@click.argument("saved_plan", metavar="[PLAN]", required=False, type=FILE)
@request_options
@click.option(
    "-y", "--yes", is_flag=True, allow_from_autoenv=False, help="Do not ask before paying."
)
@click.option(
    "--frozen", is_flag=True, help="Exit with 5 if the lockfile would change; do nothing."
)
@click.option(
    "--no-wait", is_flag=True, help="Order what fits now, write the lockfile, and do not wait."
)
@click.option("--timeout", type=seconds(), help="Stop waiting after so many seconds.")
@click.option(
    "--pull", "with_pull", is_flag=True, help="Download the files of each target when its job ends."
)
@click.option(
    "--retry-refused",
    is_flag=True,
    allow_from_autoenv=False,
    help="Order under a fresh key what HeyGen keeps refusing, after a listing that lacks its job.",
)
@click.option(
    "--no-balance-check", is_flag=True, help="Do not check that the balance covers the plan."
)
@click.option(
    "--poll-interval",
    type=seconds(0.01),
    default=10.0,
    show_default=True,
    help="Seconds before the status of running jobs is first asked; grows to six times that.",
)
@markdown_option
@output_options("text", "json", "markdown")
def command(
    shell: Shell,
    saved_plan: Path | None,
    request: Request,
    yes: bool,
    frozen: bool,
    no_wait: bool,
    timeout: float | None,
    with_pull: bool,
    retry_refused: bool,
    no_balance_check: bool,
    poll_interval: float,
) -> int:
    """Order what is missing, wait for it, and write the lockfile.

    Asks before anything costs; --yes answers yes, and so does CI in the environment (but
    CI=no). Run it again as often as you like: nothing is paid for twice. With a PLAN from
    localize plan --out it orders nothing that the plan does not show, and does not ask.

    \b
    Examples:
      localize apply
      localize apply --yes --no-wait
      localize apply --target '*/es-MX' --timeout 1800
      localize apply plan.json
      localize apply --frozen
    """
    shell.refuse_overwriting(request.path, saved_plan)
    request = replace(request, balance_check=not no_balance_check, frozen=frozen)
    saved = read_plan(saved_plan) if saved_plan is not None else None
    if saved is not None:
        request = as_planned(request, saved)
    options = RunOptions(
        poll_interval=poll_interval, wait=not no_wait, timeout=timeout, retry_refused=retry_refused
    )
    review = partial(_review, shell, yes or saved is not None, retry_refused)
    interruption = Interruption()
    with interruption.listening(), watch(shell.quiet) as watcher:
        account = open_account(shell, request.path)
        pull = _pull_tools(account, watcher) if with_pull else None
        told, keep = None, None
        if saved is None and pull is None:
            told, keep = _earlier(shell, request, account, options)
        if told is not None:
            shell.report(told)
            return ExitCode.OK
        conduct = Conduct(review, options, SystemClock(), watcher, interruption, pull, saved, keep)
        applied = apply(request, account, conduct)
    _show(shell, applied)
    return applied.exit_code


def _pull_tools(account: Account, watcher: Watcher) -> PullTools:
    web = Web(loopback=account.loopback)
    return PullTools(web, lambda: account.client, SystemClock(), Beside(watcher))


def _earlier(
    shell: Shell, request: Request, account: Account, options: RunOptions
) -> tuple[str | None, Callable[[Applied, Trace], None] | None]:
    """Return what an earlier run said, where that still holds; else what keeps this one's words."""
    if not shell.for_people or shell.verbosity or shell.markdown is not None:
        return None, None
    form = f"{options!r} {screen_of(sys.stdout)} {shell.paint('', 'red')}"
    earlier, told = earlier_apply(request, account, SystemClock(), form)
    return told, partial(_keep, shell, earlier, account)


def _keep(
    shell: Shell, earlier: Unchanged | None, account: Account, applied: Applied, trace: Trace
) -> None:
    """Keep what is said of a run that found nothing to do, for as long as nothing changes."""
    if earlier is not None and applied.exit_code is ExitCode.OK and not applied.result.failures:
        text = shell.text(run_text(applied, shell.paint, told=_told(shell)))
        keep_plan(earlier, applied.planned, account, trace, text)


def _told(shell: Shell) -> bool:
    return not shell.quiet and not on_terminal()


def _show(shell: Shell, applied: Applied) -> None:
    """Report a run: also in the file of --markdown, and as annotations in GitHub Actions."""
    shell.keep(lambda: run_markdown(applied))
    shell.show(applied, partial(run_text, told=_told(shell)), run_json, run_markdown)
    if not shell.in_actions:
        return
    problems = [failure.problem for failure in applied.result.failures]
    problems += applied.result.stopped.problems if applied.result.stopped else ()
    rows = applied.pulled.rows if applied.pulled is not None else ()
    problems += dict.fromkeys(row.problem for row in rows if row.problem is not None)
    shell.annotate(problems)


_RISK = (
    "--retry-refused: what HeyGen refuses again goes out under a fresh key, once a new listing "
    "lacks its job. If an earlier request did make a job that the list does not show yet, that "
    "content is paid for twice."
)


def _review(shell: Shell, yes: bool, retry_refused: bool, planned: Planned) -> None:
    show_warnings(shell, planned.warnings, planned.lock.merged)
    screen = screen_of(sys.stderr)
    shell.say(plan_text(planned, shell.paint_diagnostic, shell.verbosity > 0, screen))
    if retry_refused and planned.plan.costly:
        shell.say(_RISK)
    if not planned.plan.costly or yes or in_ci():
        return
    ask(
        question(planned),
        nobody=f"the plan orders {ordered(planned.estimate)} and there is no terminal to ask on",
        hint="review it with localize plan, then run: localize apply --yes",
        refused="nothing ordered",
    )
