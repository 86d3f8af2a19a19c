"""`localize costs`."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from heygen_localize.cli.manifests import file_option
from heygen_localize.cli.shell import Shell, loopback_base, open_account, output_options
from heygen_localize.core.errors import ExitCode
from heygen_localize.operations.costs import costs_of
from heygen_localize.planning.costs import Dimension
from heygen_localize.report.costs import costs_csv, costs_json, costs_markdown, costs_text
from heygen_localize.system.clock import SystemClock

_WORDS = tuple(dimension.value for dimension in Dimension)


class Dimensions(click.ParamType[tuple[Dimension, ...]]):
    """Some of the dimensions, between commas, each once."""

    name = "dimensions"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[Dimension, ...]:
        """Read them.

        Raises:
            click.BadParameter: one is none, or stands twice.
        """
        if isinstance(value, tuple):
            return value
        words = [word.strip() for word in str(value).split(",")]
        wrong = [word for word in words if word not in _WORDS]
        if wrong:
            self.fail(f"{wrong[0]!r} is none of {', '.join(_WORDS)}.", param, ctx)
        if len(set(words)) < len(words):
            self.fail(f"{value!r} names one twice.", param, ctx)
        return tuple(map(Dimension, words))


@click.command("costs")
@file_option
@click.option(
    "--by",
    type=Dimensions(),
    default="month",
    show_default=True,
    metavar="DIMENSIONS",
    help=f"What to add up by, between commas: {', '.join(_WORDS)}.",
)
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="Only what was ordered from this day on: 2026-11-01.",
)
@click.option("--offline", is_flag=True, help="Use the lockfile alone: no key, no network.")
@output_options("text", "json", "csv", "markdown")
def command(
    shell: Shell,
    file: Path,
    by: tuple[Dimension, ...],
    since: datetime | None,
    offline: bool,
) -> ExitCode:
    """Show what the project has spent, and what is left of its budgets.

    Counted are its jobs and proofread sessions, as far as account and lockfile tell: those that
    were deleted too. What renders counts from its order on; failed jobs are not charged. Days and
    months begin at midnight UTC, or as budgets.timezone says.

    \b
    Examples:
      localize costs
      localize costs --by team,month --since 2026-10-01
      localize costs --by language,mode --format csv > costs.csv
    """
    account = None if offline else open_account(shell, file)
    found = costs_of(file, account, SystemClock(), by, since, loopback=loopback_base())
    if shell.format == "csv":
        shell.report(costs_csv(found))
    else:
        shell.show(found, costs_text, costs_json, costs_markdown)
    if found.problem is None:
        return ExitCode.OK
    if not shell.wants_json:  # there it stands in the one document
        shell.show_problems((found.problem,))
    return ExitCode.VENDOR
