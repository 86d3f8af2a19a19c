"""`localize accept`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
    """Use files although their check failed; let canaries be followed.

    For targets with publish_after: check that are rejected, and for canaries that are rendered:
    the other languages of their video are ordered by the next apply. The lockfile gets a line,
    `accepted`, beside the very job that was accepted: to commit, and to review. Globs may stand
    for addresses; one that fits nothing of both is refused, and then nothing is accepted.

    \b
    Examples:
      localize accept intro/es-MX
      localize accept 'intro/*' '*/ja'
    """
    accepted = accept(file, address, loopback=loopback_base())
    if shell.wants_json:
        shell.report(to_json({"accepted": [to_builtins(item) for item in accepted]}))
    else:
        shell.report(strip_controls("\n".join(_lines(accepted))))


def _lines(accepted: Sequence[Accepted]) -> Iterator[str]:
    for item in accepted:
        found = f" with {pluralize(item.errors, 'error')}" if item.errors else ""
        yield f"{item.address}: accepted{found} ({item.translation_id}, {item.sha256[:12]}…)"
    waiting = {address for item in accepted for address in item.waiting}
    if waiting:
        yield (
            f"{pluralize(len(waiting), 'target')} waited for this: localize apply orders what no "
            "other canary and no date holds. Where applies run in CI, commit the lockfile: "
            "who merges it accepts."
        )
    if any(item.errors for item in accepted):
        yield "localize pull puts the files in their places."
