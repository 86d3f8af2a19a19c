"""`localize proofread import`."""

from __future__ import annotations

from pathlib import Path

import click

from heygen_localize.cli.proofread.options import opener, request_of
from heygen_localize.cli.shell import Shell, file_option, output_options, show_warnings
from heygen_localize.cli.shell_complete import complete_addresses
from heygen_localize.core.text import strip_controls
from heygen_localize.operations.proofread.sheets import SheetImport, enter_sheet
from heygen_localize.report.render import to_json


@click.command("import")
@file_option
@click.argument("sheet", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE")
@click.argument("address", required=False, shell_complete=complete_addresses)
@output_options("text", "json")
@click.pass_obj
def command(shell: Shell, file: Path, sheet: Path, address: str | None) -> None:
    """Put a reviewed sheet's texts into the subtitle file it was exported from.

    Only the column reviewed is taken. Comments are shown, and kept nowhere. A sheet
    whose rows do not fit is refused with all its mistakes, and nothing is written.
    Without an ADDRESS the file's name tells it, as export named it.

    \b
    Examples:
      localize proofread import sheets/intro.es-MX.csv
      localize proofread import review.csv intro/es-MX
    """
    request = request_of(file, () if address is None else (address,))
    entered = enter_sheet(request, sheet, opener(shell))
    show_warnings(shell, entered.problems)
    shell.report(_json(entered) if shell.wants_json else _text(entered))


def _text(entered: SheetImport) -> str:
    told = "took the reviewed text into" if entered.changed else "nothing changed in"
    lines = [f"{entered.address}: {told} {entered.path}"]
    for number, comment in sorted(entered.comments.items()):
        lines.append(f"  cue {number}: " + comment.replace("\n", "\n    "))
    return strip_controls("\n".join(lines))


def _json(entered: SheetImport) -> str:
    return to_json(
        {
            "address": entered.address,
            "path": entered.path,
            "changed": entered.changed,
            "comments": [
                {"cue": number, "comment": comment}
                for number, comment in sorted(entered.comments.items())
            ],
        }
    )
