"""`localize status`."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import click

from heygen_localize.cli.shell import (
    Shell,
    file_option,
    loopback_base,
    output_options,
    target_option,
)
from heygen_localize.core.errors import ExitCode
from heygen_localize.operations.apply.apply import status
from heygen_localize.report.status import status_json, status_markdown, status_text


@click.command("status")
@file_option
@target_option
@click.option(
    "--fail-if-incomplete",
    is_flag=True,
    help="Exit with 5 unless every target is rendered as the manifest wants it.",
)
@output_options("text", "json", "markdown")
@click.pass_obj
def command(
    shell: Shell, file: Path, target: tuple[str, ...], fail_if_incomplete: bool
) -> ExitCode:
    """Show where every target stands, from the lockfile: no key, no network.

    While a replacement renders, the outputs are those of the earlier job. On a
    terminal it is a table of videos by languages if that fits; -v lists the targets.

    \b
    Examples:
      localize status
      localize status --fail-if-incomplete
      localize status --format json | jq -r '.targets[].outputs.video_url'
    """
    rows = status(file, target, loopback=loopback_base())
    if shell.wants_json:
        shell.report(status_json(rows))
    elif shell.format == "markdown":
        shell.report(status_markdown(rows))
    else:
        shell.report(status_text(rows, shell.paint, _width(shell)))
    incomplete = any(row.incomplete for row in rows)
    return ExitCode.CHANGES if fail_if_incomplete and incomplete else ExitCode.OK


def _width(shell: Shell) -> int | None:
    """Give the columns of the terminal; None in a pipe, or for who wants every target's line."""
    wide = sys.stdout.isatty() and not shell.verbosity
    return shutil.get_terminal_size().columns if wide else None
