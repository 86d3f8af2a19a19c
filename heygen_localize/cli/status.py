"""`localize status`."""

from __future__ import annotations

from pathlib import Path

import click

from heygen_localize.app import status
from heygen_localize.cli.shell import (
    Shell,
    file_option,
    loopback_base,
    output_options,
    target_option,
)
from heygen_localize.report.statuses import status_json, status_markdown, status_text


@click.command("status")
@file_option
@target_option
@output_options("text", "json", "markdown")
@click.pass_obj
def command(shell: Shell, file: Path, target: tuple[str, ...]) -> None:
    """Show where every target stands, from the lockfile: no key, no network.

    While a replacement renders, the outputs are those of the earlier job.

    \b
    Examples:
      localize status
      localize status --format json | jq -r '.targets[].outputs.video_url'
    """
    rows = status(file, target, loopback=loopback_base())
    if shell.wants_json:
        shell.report(status_json(rows))
    elif shell.format == "markdown":
        shell.report(status_markdown(rows))
    else:
        shell.report(status_text(rows, shell.paint))
