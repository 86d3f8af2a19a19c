"""`localize status`."""

from __future__ import annotations

import shutil
import sys
from functools import partial
from pathlib import Path

import click

from heygen_localize.cli.shell import (
    Shell,
    file_option,
    loopback_base,
    output_options,
    state_option,
    target_option,
)
from heygen_localize.core.errors import ExitCode
from heygen_localize.operations.status import status
from heygen_localize.report.status import status_json, status_markdown, status_text


@click.command("status")
@file_option
@target_option
@state_option
@click.option(
    "--fail-if-incomplete",
    is_flag=True,
    help="Exit with 5 unless every target is rendered as the manifest wants it.",
)
@output_options("text", "json", "markdown")
def command(
    shell: Shell,
    file: Path,
    target: tuple[str, ...],
    state: tuple[str, ...],
    fail_if_incomplete: bool,
) -> ExitCode:
    """Show the status of every target, from the lockfile: no key, no network.

    While a replacement renders, the outputs are those of the earlier job. On a
    terminal it is a table of videos by languages if that fits; -v lists the targets.

    \b
    Examples:
      localize status
      localize status --state failed --state missing
      localize status --fail-if-incomplete
      localize status --format json | jq -r '.targets[].outputs.video_url'
    """
    rows = status(file, target, states=state, loopback=loopback_base())
    # A table only where it is looked at on a terminal, and not every target's line is wanted.
    wide = sys.stdout.isatty() and not shell.verbosity
    width = shutil.get_terminal_size().columns if wide else None
    status_lines = partial(status_text, width=width)
    shell.show(rows, status_lines, status_json, status_markdown)
    incomplete = any(row.incomplete for row in rows)
    return ExitCode.CHANGES if fail_if_incomplete and incomplete else ExitCode.OK
