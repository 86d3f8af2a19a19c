"""`localize pull`."""

from __future__ import annotations

from pathlib import Path

import click

from heygen_localize.cli.progress import watch_transfers
from heygen_localize.cli.shell import (
    Shell,
    file_option,
    loopback_base,
    open_account,
    output_options,
    target_option,
)
from heygen_localize.operations.pull.pull import PullRequest, check, pull
from heygen_localize.operations.pull.workers import PullTools
from heygen_localize.planning.pull import PullReport
from heygen_localize.report.pull import pull_json, pull_markdown, pull_text
from heygen_localize.system.clock import SystemClock
from heygen_localize.system.signals import Interruption
from heygen_localize.system.web import Web


@click.command("pull")
@file_option
@target_option
@click.option(
    "--check", "only_check", is_flag=True, help="Fetch nothing; exit with 5 if there is a need to."
)
@output_options("text", "json", "markdown")
@click.pass_obj
def command(shell: Shell, file: Path, target: tuple[str, ...], only_check: bool) -> int:
    """Fetch the finished files to where outputs says.

    What is there already is not fetched again, and what broke off goes on where it
    was. A key is needed only where the links in the lockfile have expired. While a
    replacement renders, the files are those of the earlier job.

    \b
    Examples:
      localize pull
      localize pull --target 'intro/*'
      localize pull --check
    """
    request = PullRequest(file, target, loopback_base())
    if only_check:
        report = check(request)
    else:
        with Interruption().listening() as interruption, watch_transfers(shell.quiet) as watcher:
            tools = PullTools(
                Web(loopback=request.loopback),
                lambda: open_account(shell).client,
                SystemClock(),
                watcher,
            )
            report = pull(request, tools, interruption)
    _show(shell, report)
    return report.exit_code


def _show(shell: Shell, report: PullReport) -> None:
    if shell.wants_json:
        shell.report(pull_json(report))
    elif shell.format == "markdown":
        shell.report(pull_markdown(report))
    else:
        shell.report(pull_text(report, shell.paint))
    shell.annotate(dict.fromkeys(row.problem for row in report.rows if row.problem is not None))
