"""`localize lock` and its subcommands."""

from __future__ import annotations

import os
from pathlib import Path

import click

from heygen_localize.cli.manifests import file_option
from heygen_localize.cli.places import FILE
from heygen_localize.cli.shell import Shell, output_options
from heygen_localize.core.errors import LockfileError, Where
from heygen_localize.core.text import pluralize, strip_controls
from heygen_localize.operations.lock import break_lock, check_lock, merge_locks
from heygen_localize.project.object_lock import VARIABLE
from heygen_localize.project.protected import refuse_overwriting
from heygen_localize.system.causes import cause_of
from heygen_localize.system.clock import SystemClock
from heygen_localize.system.files import write_atomically


@click.group("lock")
def command() -> None:
    """Check and merge lockfiles, for git and for CI; break the lock of several machines.

    Nothing is asked of HeyGen. Whatever is no lockfile of the manifest's project is
    refused with exit 2.

    \b
    Examples:
      localize lock check
      localize lock merge --base base.lock --theirs theirs.lock
    """


@command.command("check", short_help="Check that the lockfile is whole, and the manifest's own.")
@file_option
@output_options("text")
def check(shell: Shell, file: Path) -> None:
    """Check that the lockfile is whole, and the manifest's own.

    Of the manifest only project and formerly are read. A lockfile with git's conflict
    markers passes: apply reads both of its sides.

    \b
    Example:
      localize lock check -f videos/localize.yaml
    """
    lock = check_lock(file.with_suffix(".lock"), file)
    found = pluralize(len(lock.entries), "target")
    shell.report(strip_controls(f"{file.with_suffix('.lock')}: {found} of {lock.project}"))


@command.command("break", short_help="Break the lock that a killed run holds in a bucket.")
@output_options("text")
def break_(shell: Shell) -> None:
    """Break the lock that a killed run holds in a bucket, named by LOCALIZE_LOCK.

    It is watched for 90 seconds: where its holder shows life, it stays, and the exit code
    is 2.

    \b
    Example:
      localize lock break
    """
    shell.say(strip_controls(break_lock(os.environ.get(VARIABLE, ""), SystemClock()) + "."))


@command.command("merge", short_help="Merge two lockfiles that came from a third.")
@file_option
@click.option("--ours", type=FILE, help="Our state; the manifest's lockfile, if not given.")
@click.option("--base", type=FILE, help="What both began with; nothing, if not given.")
@click.option("--theirs", type=FILE, help="The other state; if not given, ours is checked alone.")
@click.option("-o", "--output", type=FILE, help="The file to write; else ours is written over.")
@click.option("--own-approvals", is_flag=True, help="Take over no approval that ours has not.")
@click.option("--over-damaged", is_flag=True, help="Pass over theirs if it is no lockfile at all.")
@output_options("text")
def merge(
    shell: Shell,
    /,
    file: Path,
    ours: Path | None,
    base: Path | None,
    theirs: Path | None,
    output: Path | None,
    **options: bool,
) -> None:
    """Merge two lockfiles that came from a third, target by target.

    What one side alone changed is as on that side; what both changed is never lost, and
    the job that is further along stays. With --ours %A --base %O --theirs %B it is git's
    merge driver.

    \b
    Examples:
      localize lock merge --base base.lock --theirs theirs.lock
      localize lock merge --ours a.lock --theirs b.lock --output merged.lock
    """
    if output is not None:
        refuse_overwriting("--output", output, file, lockfile=True)
    ours = ours or file.with_suffix(".lock")
    text = merge_locks(file, ours, base, theirs, **options)
    place = output or ours
    try:
        write_atomically(place, text)
    except OSError as error:
        raise LockfileError(
            f"{place.name} cannot be written: {cause_of(error)}",
            code="lockfile_unwritable",
            where=Where(place.name),
        ) from None
    shell.say(strip_controls(f"Written to {place}."))
