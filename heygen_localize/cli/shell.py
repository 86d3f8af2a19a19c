"""What the commands share: where output goes, in which form, and the options they all take."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Any, TextIO, TypeVar
from urllib.parse import urlsplit

import click
from msgspec import Struct

from heygen_localize.cli import github
from heygen_localize.cli.places import FILE
from heygen_localize.cli.shell_complete import complete_addresses
from heygen_localize.cli.streams import GuardedHandler, colourful, write, write_commands
from heygen_localize.core.environment import says_yes
from heygen_localize.core.errors import Diagnostic
from heygen_localize.core.text import inert
from heygen_localize.system.causes import cause_of
from heygen_localize.system.files import write_atomically

if TYPE_CHECKING:
    from heygen_localize.project.account import Account
    from heygen_localize.report.render import Paint

_Command = TypeVar("_Command", bound=Callable[..., Any])
_Found = TypeVar("_Found")


class Shell(Struct):
    """The terminal or pipe that a command speaks to."""

    format: str = "text"
    for_people: bool = False
    """Whether standard output is told to people: a choice of forms was there, and text taken."""
    markdown: Path | None = None
    quiet: bool = False
    verbosity: int = 0
    divert: Callable[[str], None] | None = None
    """Takes the reports instead of standard output, where several become one."""
    _owed: bool = False
    """Whether the Markdown may be written, and was not yet."""

    @property
    def wants_json(self) -> bool:
        """Whether a machine reads standard output."""
        return self.format == "json"

    @property
    def in_actions(self) -> bool:
        """Whether GitHub Actions runs us."""
        return says_yes(os.environ, "GITHUB_ACTIONS")

    def report(self, text: str) -> None:
        """Write a report to standard output."""
        if self.divert is not None:
            self.divert(text)
        else:
            write(text.rstrip("\n") + "\n")

    def show(
        self,
        found: _Found,
        text: Callable[[_Found, Paint], str],
        json: Callable[[_Found], str],
        markdown: Callable[[_Found], str] | None = None,
    ) -> None:
        """Report what was found in the form that was asked for."""
        if self.wants_json:
            self.report(json(found))
        elif self.format == "markdown" and markdown is not None:
            self.report(markdown(found))
        else:
            self.report(self.text(text(found, self.paint)))

    def text(self, told: str) -> str:
        """Return a text as standard output takes it: lines broken where that is a terminal."""
        return _fitted(told, sys.stdout)

    def refuse_overwriting(self, manifest: Path, plan_file: Path | None) -> None:
        """Make sure that the Markdown goes over nothing that the project needs.

        Raises:
            UsageError: it would.
        """
        if self.markdown is not None:
            from heygen_localize.project.protected import refuse_overwriting

            refuse_overwriting("--markdown", self.markdown, manifest, plan_file or manifest)
            self._owed = True

    def keep(self, render: Callable[[], str]) -> None:
        """Write the Markdown report to the file that was asked for, if any.

        A file that takes nothing is told of; what the command did stands all the same.
        """
        if self.markdown is None:
            return
        self._owed = False
        try:
            write_atomically(self.markdown, inert(render()).encode("utf-8", "replace"))
        except OSError as error:
            self.say(f"warning: {self.markdown} cannot be written: {cause_of(error)}")

    def say(self, text: str) -> None:
        """Write a diagnostic to standard error, unless told to be quiet."""
        if not self.quiet:
            write(_fitted(text, sys.stderr) + "\n", err=True)

    def paint(self, text: str, colour: str) -> str:
        """Colour a text for standard output, where that is a terminal that may have colour."""
        return _painted(text, colour) if colourful(sys.stdout) else text

    def paint_diagnostic(self, text: str, colour: str) -> str:
        """Colour a text for standard error likewise."""
        return _painted(text, colour) if colourful(sys.stderr) else text

    def show_problems(self, problems: Sequence[Diagnostic]) -> None:
        """Report errors: JSON on standard output for machines, else text on standard error."""
        from heygen_localize.report.problems import problems_json, problems_markdown, problems_text

        if self.wants_json:
            self.report(problems_json(problems))
        else:
            from heygen_localize.report.explanations import explanations
            from heygen_localize.system.resources import errors_page

            width = get_terminal_size((100, 24)).columns
            explained = () if self.quiet else explanations(errors_page())
            write(problems_text(problems, self.paint_diagnostic, width, explained), err=True)
        if self._owed:
            self.keep(lambda: problems_markdown(problems))
        self.annotate(problems)

    def annotate(self, problems: Iterable[Diagnostic]) -> None:
        """Mark problems in the diff that GitHub shows, where GitHub Actions runs us."""
        from heygen_localize.report.problems import github_annotations

        if self.in_actions:
            write_commands(github_annotations(problems, github.path_here()), err=True)


def _fitted(text: str, stream: TextIO) -> str:
    """Break long lines between words where the stream is a terminal; a pipe gets them whole."""
    if not stream.isatty():
        return text
    from heygen_localize.report.wrapping import wrapped

    return wrapped(text, get_terminal_size().columns)


def _painted(text: str, colour: str) -> str:
    return click.style(text, dim=True) if colour == "dim" else click.style(text, fg=colour)


def _set_format(context: click.Context, _: click.Parameter, value: str) -> str:
    shell = context.ensure_object(Shell)
    shell.format, shell.for_people = value, value == "text"
    return value


def _set_quiet(context: click.Context, _: click.Parameter, value: bool) -> None:
    context.ensure_object(Shell).quiet = value


def _set_verbosity(context: click.Context, _: click.Parameter, value: int) -> None:
    context.ensure_object(Shell).verbosity = value
    if value:
        handler = GuardedHandler()
        handler.setFormatter(logging.Formatter("%(asctime)s %(message)s", "%H:%M:%S"))
        logger = logging.getLogger("heygen_localize")
        logger.handlers = [handler]
        logger.setLevel(logging.DEBUG)
        context.call_on_close(logger.handlers.clear)


def output_options(*formats: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Add `--format` (where there is a choice), `--quiet` and `-v` to a command of a Shell."""

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        command = click.pass_obj(command)
        options = [
            click.option(
                "--format",
                type=click.Choice(formats),
                default=formats[0],
                show_default=True,
                is_eager=True,
                expose_value=False,
                callback=_set_format,
                help="Form of the report on standard output.",
            ),
            click.option(
                "-q",
                "--quiet",
                is_flag=True,
                is_eager=True,
                expose_value=False,
                callback=_set_quiet,
                help="Show only errors on standard error.",
            ),
            click.option(
                "-v",
                "--verbose",
                count=True,
                expose_value=False,
                callback=_set_verbosity,
                help="Show more: every request, and every unchanged target.",
            ),
        ]
        for option in reversed(options if len(formats) > 1 else options[1:]):
            command = option(command)
        return command

    return decorate


