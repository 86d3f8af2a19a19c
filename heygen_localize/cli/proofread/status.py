"""`localize proofread status` and `localize proofread diff`."""

from __future__ import annotations

from pathlib import Path

import click

from heygen_localize.cli.manifests import file_option
from heygen_localize.cli.proofread.options import opener, request_of
from heygen_localize.cli.shell import Shell, output_options, target_option
from heygen_localize.cli.shell_complete import complete_addresses
from heygen_localize.operations.proofread.status import review_diff, review_status
from heygen_localize.report import proofread as report


@click.command("status")
@file_option
@target_option
@output_options("text", "json", "markdown")
def status(shell: Shell, file: Path, target: tuple[str, ...]) -> None:
    """Show how far each review is, and what is wrong with each text: no key, no network.

    \b
    Examples:
      localize proofread status
      localize proofread status --target '*/es-MX' --format json
    """
    rows = review_status(request_of(file, target))
    shell.show(
        rows, report.review_status_text, report.review_status_json, report.review_status_markdown
    )


@click.command("diff")
@file_option
@click.argument("address", nargs=-1, metavar="[ADDRESS]...", shell_complete=complete_addresses)
@output_options("text", "json", "markdown")
def diff(shell: Shell, file: Path, address: tuple[str, ...]) -> None:
    """Show what reviewers changed, cue by cue, beside what is said in the video.

    Addresses may be globs; without any, all. HeyGen's text is that which apply
    kept on this machine, or else its session's, where there is a key and it lives.
    In Markdown it fits into a pull request's comment.

    \b
    Examples:
      localize proofread diff
      localize proofread diff 'intro/*'
      localize proofread diff --format markdown > comment.md
    """
    diffs = review_diff(request_of(file, address), opener(shell))
    shell.show(diffs, report.review_diff_text, report.review_diff_json, report.review_diff_markdown)
