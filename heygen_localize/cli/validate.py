"""`localize validate`."""

from __future__ import annotations

from pathlib import Path

import click
from msgspec.structs import replace

from heygen_localize.cli.manifests import all_option, file_option
from heygen_localize.cli.shell import (
    Shell,
    loopback_base,
    open_account,
    output_options,
    show_warnings,
)
from heygen_localize.core.errors import Diagnostic, ManifestError, Severity
from heygen_localize.core.text import pluralize
from heygen_localize.project.file_state import FileState
from heygen_localize.project.project import Project
from heygen_localize.report.render import to_json
from heygen_localize.report.validate import targets_document, targets_text


@click.command("validate")
@all_option
@file_option
@click.option("--online", is_flag=True, help="Use HeyGen's languages of today (needs a key).")
@click.option("--show", is_flag=True, help="Print every target with every option and its origin.")
@output_options("text", "json")
def command(shell: Shell, file: Path, online: bool, show: bool) -> None:
    """Check the manifest, all of it at once, and the subtitles under review.

    Needs neither a key nor a network; exit code 2 where anything is wrong.

    \b
    Examples:
      localize validate
      localize validate --show
      localize validate -f videos/localize.yaml --format json
    """
    account = open_account(shell, file) if online else None
    # The lockfile beside it tells what tags were resolved to; a database would have to be asked.
    project = Project.open(file, account, loopback=loopback_base(), state=FileState(file))
    loaded = project.manifest
    mistakes, warnings = _text_findings(project)
    if loaded.policy.rules:
        # Here, since most manifests have none. It is compiled already, where it can be.
        from heygen_localize.operations.policy import compiled

        compiled(loaded)
    # What stops a target, and no other: plan goes on with the rest.
    stopped = [found for found in loaded.warnings if found.severity is Severity.ERROR]
    doubts = [found for found in loaded.warnings if found.severity is not Severity.ERROR]
    loaded = replace(loaded, warnings=(*doubts, *warnings))
    show_warnings(shell, loaded.warnings)
    if mistakes or stopped:
        raise ManifestError.of([*stopped, *mistakes])
    if shell.wants_json:
        shell.report(to_json(targets_document(loaded)))
        return
    if show:
        shell.report(targets_text(loaded, shell.paint))
    gap = "\n" if show else ""
    videos = len({target.video for target in loaded.targets})
    tags = len({target.language.tag for target in loaded.targets})
    shell.report(
        f"{gap}{file} is valid: {pluralize(len(loaded.targets), 'target')}, "
        f"{pluralize(videos, 'video')}, {pluralize(tags, 'language')}."
    )


def _text_findings(project: Project) -> tuple[tuple[Diagnostic, ...], tuple[Diagnostic, ...]]:
    if all(target.proofread is None for target in project.manifest.targets):
        return (), ()
    from heygen_localize.operations.proofread.status import text_findings

    return text_findings(project)
