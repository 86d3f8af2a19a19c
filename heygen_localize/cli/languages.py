"""`localize languages`."""

from __future__ import annotations

import click

from heygen_localize.cli.shell import Shell, open_account, output_options
from heygen_localize.cli.shell_complete import complete_languages
from heygen_localize.core.languages import LanguageCatalog, UnknownLanguage
from heygen_localize.report.render import to_json
from heygen_localize.system.resources import language_names


@click.command("languages")
@click.argument("query", default="", shell_complete=complete_languages)
@click.option("--online", is_flag=True, help="Ask HeyGen for its list of today (needs a key).")
@output_options("text", "json")
def command(shell: Shell, query: str, online: bool) -> None:
    """List the languages, by tag and by HeyGen's name. QUERY narrows the list.

    \b
    Examples:
      localize languages
      localize languages spanish
      localize languages zh --online
    """
    names = open_account(shell).client.languages() if online else language_names()
    catalog = LanguageCatalog(names)
    found = catalog.search(query)
    if shell.wants_json:
        rows = [{"tag": item.tag, "name": item.name, "bcp47": item.tagged} for item in found]
        shell.report(to_json({"languages": rows}))
        return
    # A few names have no tag but a long slug; those may stand out.
    width = max((len(item.tag) for item in found if item.tagged), default=0)
    for item in found:
        shell.report(f"{item.tag.ljust(width)}  {item.name}")
    if not found:
        shell.say(_told(catalog, query))


def _told(catalog: LanguageCatalog, query: str) -> str:
    try:
        language = catalog.resolve(query)
    except UnknownLanguage as unknown:
        return str(unknown)
    return f'{query!r} means {language.tag} "{language.name}".'
