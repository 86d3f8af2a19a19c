"""`localize jobs`."""

from __future__ import annotations

from pathlib import Path

import click

from heygen_localize.cli.manifests import file_option
from heygen_localize.cli.shell import (
    Shell,
    open_account,
    output_options,
    target_option,
)
from heygen_localize.core.errors import ExitCode
from heygen_localize.operations.jobs import jobs_of_account
from heygen_localize.report.jobs import jobs_json, jobs_text


@click.command("jobs")
@file_option
@target_option
@output_options("text", "json")
def command(shell: Shell, file: Path, target: tuple[str, ...]) -> ExitCode:
    """List the account's jobs, the newest first: id, state, when, language, whose.

    An id goes to localize import. Whose a job is follows from the mark that localize
    gives each of its jobs; of which target, from the manifest, where there is one.
    Needs a key; times are UTC.

    \b
    Examples:
      localize jobs
      localize jobs --target 'intro/*'
      localize jobs --format json | jq -r '.jobs[] | select(.project == null).translation_id'
    """
    found = jobs_of_account(open_account(shell, None), file, target)
    shell.show(found, jobs_text, jobs_json)
    if found.problem is None:
        return ExitCode.OK
    if not shell.wants_json:  # there it stands in the one document
        shell.show_problems((found.problem,))
    return ExitCode.VENDOR
