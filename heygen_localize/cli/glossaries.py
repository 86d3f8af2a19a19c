"""`localize glossaries`."""

from __future__ import annotations

import click
from msgspec import to_builtins

from heygen_localize.cli.shell import Shell, open_account, output_options
from heygen_localize.core.errors import UsageError
from heygen_localize.core.text import sanitize
from heygen_localize.heygen.client import Client
from heygen_localize.heygen.glossaries import Glossary, GlossaryTerm
from heygen_localize.report.render import to_json

_DAY = len("2026-03-02")


@click.command("glossaries")
@click.argument("ids", nargs=-1, metavar="[ID]...")
@output_options("text", "json")
def command(shell: Shell, ids: tuple[str, ...]) -> None:
    """List the account's brand glossaries: id, day of the last change, name.

    An id goes into the manifest as brand_glossary_id; of those that are named, the terms are
    shown as well. Needs a key.

    \b
    Examples:
      localize glossaries
      localize glossaries glossary-ja
      localize glossaries --format json
    """
    client = open_account(shell).client
    found = tuple(_named(client, name) for name in ids) if ids else client.glossaries()
    if shell.wants_json:
        shell.report(to_json({"glossaries": [to_builtins(item) for item in found]}))
        return
    width = max((len(item.id) for item in found), default=0)
    for item in found:
        shell.report(f"{item.id.ljust(width)}  {_day(item).ljust(_DAY)}  {item.name}".rstrip())
        for term in item.terms:
            shell.report(f"    {_shown(term)}")
    if not found:
        shell.say("The account has no brand glossaries. They are made in HeyGen's web app.")


def _named(client: Client, glossary_id: str) -> Glossary:
    found = client.glossary(glossary_id)
    if found is None:
        raise UsageError(
            f"the account has no glossary {sanitize(glossary_id, 200)}",
            code="glossary_unknown",
            hint="localize glossaries lists those that it has",
        )
    return found


def _shown(term: GlossaryTerm) -> str:
    if term.translation is not None:
        return f"{term.term} → {term.translation}"
    if term.pronunciation is not None:
        return f"{term.term} (spoken: {term.pronunciation})"
    return f"{term.term} (kept as it is)"


def _day(item: Glossary) -> str:
    """Return the day alone; a date in another form than ISO 8601 stands as it is."""
    date = item.updated_at or item.created_at
    return date[:_DAY] if date[4:5] == date[7:8] == "-" else date
