"""`localize pull`."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click

from heygen_localize.cli.manifests import all_option, file_option
from heygen_localize.cli.progress import watch_transfers
from heygen_localize.cli.shell import (
    Shell,
    loopback_base,
    open_account,
    output_options,
    target_option,
)
from heygen_localize.cli.streams import on_terminal
from heygen_localize.operations.pull.pull import check, pull
from heygen_localize.operations.pull.workers import PullTools
from heygen_localize.report.pull import pull_json, pull_markdown, pull_text
from heygen_localize.system.clock import SystemClock
from heygen_localize.system.signals import Interruption
from heygen_localize.system.web import Web


@click.command("pull")
@all_option
@file_option
@target_option
@click.option(
    "--check",
    "only_check",
    is_flag=True,
    help="Download nothing; exit with 5 if files are missing or differ.",
)
@output_options("text", "json", "markdown")
def command(shell: Shell, file: Path, target: tuple[str, ...], only_check: bool) -> int:
    """Download the finished files to the paths in outputs.

    Files that are there already are not downloaded again, and a broken download goes on
    where it stopped. A key is needed only where the links in the lockfile have expired. While a
    replacement renders, the files are those of the earlier job.

    \b
    Examples:
      localize pull
      localize pull --target 'intro/*'
      localize pull --check
    """
    loopback = loopback_base()
    if only_check:
        report = check(file, target, loopback=loopback)
    else:
        with Interruption().listening() as interruption, watch_transfers(shell.quiet) as watcher:
            tools = PullTools(
                Web(loopback=loopback),
                lambda: open_account(shell).client,
                SystemClock(),
                watcher,
            )
            report = pull(file, target, tools, interruption, loopback=loopback)
    told = not (only_check or shell.quiet or on_terminal())
    shell.show(report, partial(pull_text, told=told), pull_json, pull_markdown)
    shell.annotate(dict.fromkeys(row.problem for row in report.rows if row.problem is not None))
    return report.exit_code
