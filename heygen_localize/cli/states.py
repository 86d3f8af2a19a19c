"""The option that chooses targets by their state."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from heygen_localize.planning.status import STATES

_Command = TypeVar("_Command", bound=Callable[..., Any])


def state_option(command: _Command) -> _Command:
    """Add `--state`."""
    return click.option(
        "--state",
        multiple=True,
        type=click.Choice(STATES),
        help="Only targets that have this status in the lockfile. May be repeated.",
    )(command)
