"""`localize accept`."""

from __future__ import annotations

from pathlib import Path

import click
from msgspec import to_builtins

from heygen_localize.cli.manifests import file_option
from heygen_localize.cli.shell import Shell, loopback_base, output_options
from heygen_localize.cli.shell_complete import complete_addresses
from heygen_localize.core.text import pluralize, strip_controls
from heygen_localize.operations.accept import Accepted, accept
from heygen_localize.report.render import to_json


@click.command("accept")
@file_option
@click.argument("address", nargs=-1, required=True, shell_complete=complete_addresses)
@output_options("text", "json")
def command(shell: Shell, file: Path, address: tuple[str, ...]) -> None:
    """Use files although their check failed.

    For targets with publish_after: check that are rejected. The lockfile gets the SHA-256 of
    the file that was accepted, beside its job: a line to review. Globs may stand for addresses;
    one that fits nothing rejected is refused, and then nothing is accepted.

    \b
    Examples:
      localize accept intro/es-MX
      localize accept 'intro/*' '*/ja'
    """
    accepted = accept(file, address, loopback=loopback_base())
    if shell.wants_json:
        shell.report(to_json({"accepted": [to_builtins(item) for item in accepted]}))
    else:
        lines = [*map(_line, accepted), "localize pull puts the files in their places."]
        shell.report(strip_controls("\n".join(lines)))


def _line(item: Accepted) -> str:
    found = pluralize(item.errors, "error")
    return f"{item.address}: accepted with {found} ({item.translation_id}, {item.sha256[:12]}…)"
