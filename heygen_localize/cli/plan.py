"""`localize plan`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from heygen_localize.cli.manifests import all_option
from heygen_localize.cli.places import FILE
from heygen_localize.cli.planning import request_options
from heygen_localize.cli.screen import screen_of
from heygen_localize.cli.shell import (
    Shell,
    markdown_option,
    open_account,
    output_options,
)
from heygen_localize.core.errors import ExitCode
from heygen_localize.operations.request import Request
from heygen_localize.system.clock import SystemClock


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
        from heygen_localize.project.protected import refuse_overwriting

        refuse_overwriting("--out", out, request.path)
    if revision is not None:
        from heygen_localize.cli.plan_shown import show_difference

        return show_difference(shell, request, revision, out, detailed_exitcode)
    if offline:
        shell.say("From the lockfile alone: the account was not asked.")
    account = None if offline else open_account(shell, request.path)
    clock, form = SystemClock(), _form(shell, out)
    earlier = None
    if account is not None and form is not None:
        from heygen_localize.operations.plan_unchanged import earlier_plan

        earlier = earlier_plan(request, account, clock, form)
        told = earlier.answer() if earlier else None
        if told is not None:
            shell.report(told)
            return ExitCode.OK
    # Here, since an answer that still holds needs nothing of it.
    from heygen_localize.cli.plan_shown import show_plan

    return show_plan(shell, request, account, clock, out, detailed_exitcode, earlier)


def _form(shell: Shell, out: Path | None) -> str | None:
    """Return what the text on this screen hangs on; None where more is asked for than that."""
    whole = shell.for_people and not shell.verbosity and shell.markdown is None and out is None
    return f"{screen_of(sys.stdout)} {shell.paint('', 'red')}" if whole else None
