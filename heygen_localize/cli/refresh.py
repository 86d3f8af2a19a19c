"""`localize refresh`."""

from __future__ import annotations

from pathlib import Path

import click

from heygen_localize.cli.manifests import all_option, file_option
from heygen_localize.cli.shell import Shell, open_account, output_options, target_option
from heygen_localize.core.errors import ExitCode
from heygen_localize.operations.refresh import refresh
from heygen_localize.report.refresh import refresh_json, refresh_markdown, refresh_text
from heygen_localize.system.clock import SystemClock


@click.command("refresh")
@all_option
@file_option
@target_option
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 5 where something drifted.")
@output_options("text", "json", "markdown")
def command(shell: Shell, file: Path, target: tuple[str, ...], detailed_exitcode: bool) -> int:
    """Renew the lockfile's links and statuses from the account, and show what drifted.

    Orders nothing, and changes nothing at HeyGen. Links last about a week;
    jobs may have been deleted, renamed or have failed since.

    \b
    Examples:
      localize refresh
      localize refresh --target 'intro/*' --detailed-exitcode
    """
    found = refresh(file, open_account(shell, file), SystemClock(), target)
    shell.show(found, refresh_text, refresh_json, refresh_markdown)
    return ExitCode.CHANGES if detailed_exitcode and found.drifts else ExitCode.OK