def _set_markdown(context: click.Context, _: click.Parameter, value: Path | None) -> None:
    context.ensure_object(Shell).markdown = value


def markdown_option(command: _Command) -> _Command:
    """Add `--markdown`."""
    return click.option(
        "--markdown",
        type=FILE,
        metavar="FILE",
        expose_value=False,
        callback=_set_markdown,
        help="Also write the report of --format markdown to a file.",
    )(command)


def target_option(command: _Command) -> _Command:
    """Add `--target`."""
    return click.option(
        "-t",
        "--target",
        multiple=True,
        metavar="GLOB",
        shell_complete=complete_addresses,
        help="Only these addresses: intro/es-MX, 'intro/*', '*/es-MX'. May be repeated.",
    )(command)


def open_account(shell: Shell, manifest: Path | None = None) -> Account:
    """Find the key and the base in the environment, and connect.

    Raises:
        AccountError: there is no key.
        UsageError: the base cannot be used.
        ManifestError, LockfileError: there is no key, and the files are wrong too.
    """
    from heygen_localize.core.errors import AccountError
    from heygen_localize.heygen.config import connection
    from heygen_localize.project.account import account_of

    try:
        found = connection(os.environ, Path.home())
    except AccountError:
        if manifest is not None:
            from heygen_localize.project.file_state import FileState
            from heygen_localize.project.project import Project

            Project.open(manifest, loopback=loopback_base(), state=FileState(manifest))
        raise
    if shell.verbosity:
        shell.say(f"API {found.base}, key from {found.key_source}")
    return account_of(found)


def loopback_base() -> bool:
    """Return whether the API base in the environment is this very machine: the sandbox."""
    from heygen_localize.core.errors import UsageError
    from heygen_localize.core.urls import is_loopback
    from heygen_localize.heygen.config import api_base

    try:
        return is_loopback(urlsplit(api_base(os.environ)).hostname or "")
    except UsageError:
        return False  # told by the commands that talk to it


def show_warnings(shell: Shell, warnings: Sequence[Diagnostic], merged: bool = False) -> None:
    """Say what a reader should know of a manifest, and of a lockfile merged badly."""
    if merged:
        shell.say(
            "The lockfile holds a merge conflict: both sides are read, and checked with HeyGen."
        )
    if warnings:
        from heygen_localize.report.problems import warnings_text

        width = get_terminal_size((100, 24)).columns
        shell.say(warnings_text(warnings, shell.paint_diagnostic, width).rstrip("\n"))
        shell.annotate([problem for problem in warnings if problem.where.line is not None])
