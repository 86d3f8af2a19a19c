"""`localize state` and its subcommands."""

from __future__ import annotations

from pathlib import Path

import click
from msgspec import to_builtins

from heygen_localize.cli.manifests import file_option
from heygen_localize.cli.places import FILE
from heygen_localize.cli.shell import Shell, loopback_base, output_options
from heygen_localize.core.errors import UsageError
from heygen_localize.core.text import pluralize, strip_controls
from heygen_localize.operations.state import (
    Overview,
    export_by_file,
    export_lockfile,
    import_lockfile,
    initialize,
    look,
)
from heygen_localize.project.protected import refuse_overwriting
from heygen_localize.report.render import to_json


@click.group("state")
def command() -> None:
    """Keep the state of a project in PostgreSQL, for many machines.

    LOCALIZE_STATE names the database, or state in the manifest. Nothing is asked of HeyGen.
    It needs the extra: pip install 'heygen-localize[scale]'.

    \b
    Examples:
      localize state init
      localize state import
      localize state check
    """


@command.command("init", short_help="Make the tables, or bring them up to this version.")
@file_option
@output_options("text")
def init(shell: Shell, file: Path) -> None:
    """Make the tables, or bring them up to this version.

    They stand in a schema of their own, localize. What is there already is kept.

    \b
    Example:
      localize state init
    """
    where, before, now = initialize(file)
    if before == now:
        said = f"the tables are of version {now} already"
    else:
        said = f"the tables are of version {now}" + (f", before that of {before}" if before else "")
    shell.report(strip_controls(f"{where}: {said}"))


@command.command("import", short_help="Bring the lockfile into the shared state.")
@file_option
@output_options("text")
def import_(shell: Shell, file: Path) -> None:
    """Bring the lockfile into the shared state.

    What is there already is merged with it, target by target, as localize lock merge does:
    nothing that was paid for is lost.

    \b
    Example:
      localize state import
    """
    where, lock = import_lockfile(file)
    found = pluralize(len(lock.entries), "target")
    shell.report(strip_controls(f"{where}: {found} of {lock.project}"))


@command.command("export", short_help="Write the shared state out as a lockfile.")
@file_option
@click.option("-o", "--output", type=FILE, help="The file to write; else the manifest's lockfile.")
@click.option("--links", is_flag=True, help="Write links too: each opens its file to anybody.")
@click.option(
    "--by-file",
    is_flag=True,
    help="Write a lockfile beside each included file, with the targets of that file.",
)
@output_options("text")
def export(shell: Shell, file: Path, output: Path | None, links: bool, by_file: bool) -> None:
    """Write the shared state out as a lockfile, for git and those who read it there.

    The same state gives the same file, to the byte. It has no links, unless they are asked
    for, and the state keeps any: see lock.urls of the manifest.

    \b
    Examples:
      localize state export
      localize state export -o site/localize.lock
      localize state export --by-file
    """
    if by_file and output is not None:
        raise UsageError("--by-file and --output exclude each other")
    if output is not None:
        refuse_overwriting("--output", output, file, lockfile=True)
    if by_file:
        written = export_by_file(file, links=links, loopback=loopback_base())
    else:
        written = (export_lockfile(file, output, links=links),)
    lines = (f"{path}: {'written' if changed else 'as it was'}" for path, changed in written)
    shell.report("\n".join(map(strip_controls, lines)))


@command.command("check", short_help="Show how the shared state stands.")
@file_option
@output_options("text", "json")
def check(shell: Shell, file: Path) -> None:
    """Show how the shared state stands: who writes to it, and what awaits an answer.

    Exits with 2 or 4 where it cannot be used or reached.

    \b
    Example:
      localize state check
    """
    overview = look(file)
    if shell.wants_json:
        shell.report(to_json(to_builtins(overview)))
    else:
        shell.report(strip_controls("\n".join(_lines(overview))))


def _lines(overview: Overview) -> list[str]:
    found = overview.standing
    lines = [
        f"{overview.where}: tables of version {found.schema}"
        + (", read-only" if found.read_only else ""),
        f"{found.project}: {pluralize(found.targets, 'target')}, written "
        f"{pluralize(found.version, 'time')}",
    ]
    if found.answers:
        lines.append(f"{pluralize(found.answers, 'answer')} not in the entries yet")
    if found.holder is not None:
        lines.append(f"{found.holder} works on it now")
    for item in overview.unanswered:
        held = "may be paid for: localize plan says what to do" if item.doubtful else "open"
        lines.append(f"{item.address}: its {item.kind}'s order was never answered; {held}")
    if overview.exported is not None:
        same = "is" if overview.exported else "is not"
        lines.append(f"the lockfile {same} what localize state export would write")
    return lines
