"""`localize forget`."""

from __future__ import annotations

from pathlib import Path

import click
from msgspec import to_builtins

from heygen_localize.cli.manifests import file_option
from heygen_localize.cli.shell import Shell, loopback_base, output_options
from heygen_localize.cli.shell_complete import complete_addresses
from heygen_localize.core.text import strip_controls
from heygen_localize.operations.forget import Forgotten, forget
from heygen_localize.report.render import to_json


@click.command("forget")
@file_option
@click.argument("address", nargs=-1, required=True, shell_complete=complete_addresses)
@output_options("text", "json")
def command(shell: Shell, file: Path, address: tuple[str, ...]) -> None:
    """Remove targets that left the manifest from the lockfile.

    Only orphans: addresses that the lockfile has and the manifest does not. Globs may
    stand for them. The jobs stay at HeyGen; prune deletes them there. Of a target that plan
    holds, since its order was never answered, that order is let go: then apply orders it.

    \b
    Examples:
      localize forget intro/es-MX
      localize forget 'intro/*' '*/ja'
    """
    forgotten = forget(file, address, loopback=loopback_base())
    if shell.wants_json:
        shell.report(to_json({"forgotten": [to_builtins(item) for item in forgotten]}))
    else:
        shell.report(strip_controls("\n".join(map(_line, forgotten))))


def _line(item: Forgotten) -> str:
    if not item.translation_ids and item.orders:
        then = "; the next apply orders it (this costs)" if item.wanted else ""
        return f"{item.address}: its order is let go{then}"
    if not item.translation_ids:
        return f"{item.address}: forgotten; it had no job"
    message = f"{item.address}: forgotten; {', '.join(item.translation_ids)}"
    stays = "stays" if len(item.translation_ids) == 1 else "stay"
    was = ", and was protected" if item.protected else ""
    return f"{message} {stays} at HeyGen{was}"
