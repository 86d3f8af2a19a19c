"""`localize proofread fix-times`."""

from __future__ import annotations

from pathlib import Path

import click

from heygen_localize.cli.manifests import file_option
from heygen_localize.cli.proofread.options import opener, request_of
from heygen_localize.cli.shell import Shell, output_options
from heygen_localize.cli.shell_complete import complete_addresses
from heygen_localize.core.text import strip_controls
from heygen_localize.operations.proofread.fix_times import mend_times
from heygen_localize.report.render import to_json


@click.command("fix-times")
@file_option
@click.argument(
    "address", nargs=-1, required=True, metavar="ADDRESS...", shell_complete=complete_addresses
)
@output_options("text", "json")
def command(shell: Shell, file: Path, address: tuple[str, ...]) -> None:
    """Restore HeyGen's numbers and times in texts, and keep what they say.

    Needs HeyGen's text, as diff does, and as many cues as that has; without it,
    only what is certain is fixed, such as cues that no empty line parts. Addresses
    may be globs.

    \b
    Example:
      localize proofread fix-times intro/es-MX
    """
    mended = mend_times(request_of(file, address), opener(shell))
    if shell.wants_json:
        rows = [
            {"address": item.address, "path": item.path, "changed": item.changed} for item in mended
        ]
        shell.report(to_json({"targets": rows}))
        return
    for item in mended:
        message = "restored the times in" if item.changed else "nothing to restore in"
        if not item.compared:
            message = "without HeyGen's text, which is not here, fixed all but the times in"
        shell.report(strip_controls(f"{item.address}: {message} {item.path}"))
