"""`localize proofread` and its subcommands."""

from __future__ import annotations

import click

from heygen_localize.cli.proofread import approve, fix_times
from heygen_localize.cli.proofread.sheets import export, import_
from heygen_localize.cli.proofread.status import diff, status


@click.group("proofread")
def command() -> None:
    """Review subtitles before they are rendered.

    Targets with `proofread` in the manifest are rendered from subtitles that people
    have read. apply brings the texts; these commands show, check and approve them.

    \b
    Examples:
      localize proofread status
      localize proofread diff 'intro/*' --format markdown
      localize proofread approve intro/es-MX
    """


for _subcommand in (
    status,
    diff,
    approve.command,
    fix_times.command,
    export,
    import_,
):
    # Whole, as the commands above it have it: click would cut it at the width of the terminal.
    _subcommand.short_help = (_subcommand.help or "").partition("\n\n")[0]
    command.add_command(_subcommand)
