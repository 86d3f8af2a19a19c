"""`localize proofread export` and `localize proofread import`: texts as sheets, and back."""

from __future__ import annotations

import io
import os
import stat
import sys
from pathlib import Path

import click

from heygen_localize.cli.manifests import file_option
from heygen_localize.cli.places import FILE, FOLDER_OR_STREAM
from heygen_localize.cli.proofread.options import opener, request_of
from heygen_localize.cli.shell import Shell, output_options, show_warnings
from heygen_localize.cli.shell_complete import complete_addresses
from heygen_localize.cli.streams import in_ci
from heygen_localize.core.errors import UsageError
from heygen_localize.core.text import pluralize, steers, strip_controls
from heygen_localize.operations.proofread.sheets import (
    SheetImport,
    enter_sheet,
    sheets,
    write_sheets,
)
from heygen_localize.report.render import to_json


@click.command("export")
@file_option
@click.argument("address", nargs=-1, metavar="[ADDRESS]...", shell_complete=complete_addresses)
@click.option(
    "-o",
    "--output",
    required=True,
    type=FOLDER_OR_STREAM,
    metavar="DIR|-",
    help="The folder that the sheets go to; - for standard output, of one target.",
)
@click.option("--force", is_flag=True, help="Write over sheets that are there and differ.")
@click.option(
    "--format",
    type=click.Choice(["csv"]),
    default="csv",
    show_default=True,
    expose_value=False,
    help="Form of the sheets.",
)
@output_options("text")
def export(shell: Shell, file: Path, address: tuple[str, ...], output: str, force: bool) -> None:
    """Write texts as sheets for spreadsheets: a row for each cue, a file for each target.

    Reviewers edit the columns reviewed and comment, and import brings it back.
    Addresses may be globs; without any, all texts that there are. The files are
    named VIDEO.LANGUAGE.csv.

    \b
    Examples:
      localize proofread export -o sheets
      localize proofread export intro/es-MX -o - > intro.csv
    """
    made = sheets(request_of(file, address), opener(shell))
    if output != "-":
        for place in write_sheets(made, Path(output), force=force):
            shell.report(strip_controls(str(place)))
        return
    if len(made) != 1:
        raise UsageError(
            f"standard output takes one sheet, and these are {pluralize(len(made), 'target')}",
            hint="name one address, or a folder: -o sheets",
        )
    _write_bytes(made[0].content)


def _write_bytes(content: bytes) -> None:
    if in_ci() and not _goes_to_file() and steers(content.decode("utf-8", "replace")):
        raise UsageError(
            "the log of a CI system would run a part of this sheet as a command",
            hint="name a folder, -o sheets, or lead the output into a file: -o - > sheet.csv",
        )
    click.echo(content, nl=False)


def _goes_to_file() -> bool:
    try:
        return stat.S_ISREG(os.fstat(sys.stdout.fileno()).st_mode)
    except (OSError, io.UnsupportedOperation):
        return False


@click.command("import")
@file_option
@click.argument("sheet", type=FILE, metavar="FILE")
@click.argument("address", required=False, shell_complete=complete_addresses)
@output_options("text", "json")
def import_(shell: Shell, file: Path, sheet: Path, address: str | None) -> None:
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
    shell.report(_entered_json(entered) if shell.wants_json else _entered_text(entered))


def _entered_text(entered: SheetImport) -> str:
    message = "took the reviewed text into" if entered.changed else "nothing changed in"
    lines = [f"{entered.address}: {message} {entered.path}"]
    for number, comment in sorted(entered.comments.items()):
        lines.append(f"  cue {number}: " + comment.replace("\n", "\n    "))
    return strip_controls("\n".join(lines))


def _entered_json(entered: SheetImport) -> str:
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
