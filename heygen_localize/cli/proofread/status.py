"""`localize proofread status`."""

from __future__ import annotations

from pathlib import Path

import click

from heygen_localize.cli.proofread.options import request_of
from heygen_localize.cli.shell import Shell, file_option, output_options, target_option
from heygen_localize.operations.proofread.status import review_status
from heygen_localize.report.proofread import (
    review_status_json,
    review_status_markdown,
    review_status_text,
)


@click.command("status")
@file_option
@target_option
@output_options("text", "json", "markdown")
@click.pass_obj
def command(shell: Shell, file: Path, target: tuple[str, ...]) -> None:
    """Show how far each review is, and what is wrong with each text: no key, no network.

    \b
    Examples:
      localize proofread status
      localize proofread status --target '*/es-MX' --format json
    """
    rows = review_status(request_of(file, target))
    if shell.wants_json:
        shell.report(review_status_json(rows))
    elif shell.format == "markdown":
        shell.report(review_status_markdown(rows))
    else:
        shell.report(review_status_text(rows, shell.paint))
