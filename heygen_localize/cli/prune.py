"""`localize prune`."""

from __future__ import annotations

from pathlib import Path

import click

from heygen_localize.cli.consent import ask
from heygen_localize.cli.manifests import file_option
from heygen_localize.cli.shell import Shell, open_account, output_options, target_option
from heygen_localize.operations.delete import PruneWatch
from heygen_localize.operations.prune import PruneRequest, prune
from heygen_localize.planning.prune import PrunePlan, counted_both
from heygen_localize.report.prune import pruned_json, pruned_markdown, pruned_text, prunes_text
from heygen_localize.system.clock import SystemClock


@click.command("prune")
@file_option
@target_option
@click.option(
    "-y", "--yes", is_flag=True, allow_from_autoenv=False, help="Do not ask before deleting."
)
@click.option("--dry-run", is_flag=True, help="Only show what would be deleted.")
@click.option("--max-delete", type=click.IntRange(0), help="Instead of limits.max_delete.")
@output_options("text", "json", "markdown")
def command(
    shell: Shell,
    file: Path,
    target: tuple[str, ...],
    yes: bool,
    dry_run: bool,
    max_delete: int | None,
) -> int:
    """Delete jobs at HeyGen that are no longer wanted.

    These are the jobs of targets that left the manifest, jobs that a later one replaced,
    and duplicates; never a job that renders, that the manifest or another lockfile uses,
    or that protect keeps. Proofread sessions that came to nothing go too: of targets that
    left, failed, expired or replaced by a later one. Nothing that is deleted comes back,
    so this asks even where CI is set.

    \b
    Examples:
      localize prune --dry-run
      localize prune --target 'intro/*'
      localize prune --yes --max-delete 50
    """

    def show(prunes: PrunePlan, now: float) -> None:
        shell.say(prunes_text(prunes, now, shell.paint_diagnostic).rstrip("\n"))

    def agree(prunes: PrunePlan) -> None:
        if not yes:
            what = counted_both(len(prunes.doomed), len(prunes.sessions.doomed))
            ask(
                f"Delete {what} at HeyGen, for good?",
                nobody=f"prune deletes {what} for good, and there is no terminal to ask on",
                hint="review it with localize prune --dry-run, then run: localize prune --yes",
                refused="nothing deleted",
            )

    def deleted(address: str, name: str) -> None:
        shell.say(f"{address}: deleted {name}")

    request = PruneRequest(file, target, max_delete, dry_run)
    account = open_account(shell, file)
    pruned = prune(request, account, SystemClock(), PruneWatch(show, agree, deleted))
    shell.show(pruned, pruned_text, pruned_json, pruned_markdown)
    shell.annotate([item.problem for item in pruned.all_refused])
    return pruned.exit_code
