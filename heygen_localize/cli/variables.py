"""Options from the environment: each variable is named after the flag that people write.

click would name it after the parameter of the function, which nobody sees: `--pull` would be
set by LOCALIZE_APPLY_WITH_PULL.
"""

from __future__ import annotations

import click


def with_variables(command: click.Command, name: str) -> click.Command:
    """Let the options of a command, and of those below it, be set by LOCALIZE_COMMAND_FLAG.

    All but those that say of themselves that they are not (`allow_from_autoenv`).
    """
    for option in command.params:
        if isinstance(option, click.Option) and option.allow_from_autoenv:
            flag = next(text for text in option.opts if text.startswith("--"))
            option.envvar = f"{name}_{flag[2:]}".upper().replace("-", "_")
    if isinstance(command, click.Group):
        for below, subcommand in command.commands.items():
            with_variables(subcommand, f"{name}_{below}")
    return command
