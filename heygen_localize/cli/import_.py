"""`localize import`."""

from __future__ import annotations

from pathlib import Path

import click

from heygen_localize.cli.consent import ask
from heygen_localize.cli.manifests import file_option
from heygen_localize.cli.shell import Shell, open_account, output_options
from heygen_localize.cli.shell_complete import complete_addresses
from heygen_localize.core.text import strip_controls
from heygen_localize.operations.import_job import Imported, UnmarkedJob, import_job
from heygen_localize.system.clock import SystemClock


@click.command("import")
@file_option
@click.argument("address", shell_complete=complete_addresses)
@click.argument("translation_id", metavar="ID")
@click.option(
    "-y", "--yes", is_flag=True, allow_from_autoenv=False, help="Do not ask before pinning."
)
@output_options("text")
def command(shell: Shell, file: Path, address: str, translation_id: str, yes: bool) -> None:
    """Use the job ID for the target ADDRESS.

    A job with the mark of the target's content goes into the lockfile. Any other, made in
    the web app or by another tool, is pinned in the manifest, after a question: HeyGen does
    not tell what it was made from.

    \b
    Examples:
      localize import intro/es-MX tr_f3e127bb4fd0-es
      localize import intro/ja 7f6e5d4c3b2a --yes
    """

    def agree(unmarked: UnmarkedJob) -> None:
        shell.say(strip_controls(_told(unmarked)))
        if not yes:
            name = unmarked.job.id
            question = f"Is it {unmarked.target.address} as the manifest wants it?"
            ask(
                question,
                nobody=f"{name} bears no mark of this project, and there is no terminal to ask on",
                hint=f"{question} if it is, use --yes",
                refused="nothing pinned",
            )

    account = open_account(shell, file)
    imported = import_job(file, account, address, translation_id, SystemClock(), agree)
    shell.report(strip_controls(_report(imported)))


def _told(unmarked: UnmarkedJob) -> str:
    job, target = unmarked.job, unmarked.target
    known = [job.status.value, job.language or "", f"“{job.title}”" if job.title else ""]
    if job.duration is not None:
        known.append(f"{job.duration:g} seconds")
    lines = [
        f"{job.id}: {', '.join(part for part in known if part)}",
        "HeyGen does not tell what it was made from. It should be:",
        f"  source   {target.source.reference}",
        f"  options  {', '.join(unmarked.options) or 'all at their defaults'}",
        *(f"Mind: {doubt}." for doubt in unmarked.doubts),
        *(f"Note: {note}." for note in unmarked.notes),
    ]
    return "\n".join(lines)


def _report(imported: Imported) -> str:
    address, job = imported.address, imported.job
    if imported.file is None:
        return f"{address} counts on {job.id}, which is {job.status.value}."
    if imported.written:
        return (
            f"{imported.file} pins {address} to {job.id}, which is {job.status.value}. "
            "localize apply adopts it, and pays for nothing."
        )
    return (
        f"Bring these lines into {imported.file} to pin {address} to {job.id}:\n\n"
        f"{imported.lines}\nThen localize apply adopts it, and pays for nothing."
    )
