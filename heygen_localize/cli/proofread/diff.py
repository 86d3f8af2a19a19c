"""`localize proofread diff`."""

from __future__ import annotations

from pathlib import Path

import click

from heygen_localize.cli.proofread.options import opener, request_of
from heygen_localize.cli.shell import Shell, file_option, output_options
from heygen_localize.cli.shell_complete import complete_addresses
from heygen_localize.operations.proofread.status import review_diff
from heygen_localize.report.proofread import (
    review_diff_json,
    review_diff_markdown,
    review_diff_text,
)


@click.command("diff")
@file_option
@click.argument("address", nargs=-1, metavar="[ADDRESS]...", shell_complete=complete_addresses)
@output_options("text", "json", "markdown")
@click.pass_obj
def command(shell: Shell, file: Path, address: tuple[str, ...]) -> None:
    """Show what reviewers changed, cue by cue, beside what is said in the video.

    Addresses may be globs; without any, all. The vendor's text is that which apply
    kept on this machine, or else its session's, where there is a key and it lives.
    In Markdown it fits into a pull request's comment.

    \b
    Examples:
      localize proofread diff
      localize proofread diff 'intro/*'
      localize proofread diff --format markdown > comment.md
    """
    diffs = review_diff(request_of(file, address), opener(shell))
    if shell.wants_json:
        shell.report(review_diff_json(diffs))
    elif shell.format == "markdown":
        shell.report(review_diff_markdown(diffs))
    else:
        shell.report(review_diff_text(diffs, shell.paint))
