"""`localize status`."""

from __future__ import annotations

import shutil
import sys
from functools import partial
from pathlib import Path

import click

from heygen_localize.cli.manifests import all_option, file_option
from heygen_localize.cli.numbers import seconds
from heygen_localize.cli.shell import Shell, loopback_base, output_options, target_option
from heygen_localize.cli.states import state_option
from heygen_localize.core.errors import ExitCode
from heygen_localize.core.model import LockUrls
from heygen_localize.core.text import strip_controls
from heygen_localize.operations.status import status_of
from heygen_localize.planning.status import StatusRow
from heygen_localize.project.project import Project
from heygen_localize.report.status import status_json, status_markdown, status_text
from heygen_localize.system.clock import SystemClock


@click.command("status")
@all_option
@file_option
@target_option
@state_option
@click.option(
    "--fail-if-incomplete",
    is_flag=True,
    help="Exit with 5 unless every target is rendered as the manifest wants it.",
)
@click.option(
    "--watch", is_flag=True, help="Follow an apply that runs elsewhere, until nothing renders."
)
@click.option(
    "--interval",
    type=seconds(0.01),
    default=30.0,
    show_default=True,
    help="Seconds between two looks of --watch.",
)
@output_options("text", "json", "markdown")
def command(
    shell: Shell,
    file: Path,
    target: tuple[str, ...],
    state: tuple[str, ...],
    fail_if_incomplete: bool,
    watch: bool,
    interval: float,
) -> ExitCode:
    """Show the status of every target, from the lockfile: no key, no network.

    Where the manifest keeps links out of the lockfile, --format json asks HeyGen for
    them, if there is a key.

    While a replacement renders, the outputs are those of the earlier job. On a
    terminal it is a table of videos by languages if that fits; -v lists the targets.

    With --watch the account is asked (that needs a key) until nothing renders any more:
    what changes is told on standard error, and once a minute how everything stands.
    Nothing is ordered and no file is changed.

    \b
    Examples:
      localize status
      localize status --state failed --state missing
      localize status --fail-if-incomplete
      localize status --watch
      localize status --format json | jq -r '.targets[].outputs.video_url'
    """
    if watch:
        rows = _watched(shell, file, target, interval)
    else:
        project = Project.open(file, loopback=loopback_base())
        if shell.wants_json and project.manifest.lock_urls is LockUrls.NONE:
            # Here, since status by itself needs nothing of a network.
            from heygen_localize.cli.links import with_links

            project = with_links(shell, project, project.select(target))
        rows = status_of(project, target, SystemClock())
    rows = tuple(row for row in rows if not state or row.is_one_of(state))
    # A table only where it is looked at on a terminal, and not every target's line is wanted.
    wide = sys.stdout.isatty() and not shell.verbosity
    width = shutil.get_terminal_size().columns if wide else None
    status_lines = partial(status_text, width=width)
    shell.show(rows, status_lines, status_json, status_markdown)
    incomplete = any(row.incomplete for row in rows)
    return ExitCode.CHANGES if fail_if_incomplete and incomplete else ExitCode.OK


def _watched(
    shell: Shell, manifest: Path, targets: tuple[str, ...], interval: float
) -> tuple[StatusRow, ...]:
    """Follow the account's jobs; a line for each change, and a heartbeat a minute."""
    # Here, since status without --watch needs nothing of a network.
    from heygen_localize.cli.progress import ProgressLines
    from heygen_localize.cli.shell import open_account
    from heygen_localize.operations.watching import Look, watch_status

    lines = ProgressLines(at_once=True)

    def tell(look: Look) -> None:
        for row, before in look.changed:
            message = f" {row.failure_message}" if row.failure_message else ""
            told = f"{row.address} {before.value} → {row.standing.value}{message}"
            shell.say(strip_controls(told))
        if not shell.quiet:
            lines.waiting(look.pulse)

    account = open_account(shell, manifest)
    return watch_status(manifest, account, SystemClock(), tell, targets=targets, interval=interval)
