"""`localize report`."""

from __future__ import annotations

from pathlib import Path

import click

from heygen_localize.cli.manifests import file_option
from heygen_localize.cli.places import FILE
from heygen_localize.cli.shell import (
    Shell,
    loopback_base,
    output_options,
    show_warnings,
    target_option,
)
from heygen_localize.core.errors import UsageError
from heygen_localize.core.model import LockUrls, Manifest
from heygen_localize.operations.costs import standings_by_lockfile
from heygen_localize.operations.measured import measured
from heygen_localize.operations.status import status_of
from heygen_localize.planning.renames import with_renames
from heygen_localize.project.project import Project, fits_any
from heygen_localize.project.protected import refuse_overwriting
from heygen_localize.report.html.checks import page_checks
from heygen_localize.report.html.page import PageInput, is_page, page, page_json, page_text
from heygen_localize.system import opened
from heygen_localize.system.causes import cause_of
from heygen_localize.system.checkout import Checkout
from heygen_localize.system.clock import SystemClock
from heygen_localize.system.files import write_atomically

_BEGINNING = 4096
"""Bytes of a file that tell whether it is a report."""


@click.command("report")
@file_option
@target_option
@click.option(
    "-o",
    "--html",
    required=True,
    type=FILE,
    help="The page to write.",
)
@click.option(
    "--no-links",
    is_flag=True,
    help="Leave HeyGen's links out: whoever has one can open the file.",
)
@click.option("--force", is_flag=True, help="Write over a file that is no report, too.")
@output_options("text", "json")
def command(
    shell: Shell, file: Path, target: tuple[str, ...], html: Path, no_links: bool, force: bool
) -> None:
    """Write one HTML page with the status of everything: no key, no network.

    It shows videos by languages, what failed and why, what was spent, what localize check
    found, beside the source, and plays each video beside its translations: from pulled
    files, else from links. Where the manifest keeps those out of the lockfile, HeyGen is
    asked for them, if there is a key.

    \b
    Examples:
      localize report --html report.html
      localize report --html intro.html --target 'intro/*' --no-links
    """
    loopback = loopback_base()
    project = Project.open(file, loopback=loopback)
    if project.manifest.lock_urls is LockUrls.NONE and not no_links:
        project = _with_links(shell, project, target)
    manifest, lock = project.manifest, project.lock
    rows = status_of(project, target, SystemClock())
    lock = with_renames(manifest.targets, lock)
    _refuse_loss(html, manifest, force)
    show_warnings(shell, (), lock.merged)
    now = SystemClock().now()
    disk = Checkout(file.parent)
    gone = {
        order.address
        for order in lock.paid.values()
        if not target or fits_any(order.address, target)
    }
    known = measured(project, target)
    checks = page_checks(known.rows, known.sources, known.unchecked, known.unread)
    made = page(
        PageInput(
            manifest,
            lock,
            rows,
            html,
            disk,
            now,
            not no_links,
            loopback,
            gone,
            checks,
            standings_by_lockfile(project, now),
        )
    )
    try:
        write_atomically(html, made.html)
    except OSError as error:
        raise UsageError(f"{html} cannot be written: {cause_of(error)}") from None
    shell.report(page_json(made) if shell.wants_json else page_text(made))


_MOST_ASKED = 1000
"""Jobs whose links are asked for; nobody plays more of a page."""


def _with_links(shell: Shell, project: Project, targets: tuple[str, ...]) -> Project:
    """Ask for links that are not in the lockfile; a page without them is better than none."""
    # Here, since a report by itself needs nothing of a network.
    from heygen_localize.cli.links import with_links
    from heygen_localize.heygen.errors import ApiError

    try:
        return with_links(shell, project, project.select(targets), _MOST_ASKED)
    except ApiError as failure:
        shell.say(f"links are not in the lockfile, and could not be had: {failure}")
        return project


def _refuse_loss(html: Path, manifest: Manifest, force: bool) -> None:
    if html.resolve() in (manifest.path.resolve(), manifest.lock_path.resolve()):
        raise UsageError(f"{html} is the manifest or its lockfile", code="report_place_taken")
    refuse_overwriting("--html", html, manifest.path)
    try:
        with opened(html) as file:
            ours = is_page(file.read(_BEGINNING))
    except FileNotFoundError:
        return
    except OSError as error:
        raise UsageError(f"{html} cannot be read: {cause_of(error)}") from None
    if not ours and not force:
        raise UsageError(
            f"{html} is there already, and is no report of localize",
            code="report_place_taken",
            hint="name another file, or write over it with --force",
        )
