"""The options that `plan` and `apply` share, gathered into one request."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from heygen_localize.app import Request
from heygen_localize.cli.shell import file_option, target_option

_OPTIONS = (
    file_option,
    target_option,
    click.option("--recreate", is_flag=True, help="Order anew what was deleted at the vendor."),
    click.option("--retry-failed", is_flag=True, help="Try again also what failed too often."),
    click.option("--max-new", type=click.IntRange(0), help="Instead of limits.max_new."),
    click.option(
        "--max-cost", type=click.FloatRange(0), help="Instead of limits.max_cost, in USD."
    ),
)


def request_options(command: Callable[..., int]) -> Callable[..., int]:
    """Add the options to a command, which gets them as one `request`."""

    @wraps(command)
    def asked(
        *arguments: Any,
        file: Path,
        target: tuple[str, ...],
        recreate: bool,
        retry_failed: bool,
        max_new: int | None,
        max_cost: float | None,
        **others: Any,
    ) -> int:
        request = Request(file, target, recreate, retry_failed, max_new, max_cost)
        return command(*arguments, request=request, **others)

    for option in reversed(_OPTIONS):
        asked = option(asked)
    return asked
