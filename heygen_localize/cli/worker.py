"""`localize worker`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from heygen_localize.cli.numbers import seconds
from heygen_localize.cli.places import FILE
from heygen_localize.cli.shell import Shell, loopback_base, open_account, output_options
from heygen_localize.cli.unattended import CHECKS, agree, nearest
from heygen_localize.core.errors import AccountError, UsageError
from heygen_localize.core.text import pluralize
from heygen_localize.operations.pull.workers import PullTools
from heygen_localize.report.pull import size_text
from heygen_localize.system.clock import SystemClock
from heygen_localize.system.signals import Interruption
from heygen_localize.system.web import Web

if TYPE_CHECKING:
    from heygen_localize.operations.worker.duties import Worked
    from heygen_localize.operations.worker.served import Served
    from heygen_localize.project.account import Account


@click.command("worker")
@click.option(
    "-f",
    "--file",
    "files",
    type=FILE,
    multiple=True,
    help="A manifest to serve; may be repeated. Without: the one here or in a folder above.",
)
@click.option(
    "-y", "--yes", is_flag=True, allow_from_autoenv=False, help="Do not ask before ordering."
)
@click.option(
    "--only",
    type=click.Choice(["pass", "deliver"]),
    help="Only order, or only deliver, which needs no key while links last.",
)
@click.option(
    "--concurrency",
    type=click.IntRange(1, 64),
    default=4,
    show_default=True,
    help="Targets that are delivered at once.",
)
@click.option(
    "--every",
    type=seconds(0.1),
    default=60.0,
    show_default=True,
    help="Seconds from a project's pass to its next.",
)
@click.option(
    "--retries",
    type=click.IntRange(1, 100),
    default=8,
    show_default=True,
    help="Times that a delivery is tried before it has failed.",
)
@click.option(
    "--retry-pause",
    type=seconds(0.1),
    default=10.0,
    show_default=True,
    help="Seconds after a delivery's first failure; they double each time, up to 15 minutes.",
)
@click.option(
    "--grace",
    type=seconds(),
    default=10.0,
    show_default=True,
    help="Seconds that deliveries get to end after SIGTERM; then others do them.",
)
@click.option("--once", is_flag=True, help="Make one pass over each project, deliver, and end.")
@click.option("--until-done", is_flag=True, help="End once nothing is left to do.")
@click.option(
    "--check-sources/--no-check-sources",
    default=None,
    help="Ask every source URL whether it leads to a video, or none. Otherwise: those of "
    "targets that cost.",
)
@output_options("text")
def command(
    shell: Shell,
    files: tuple[Path, ...],
    yes: bool,
    only: str | None,
    once: bool,
    until_done: bool,
    check_sources: bool | None,
    every: float,
    concurrency: int,
    retries: int,
    retry_pause: float,
    grace: float,
) -> int:
    """Order and deliver for one or more projects, beside other workers.

    For projects whose state is in PostgreSQL. Passes do what apply --no-wait does, again and
    again; what they find rendered is delivered to the paths or buckets in outputs, by whichever
    worker comes first. It orders what the manifests lack, within their limits, without asking
    again. SIGTERM and Ctrl-C end it in good order.

    \b
    Examples:
      localize worker --yes
      localize worker --yes -f docs/localize.yaml -f ads/localize.yaml
      localize worker --only deliver --concurrency 8
      localize worker --yes --until-done
    """
    if once and until_done:
        raise UsageError("--once and --until-done do not go together", hint="keep one of them")
    from heygen_localize.cli.worker_lines import WorkerLines
    from heygen_localize.operations.one_pass import PassTools
    from heygen_localize.operations.worker.deliver import Retries
    from heygen_localize.operations.worker.duties import Duties, Until
    from heygen_localize.operations.worker.served import serve
    from heygen_localize.operations.worker.worker import Worker

    clock, loopback = SystemClock(), loopback_base()
    interruption = Interruption()
    with interruption.listening():
        paths = files or (nearest(shell),)
        served = serve(paths, clock, loopback=loopback)
        account = _account(shell, optional=only == "deliver")
        passing = None
        if only != "deliver" and account is not None:
            _agree(yes, served)
            checks = CHECKS[check_sources]
            passing = PassTools(account, clock, interruption, every, checks)
        until = Until.ONCE if once else Until.DONE if until_done else Until.STOPPED
        duties = Duties(
            passing,
            _pull_tools(shell, account, loopback=loopback),
            interruption,
            has_key=account is not None,
            delivers=only != "pass",
            concurrency=concurrency,
            retries=Retries(retries, retry_pause),
            until=until,
            grace=grace,
        )
        lines = WorkerLines(shell)
        worked = Worker(served, duties, lines).run()
        while worked.moved:
            served = serve(paths, clock, loopback=loopback)
            if passing is not None:
                _agree(yes, served)
            worked = Worker(served, duties, lines).run().after(worked)
    shell.report(_told(worked))
    return worked.code


def _agree(yes: bool, served: Iterable[Served]) -> None:
    agree(
        yes,
        [item.project for item in served],
        who="a worker",
        hint="look at localize plan, then run: localize worker --yes; "
        "localize worker --only deliver orders nothing",
    )


def _account(shell: Shell, *, optional: bool) -> Account | None:
    try:
        return open_account(shell)
    except AccountError as error:
        if optional and error.first.code == "key_missing":
            shell.say("There is no key: what needs a new link is left to other workers.")
            return None
        raise


def _pull_tools(shell: Shell, account: Account | None, *, loopback: bool) -> PullTools:
    web = Web(loopback=loopback)
    if account is not None:
        return PullTools(web, lambda: account.client)
    return PullTools(web, lambda: open_account(shell).client)


def _told(worked: Worked) -> str:
    files = f"{pluralize(worked.files, 'file')}, {size_text(worked.bytes)}"
    passes = pluralize(worked.passes, "pass", "passes")
    return f"{passes}, {pluralize(worked.delivered, 'target')} delivered: {files}"
