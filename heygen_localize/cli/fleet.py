"""`localize fleet` and its subcommands."""

from __future__ import annotations

from pathlib import Path

import click

from heygen_localize.cli.manifests import file_option
from heygen_localize.cli.shell import Shell, loopback_base, output_options, target_option
from heygen_localize.core.text import pluralize, strip_controls
from heygen_localize.operations.fleet import look_at_fleet, retry_failed
from heygen_localize.report.fleet import fleet_json, fleet_text


@click.group("fleet")
def command() -> None:
    """Look at the workers of a shared state, and at what they do.

    LOCALIZE_STATE names the database, or state in the manifest. Nothing is asked of HeyGen.

    \b
    Examples:
      localize fleet status
      localize fleet retry
    """


@command.command("status", short_help="Show queues, workers, places, rates and failures.")
@file_option
@output_options("text", "json")
def status(shell: Shell, file: Path) -> None:
    """Show queues, workers, places, rates and failures: of all projects in the database.

    Exits with 2 or 4 where it cannot be used or reached.

    \b
    Examples:
      localize fleet status
      localize fleet status --format json
    """
    shell.show(look_at_fleet(file), fleet_text, fleet_json)


@command.command("retry", short_help="Have failed deliveries tried again.")
@file_option
@target_option
@output_options("text")
def retry(shell: Shell, file: Path, target: tuple[str, ...]) -> None:
    """Have failed deliveries of a project tried again, all or some.

    \b
    Examples:
      localize fleet retry
      localize fleet retry --target 'intro/*'
    """
    project, found = retry_failed(file, target, loopback=loopback_base())
    shell.report(strip_controls(f"{project}: {pluralize(len(found), 'delivery', 'deliveries')}"))
