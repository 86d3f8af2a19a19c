"""`localize add`."""

from __future__ import annotations

import os
from pathlib import Path

import click

from heygen_localize.cli.manifests import file_option, invocation
from heygen_localize.cli.shell import Shell, loopback_base, output_options
from heygen_localize.cli.shell_complete import complete_languages
from heygen_localize.core.errors import UsageError
from heygen_localize.core.languages import Language, LanguageCatalog, UnknownLanguage
from heygen_localize.core.text import pluralize, strip_controls
from heygen_localize.operations.init.add import (
    Added,
    add_languages,
    add_videos,
    load,
    refuse_present,
)
from heygen_localize.operations.init.answers import check_sources, videos_of
from heygen_localize.system.resources import language_names

_FEW = 10


@click.command("add")
@click.argument(
    "what",
    nargs=-1,
    required=True,
    metavar="VIDEO|LANGUAGE...",
    shell_complete=complete_languages,
)
@file_option
@click.option("--id", "ids", multiple=True, metavar="ID", help="The id of the video to add.")
@click.option("--video", metavar="ID", help="Add the languages to this video alone.")
@output_options("text")
def command(
    shell: Shell, what: tuple[str, ...], file: Path, ids: tuple[str, ...], video: str | None
) -> None:
    """Add videos or languages to the manifest. Orders nothing.

    A VIDEO is a file, a pattern in quotes, an https address or asset:ID; it gets the
    languages of every video. The manifest's own lines and comments stay as they are.

    \b
    Examples:
      localize add fr-FR ja
      localize add ./videos/talk.mp4 'talks/*.mp4'
      localize add https://cdn.example.com/talk.mp4 --id talk
      localize add de --video intro
    """
    loopback = loopback_base()
    languages, sources = _sorted(file, what)
    if sources and video is not None:
        raise UsageError("--video names the video that languages are added to", hint="use --id")
    if ids and not sources:
        raise UsageError("--id names a video to add, and here is none")
    manifest = load(file, loopback=loopback)
    found = check_sources(file, sources, loopback=loopback)
    refuse_present(manifest, found, languages, video)
    videos = videos_of(found, ids, {target.video for target in manifest.targets})
    added: list[Added] = []
    if videos:
        added.append(add_videos(file, videos, loopback=loopback))
    if languages:
        added.append(add_languages(file, languages, video, loopback=loopback))
    for one in added:
        shown = ", ".join(one.addresses[:_FEW]) + (", …" if one.addresses[_FEW:] else "")
        count = pluralize(len(one.addresses), "target")
        shell.report(strip_controls(f"{one.manifest}  extended by {count}: {shown}"))
    shell.report(f"\nNext: {invocation('plan', file)}     # shows what they cost; free")


def _sorted(file: Path, what: tuple[str, ...]) -> tuple[list[Language], list[str]]:
    """Tell languages from videos: what is a file, or looks like one, is a video."""
    catalog = LanguageCatalog(language_names())
    languages: list[Language] = []
    sources: list[str] = []
    for text in what:
        if set(text) & set("/.:*?") or os.path.lexists(file.parent / text):
            sources.append(text)
            continue
        try:
            languages.append(catalog.resolve(text))
        except UnknownLanguage as error:
            raise UsageError(
                str(error),
                code="language_unknown",
                hint="a video is a path (./talk.mp4), an https:// address, or asset:ID",
            ) from None
    return languages, sources
