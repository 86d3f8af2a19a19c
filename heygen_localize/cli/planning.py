"""The options that `plan` and `apply` share, gathered into one request."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from heygen_localize.cli.manifests import file_option
from heygen_localize.cli.numbers import dollars
from heygen_localize.cli.shell import target_option
from heygen_localize.cli.shell_complete import complete_addresses
from heygen_localize.cli.states import state_option
from heygen_localize.core.environment import labels_of
from heygen_localize.operations.request import Request, SourceCheck

_OPTIONS = (
    file_option,
    target_option,
    state_option,
    click.option(
        "-r",
        "--replace",
        multiple=True,
        metavar="ADDRESS",
        allow_from_autoenv=False,
        shell_complete=complete_addresses,
        help="Order this target again although it is rendered; this costs. May be repeated.",
    ),
    click.option(
        "--recreate", is_flag=True, help="Order again what was deleted at HeyGen; this costs."
    ),
    click.option(
        "--retry-failed",
        is_flag=True,
        help="Order again what failed limits.max_attempts times; this costs.",
    ),
    click.option("--max-new", type=click.IntRange(0), help="Instead of limits.max_new."),
    click.option("--max-cost", type=dollars(), help="Instead of limits.max_cost, in USD."),
    click.option(
        "--within-budget",
        is_flag=True,
        help="Order what the budgets pay for, the highest priority first; hold the rest over.",
    ),
    click.option(
        "--label",
        multiple=True,
        help="A label that the rules of policy may ask for, besides those in LOCALIZE_LABELS. May "
        "be repeated.",
    ),
    click.option(
        "--check-sources/--no-check-sources",
        default=None,
        help="Ask every source URL whether it leads to a video, or none. Otherwise: those of "
        "targets that cost.",
    ),
)


_FIELDS = ("replace", "recreate", "retry_failed", "max_new", "max_cost", "within_budget")
_CHECKS = {None: SourceCheck.COSTLY, True: SourceCheck.ALL, False: SourceCheck.NONE}


def request_options(command: Callable[..., int]) -> Callable[..., int]:
    """Add the options to a command, which gets them as one `request`."""

    @wraps(command)
    def asked(
        *given: Any,
        file: Path,
        target: tuple[str, ...],
        state: tuple[str, ...],
        check_sources: bool | None,
        label: tuple[str, ...],
        **rest: Any,
    ) -> int:
        own = {name: rest.pop(name) for name in _FIELDS}
        checks, labels = _CHECKS[check_sources], labels_of(label, os.environ)
        request = Request(file, target, state, check_sources=checks, labels=labels, **own)
        return command(*given, request=request, **rest)

    for option in reversed(_OPTIONS):
        asked = option(asked)
    return asked
