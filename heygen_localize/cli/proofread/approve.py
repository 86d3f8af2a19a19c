"""`localize proofread approve`."""

from __future__ import annotations

from pathlib import Path

import click
from msgspec import to_builtins

from heygen_localize.cli.manifests import file_option
from heygen_localize.cli.proofread.options import request_of
from heygen_localize.cli.shell import Shell, output_options
from heygen_localize.cli.shell_complete import complete_addresses
from heygen_localize.core.errors import UsageError
from heygen_localize.core.text import strip_controls
from heygen_localize.operations.proofread.approve import Approvals, approve
from heygen_localize.report.render import to_json


@click.command("approve")
@file_option
@click.argument("address", nargs=-1, metavar="[ADDRESS]...", shell_complete=complete_addresses)
@click.option("--all", "every", is_flag=True, help="All texts that there are.")
@output_options("text", "json")
def command(shell: Shell, file: Path, address: tuple[str, ...], every: bool) -> None:
    """Approve texts exactly as they stand: the next apply renders them.

    Their SHA-256 goes to the lockfile; an edit asks for a new approval. Addresses may
    be globs. A text with mistakes is refused, and then nothing is approved.

    \b
    Examples:
      localize proofread approve intro/es-MX
      localize proofread approve 'intro/*' '*/ja'
      localize proofread approve --all
    """
    if every == bool(address):
        raise UsageError(
            "name addresses or use --all" + (", not both" if every else ""),
            hint="localize proofread status lists them",
        )
    approvals = approve(request_of(file, address))
    for name in approvals.without_text:
        shell.say(f"{name} has no text yet.")
    shell.report(to_json(to_builtins(approvals)) if shell.wants_json else _text(approvals))


def _text(approvals: Approvals) -> str:
    lines = [
        f"{item.address}: {'approved' if item.fresh else 'was approved already'} "
        f"({item.path}, SHA-256 {item.sha256[:12]}…)"
        for item in approvals.approved
    ]
    return strip_controls("\n".join(lines) or "nothing to approve")
