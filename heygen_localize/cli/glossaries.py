"""`localize glossaries`."""

from __future__ import annotations

from dataclasses import asdict

import click

from heygen_localize.cli.shell import Shell, open_account, output_options
from heygen_localize.glossaries import Glossary
from heygen_localize.report.render import to_json

_DAY = len("2026-03-02")


@click.command("glossaries")
@output_options("text", "json")
@click.pass_obj
def command(shell: Shell) -> None:
    """List the account's brand glossaries: id, day of the last change, name.

    An id goes into the manifest as brand_glossary_id. Needs a key.

    \b
    Examples:
      localize glossaries
      localize glossaries --format json
    """
    found = open_account(shell).client.glossaries()
    if shell.wants_json:
        shell.report(to_json({"glossaries": [asdict(item) for item in found]}))
        return
    width = max((len(item.id) for item in found), default=0)
    for item in found:
        shell.report(f"{item.id.ljust(width)}  {_day(item).ljust(_DAY)}  {item.name}".rstrip())
    if not found:
        shell.say("The account has no brand glossaries. They are made in the vendor's web app.")


def _day(item: Glossary) -> str:
    """Give the day alone; a date in another form than ISO 8601 stands as it is."""
    date = item.updated_at or item.created_at
    return date[:_DAY] if date[4:5] == date[7:8] == "-" else date
