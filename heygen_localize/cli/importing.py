"""`localize import`."""

from __future__ import annotations

from pathlib import Path

import click

from heygen_localize.cli.shell import Shell, file_option, open_account, output_options
from heygen_localize.clock import SystemClock
from heygen_localize.imports import bring_in


@click.command("import")
@file_option
@click.argument("address")
@click.argument("translation_id", metavar="ID")
@output_options("text")
@click.pass_obj
def command(shell: Shell, file: Path, address: str, translation_id: str) -> None:
    """Enter the job ID into the lockfile as that of ADDRESS.

    For an answer that could not be written down when it came. The vendor is
    asked, and the job must bear the mark of the target's content.

    \b
    Example:
      localize import intro/es-MX tr_f3e127bb4fd0-es
    """
    job = bring_in(file, open_account(shell, file), address, translation_id, SystemClock())
    shell.report(f"{address} counts on {job.id}, which is {job.status.value}.")
