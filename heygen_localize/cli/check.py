"""`localize check`."""

from __future__ import annotations

from pathlib import Path

import click

from heygen_localize.cli.manifests import all_option, file_option
from heygen_localize.cli.shell import (
    Shell,
    loopback_base,
    open_account,
    output_options,
    target_option,
)
from heygen_localize.cli.streams import write
from heygen_localize.core.text import strip_controls
from heygen_localize.operations.check import check
from heygen_localize.operations.measuring import CheckWatcher
from heygen_localize.planning.pull import PullReport
from heygen_localize.report.check import check_json, check_markdown, check_text


@click.command("check")
@all_option
@file_option
@target_option
@click.option(
    "--fetch",
    is_flag=True,
    help="Download what is not pulled, to look at it; localize pull takes it from there.",
)
@output_options("text", "json", "markdown")
def command(shell: Shell, file: Path, target: tuple[str, ...], fetch: bool) -> int:
    """Look at the pulled files: picture, sound, length, captions.

    Each is decoded to its end, once: what was looked at before, and is the same, is not
    decoded again. The rules and their thresholds stand under checks in the manifest. Asks
    nobody without --fetch, and needs the extra: pip install 'heygen-localize[check]'. The
    lockfile keeps the figures, for status.

    The exit code is 1 where a file breaks a rule of severity error.

    \b
    Examples:
      localize check
      localize check --target 'intro/*'
      localize check --fetch
      localize check --format json | jq '.targets[] | select(.state == "failed").address'
    """
    watcher = CheckWatcher() if shell.quiet else _Lines()
    fetched = _fetched(shell, file, target) if fetch else None
    report = check(file, target, watcher, loopback=loopback_base(), fetched=fetched)
    shell.show(report, check_text, check_json, check_markdown)
    return report.exit_code


def _fetched(shell: Shell, file: Path, target: tuple[str, ...]) -> PullReport:
    # Here, since a check without it needs no network.
    from heygen_localize.cli.progress import watch_transfers
    from heygen_localize.operations.fetching import fetch_unpulled
    from heygen_localize.operations.pull.workers import PullTools
    from heygen_localize.system.clock import SystemClock
    from heygen_localize.system.signals import Interruption
    from heygen_localize.system.web import Web

    loopback = loopback_base()
    with Interruption().listening() as interruption, watch_transfers(shell.quiet) as watcher:
        tools = PullTools(
            Web(loopback=loopback), lambda: open_account(shell).client, SystemClock(), watcher
        )
        return fetch_unpulled(file, target, tools, interruption, loopback=loopback)


class _Lines(CheckWatcher):
    """A line on standard error for each file that was decoded."""

    def measured(self, path: str, done: int, count: int) -> None:
        """Write which file is done with."""
        write(strip_controls(f"{path}: measured ({done} of {count})") + "\n", err=True)
