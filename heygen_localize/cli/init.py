"""`localize init`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import click

from heygen_localize.cli.manifests import invocation, new_file_option
from heygen_localize.cli.shell import Shell, loopback_base, output_options
from heygen_localize.cli.shell_complete import complete_languages
from heygen_localize.cli.streams import write
from heygen_localize.core.errors import UsageError
from heygen_localize.core.languages import Language, LanguageCatalog, UnknownLanguage
from heygen_localize.core.text import pluralize, strip_controls
from heygen_localize.operations.init import answers
from heygen_localize.operations.init.create import (
    DEFAULT_OUTPUTS,
    Beginning,
    Done,
    Step,
    begin,
    refuse_existing,
)
from heygen_localize.system.resources import language_names

_MOST_CANDIDATES = 12
"""Languages to choose from at once; Spanish alone has more."""


@click.command("init")
@new_file_option
@click.option("--project", metavar="NAME", help="The project's name, which marks its jobs.")
@click.argument("more", nargs=-1, metavar="[SOURCE]...")
@click.option(
    "--source",
    multiple=True,
    metavar="SOURCE",
    help="A video: a file, 'videos/*.mp4', an address, asset:ID. May be repeated.",
)
@click.option(
    "--video",
    multiple=True,
    metavar="ID",
    help="The id of that video; its file's name otherwise. Once for each source, in order.",
)
@click.option(
    "-l",
    "--language",
    multiple=True,
    metavar="LANGUAGE",
    shell_complete=complete_languages,
    help="A language, by tag or name. May be repeated.",
)
@click.option("--outputs", metavar="DIR", help="The folder of pulled files. Otherwise: localized.")
@click.option(
    "--proofread/--no-proofread",
    default=None,
    help="Review the subtitles before the render, or not. Otherwise: not.",
)
@click.option("--github", is_flag=True, help="Write a workflow for GitHub Actions too.")
@click.option("--no-input", is_flag=True, help="Never ask, not even on a terminal.")
@output_options("text")
def command(
    shell: Shell,
    file: Path,
    more: tuple[str, ...],
    project: str | None,
    source: tuple[str, ...],
    video: tuple[str, ...],
    language: tuple[str, ...],
    outputs: str | None,
    proofread: bool | None,
    github: bool,
    no_input: bool,
) -> None:
    """Start a project: write a manifest, its schema, and git's settings.

    On a terminal it asks for what the options do not say. It writes over nothing,
    and needs neither a key nor a network.

    \b
    Examples:
      localize init
      localize init --source ./videos/intro.mp4 --language es-MX --language ja --no-input
      localize init --source 'videos/*.mp4' -l ja --no-input
      localize init -f talks.yaml --source https://cdn.example.com/talk.mp4 -l fr --github
    """
    refuse_existing(file)
    asks = not no_input and sys.stdin.isatty() and sys.stderr.isatty()
    catalog = LanguageCatalog(language_names())
    chosen = answers.languages_of(language, catalog)
    source = (*source, *more)
    if not asks:
        _refuse_missing(source, chosen)
    loopback = loopback_base()
    given = _Asker(asks)
    name = given.text(
        "Project", project, answers.project_of(file), partial(answers.check_name, "project")
    )
    videos = _videos(given, file, source, video, loopback)
    wish = Beginning(
        manifest=file,
        project=name,
        videos=videos,
        languages=chosen or _asked_languages(catalog),
        outputs=given.text(
            "Folder of pulled files", outputs, DEFAULT_OUTPUTS, answers.check_outputs
        ),
        proofread=given.yes("Review the subtitles before the render?", proofread),
        github=github,
    )
    _show(shell, wish, begin(wish, loopback=loopback))


def _videos(
    given: _Asker, file: Path, source: tuple[str, ...], video: tuple[str, ...], loopback: bool
) -> dict[str, str]:
    """Take the videos that options name, or ask for the first."""
    if source:
        sources = answers.check_sources(file, source, loopback=loopback)
        if len(sources) > 1 or video:
            return answers.videos_of(sources, video)
    else:
        place = given.text(
            "First video: a file (./intro.mp4), an https address, or asset:ID",
            None,
            None,
            lambda text: answers.check_source(file, text, loopback=loopback),
        )
        sources = [place]
    named = video[0] if video else None
    proposed = answers.video_of(sources[0])
    return {
        given.text(
            "Id of that video", named, proposed, partial(answers.check_name, "video")
        ): sources[0]
    }


class _Asker:
    """Takes what an option said, or else asks for it, or else takes what is proposed."""

    def __init__(self, asks: bool) -> None:
        self._asks = asks

    def text(
        self, question: str, given: str | None, proposed: str | None, check: Callable[[str], str]
    ) -> str:
        """Return a text that the check takes; on a terminal it is asked for until one does."""
        if given is not None or not self._asks:
            return check(given if given is not None else proposed or "")

        def checked(text: str) -> str:
            try:
                return check(text.strip())
            except UsageError as error:
                problem = error.problems[0]
                hint = f" ({problem.hint})" if problem.hint else ""
                raise click.UsageError(strip_controls(f"{problem.message}{hint}")) from None

        answer: str = click.prompt(question, default=proposed, value_proc=checked, err=True)
        return answer

    def yes(self, question: str, given: bool | None) -> bool:
        """Return a yes or no; what is not asked for is no."""
        if given is not None or not self._asks:
            return given is True
        return click.confirm(question, err=True)


def _refuse_missing(source: tuple[str, ...], languages: tuple[Language, ...]) -> None:
    missing = [] if source else ["--source"]
    missing += [] if languages else ["--language"]
    if missing:
        raise UsageError(
            f"there is no terminal to ask on, so init needs {' and '.join(missing)}",
            hint="localize init --source ./videos/intro.mp4 --language es-MX --language ja",
        )


def _asked_languages(catalog: LanguageCatalog) -> tuple[Language, ...]:
    chosen: dict[Language, None] = {}
    while True:
        question = (
            "Another one (nothing when done)" if chosen else "Languages: tags, names or parts"
        )
        default = "" if chosen else None
        text = click.prompt(question, default=default, show_default=False, err=True)
        if not text.strip():
            if chosen:
                return tuple(chosen)
            continue
        for part in answers.spellings(text):
            language = _meant(part, catalog)
            if language is not None:
                chosen[language] = None
                write(f"  {language.tag}  {language.name}\n", err=True)


def _meant(text: str, catalog: LanguageCatalog) -> Language | None:
    """Find the language that a text names, or have one chosen of those that it may mean."""
    try:
        return catalog.resolve(text)
    except UnknownLanguage as unknown:
        found = answers.candidates(text, unknown, catalog)
        if not found:
            write(strip_controls(f"  {unknown}\n"), err=True)
            return None
    shown = found[:_MOST_CANDIDATES]
    for number, language in enumerate(shown, 1):
        write(f"  {number:>2}  {language.tag}  {language.name}\n", err=True)
    if found[_MOST_CANDIDATES:]:
        more = len(found) - len(shown)
        write(f"      … and {more} more: 0, then more of its name\n", err=True)
    span = click.IntRange(0, len(shown))
    number = click.prompt("Which one? (0 for none)", type=span, default=1, err=True)
    return found[number - 1] if number else None


_TOLD = {Done.WRITTEN: "written", Done.EXTENDED: "extended by", Done.KEPT: "left as it is"}


def _show(shell: Shell, wish: Beginning, steps: tuple[Step, ...]) -> None:
    for step in steps:
        lines = f": {', '.join(step.lines)}" if step.lines and step.done is Done.EXTENDED else ""
        shell.report(strip_controls(f"{step.path}  {_TOLD[step.done]}{lines}"))
    if len(wish.videos) > 1:
        shell.report(f"{pluralize(len(wish.videos), 'video')}: {', '.join(wish.videos)}")
    if wish.github:
        shell.say(
            "The workflow names acme/heygen-localize: replace it with your own repository of it."
        )
    plan, apply = (invocation(words, wish.manifest) for words in ("plan", "apply"))
    shell.report(
        strip_controls(
            "\nNext, with HEYGEN_API_KEY in the environment:\n"
            f"  {plan}     # shows what is missing and what it costs; free\n"
            f"  {apply}    # asks before it pays"
        )
    )
