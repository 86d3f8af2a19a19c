"""`localize plan`."""

from __future__ import annotations

from pathlib import Path

import click

from heygen_localize.cli.planning import request_options
from heygen_localize.cli.shell import (
    Shell,
    loopback_base,
    markdown_option,
    open_account,
    output_options,
    show_warnings,
)
from heygen_localize.core.errors import ExitCode, LimitError
from heygen_localize.operations.apply.apply import incomplete_listing
from heygen_localize.operations.plan import Request, plan
from heygen_localize.operations.saved_plan import save_plan
from heygen_localize.planning.results import Planned
from heygen_localize.project.protected import spare
from heygen_localize.report.plan import plan_json, plan_markdown, plan_text
from heygen_localize.system.clock import SystemClock


@click.command("plan")
@request_options
@click.option("--offline", is_flag=True, help="Believe the lockfile alone: no key, no network.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Keep what it pays for in a file, which localize apply FILE does not go beyond.",
)
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 5 where apply has work to do.")
@markdown_option
@output_options("text", "json", "markdown")
@click.pass_obj
def command(
    shell: Shell, request: Request, offline: bool, out: Path | None, detailed_exitcode: bool
) -> int:
    """Show what apply would do, and what it would cost. Changes nothing.

    \b
    Examples:
      localize plan
      localize plan --target 'intro/*'
      localize plan --offline
      localize plan --out plan.json && localize apply plan.json
      localize plan --detailed-exitcode --format markdown >> "$GITHUB_STEP_SUMMARY"
    """
    shell.spare(request.path, out)
    if out is not None:
        spare("--out", out, request.path)
    if offline:
        shell.say("From the lockfile alone: the account was not asked.")
    account = None if offline else open_account(shell, request.path)
    planned = plan(request, account, SystemClock(), loopback=loopback_base())
    if not planned.listing.complete:
        raise incomplete_listing(planned.listing, len(planned.plan.costly))
    show_warnings(shell, planned.warnings, planned.lock.merged)
    shell.keep(lambda: plan_markdown(planned))
    if planned.refusals and not shell.wants_json:
        show_plan(shell, planned)
    if planned.refusals:
        raise LimitError.of(planned.refusals)
    if out is not None:
        save_plan(out, planned.plan, request)
    show_plan(shell, planned)
    return ExitCode.CHANGES if detailed_exitcode and planned.plan.changes else ExitCode.OK


def show_plan(shell: Shell, planned: Planned) -> None:
    """Report a plan in the form asked for."""
    if shell.wants_json:
        shell.report(plan_json(planned))
    elif shell.format == "markdown":
        shell.report(plan_markdown(planned))
    else:
        shell.report(plan_text(planned, shell.paint, shell.verbosity > 0))
