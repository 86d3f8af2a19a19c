"""The `localize` command and its subcommands.

Subcommands are imported only when they are called: `localize --version` in a
git hook should cost no more than Python's own start.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import click

from heygen_localize.cli.guides import PAGES, SITE, guided
from heygen_localize.cli.variables import with_variables
from heygen_localize.core.version import __version__

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from heygen_localize.cli.shell import Shell

_COMMANDS = {
    "init": "Start a project: write a manifest, its schema, and git's settings.",
    "add": "Add videos or languages to the manifest.",
    "validate": "Check the manifest: no key, no network.",
    "plan": "Show what apply would do, and what it would cost.",
    "apply": "Order what is missing, wait for it, and write the lockfile.",
    "status": "Show the status of every target, from the lockfile.",
    "jobs": "List the account's jobs, and whose they are.",
    "costs": "Show what was spent, and what is left of the budgets.",
    "pull": "Download the finished files to the paths in outputs.",
    "check": "Look at the pulled files: picture, sound, length, captions.",
    "accept": "Use files although their check failed; let canaries be followed.",
    "policy": "Test the rules that refuse plans.",
    "refresh": "Renew the lockfile's links and statuses, and show what drifted.",
    "proofread": "Review subtitles before they are rendered.",
    "report": "Write one HTML page with the status of everything.",
    "import": "Use a job that exists already for a target.",
    "lock": "Check and merge lockfiles: for git and for CI.",
    "state": "Keep the state of a project in PostgreSQL, for many machines.",
    "worker": "Order and deliver for projects, beside other workers.",
    "fleet": "Look at the workers of a shared state, and at what they do.",
    "listen": "Receive HeyGen's webhooks, and run apply when something ended.",
    "webhooks": "Register where HeyGen tells of finished jobs.",
    "forget": "Remove targets that left the manifest from the lockfile.",
    "prune": "Delete jobs at HeyGen that are no longer wanted.",
    "doctor": "Check everything that apply relies on, and say how to fix it.",
    "explain": "Explain error codes: what happened, and how to fix it.",
    "languages": "List the languages, by name and tag.",
    "glossaries": "List the account's brand glossaries, by id and name.",
    "completion": "Print the script for completion on Tab.",
    "schema": "Print or write the JSON schema of the manifest, for editors.",
    "sandbox": "Run an emulator of HeyGen's API on this machine.",
    "demo": "Show every step on the sandbox, offline.",
}


_MODULES = {"import": "import_"}
"""Where a command's name cannot be a module's."""

_TAKING_AWAY = ("forget", "prune")
_LIKELY = 0.8
"""How alike a word must be to a command that takes something away, to be led there: not `run`."""


def _meant_by(word: str) -> str | None:
    """Give the command that a word which is none may have been meant for."""
    from difflib import get_close_matches

    bold = get_close_matches(word, _TAKING_AWAY, 1, _LIKELY)
    others = [name for name in _COMMANDS if name not in _TAKING_AWAY]
    return next(iter(get_close_matches(word, [*others, *bold], 1)), None)


def _refuse_repeated(command: click.Command, context: click.Context, args: list[str]) -> None:
    """Refuse an option that takes one value and is given several: all but the last were lost.

    Raises:
        UsageError: there is one.
    """
    own = click.Context(command, context, info_name=command.name)
    try:
        _, rest, order = command.make_parser(own).parse_args(list(args))
    except click.UsageError:
        return  # Whoever reads the arguments for good says so.
    for option in {item for item in order if order.count(item) > 1}:
        if isinstance(option, click.Option) and not (
            option.multiple or option.is_flag or option.count
        ):
            own.fail(f"Option {option.opts[-1]} is given more than once; keep one of them.")
    if isinstance(command, click.Group) and rest:
        below = command.get_command(own, rest[0])
        if below is not None:
            _refuse_repeated(below, own, rest[1:])


class _LazyGroup(click.Group):
    """A group whose commands live in a module each, imported on use."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(f"heygen_localize.cli.{_MODULES.get(cmd_name, cmd_name)}")
        command: click.Command = module.command
        guided(command, PAGES.get(cmd_name, "commands.md"))
        return with_variables(command, f"localize_{cmd_name}")

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in _COMMANDS and not ctx.resilient_parsing:
            near = _meant_by(args[0])
            if near:
                ctx.fail(f"No such command {args[0]!r}. Did you mean {near!r}?")
        name, command, rest = super().resolve_command(ctx, args)
        if command is not None and not ctx.resilient_parsing:
            _refuse_repeated(command, ctx, rest)
        return name, command, rest

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        # click would import every command for a line of help each.
        options = click.Command.shell_complete(self, ctx, incomplete)
        return options + [
            CompletionItem(name, help=about)
            for name, about in _COMMANDS.items()
            if name.startswith(incomplete)
        ]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


class _Run:
    """One command line on its way; its shell is made once a subcommand is called.

    `loaded` is called once its modules are there, before it does anything.
    """

    shell: Shell | None = None

    def __init__(self, loaded: Callable[[], None] = lambda: None) -> None:
        self.loaded = loaded


@click.group(
    cls=_LazyGroup,
    context_settings={
        "help_option_names": ["-h", "--help"],
        "max_content_width": 100,
    },
    epilog=f"Try it without a key: localize demo\n\nDocs: {SITE}",
)
@click.version_option(__version__, prog_name="localize", message="%(prog)s %(version)s")
@click.pass_context
def cli(context: click.Context) -> None:
    """Dubbed video as code.

    Commit localize.yaml (videos × languages) to git; `localize apply` orders from
    HeyGen only what is missing, waits, and writes localize.lock. Unofficial: not
    made or endorsed by HeyGen.
    """
    from heygen_localize.cli.shell import Shell

    this = context.obj
    context.obj = this.shell = Shell()
    this.loaded()


def run(arguments: Sequence[str], loaded: Callable[[], None] = lambda: None) -> int:
    """Run one command line; give its exit code. `loaded` is called before it does anything."""
    from heygen_localize.cli.streams import ended

    this = _Run(loaded)
    try:
        told = cli.main(list(arguments), prog_name="localize", standalone_mode=False, obj=this)
        code = told if isinstance(told, int) else 0
    except BaseException as error:
        from heygen_localize.cli.errors import ended_by

        code = ended_by(error, this.shell, arguments)
    return ended(code, for_people=this.shell is not None and this.shell.for_people)


def main() -> None:
    """Begin where scripts of an older installation begin."""
    from heygen_localize.__main__ import main as begin

    begin()
