"""`localize completion`."""

from __future__ import annotations

import click
from click.shell_completion import BashComplete, FishComplete, ZshComplete

from heygen_localize.cli.shell import Shell, output_options

_SHELLS = {"bash": BashComplete, "zsh": ZshComplete, "fish": FishComplete}

_VARIABLE = "_LOCALIZE_COMPLETE"
"""What click reads under the name that `cli.main` gives the program, however it was called."""


@click.command("completion")
@click.argument("for_shell", metavar="SHELL", type=click.Choice([*_SHELLS]))
@click.option(
    "--program",
    type=click.Choice(["localize", "heygen-localize"]),
    default="localize",
    show_default=True,
    help="The name that you call it by.",
)
@output_options("text")
def command(shell: Shell, for_shell: str, program: str) -> None:
    """Print the script that makes SHELL complete commands, options, addresses and languages.

    SHELL is bash (4.4 or later), zsh or fish.

    \b
    Examples:
      localize completion bash > ~/.local/share/bash-completion/completions/localize
      localize completion zsh > ~/.zfunc/_localize
      localize completion fish > ~/.config/fish/completions/localize.fish
    """
    from heygen_localize.cli.main import cli

    script = _SHELLS[for_shell](cli, {}, program, _VARIABLE)
    # Not source(): for bash that starts one, to warn of old versions.
    shell.report(script.source_template % script.source_vars())
