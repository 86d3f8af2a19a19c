"""`localize listen`."""

from __future__ import annotations

import os
from pathlib import Path

import click

from heygen_localize.cli.numbers import seconds
from heygen_localize.cli.places import FILE
from heygen_localize.cli.shell import Shell, loopback_base, open_account, output_options
from heygen_localize.cli.unattended import CHECKS, agree, nearest
from heygen_localize.operations.pull.workers import PullTools
from heygen_localize.system.clock import SystemClock
from heygen_localize.system.signals import Interruption
from heygen_localize.system.web import Web


@click.command("listen")
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
    "--host", default="127.0.0.1", show_default=True, help="Address of this machine to listen on."
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8484,
    show_default=True,
    help="0 takes a free one.",
)
@click.option("--path", default="/heygen", show_default=True, help="Path that deliveries come to.")
@click.option(
    "--every",
    type=seconds(1),
    default=900.0,
    show_default=True,
    help="Seconds from a pass that nothing asked for to the next.",
)
@click.option(
    "--pause",
    type=seconds(0.1),
    default=10.0,
    show_default=True,
    help="Seconds between two passes over a project, however many events come.",
)
@click.option(
    "--pull", "with_pull", is_flag=True, help="Download the files of what has ended as well."
)
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
    host: str,
    port: int,
    path: str,
    every: float,
    pause: float,
    with_pull: bool,
    check_sources: bool | None,
) -> None:
    """Receive HeyGen's webhooks, and run apply when something ended.

    For an address that localize webhooks register made known to HeyGen, behind a proxy that
    speaks https; LOCALIZE_WEBHOOK_SECRET holds its secret. What is told wakes one apply
    --no-wait for each manifest, within its limits, without asking again; so does every quarter
    of an hour, for events are only hints. GET /healthz answers 200. SIGTERM and Ctrl-C end it
    in good order.

    \b
    Examples:
      localize listen --yes
      localize listen --yes --pull --host 0.0.0.0 --port 8080
      localize listen --yes -f docs/localize.yaml -f ads/localize.yaml
    """
    from heygen_localize.cli.listen_lines import ListenLines
    from heygen_localize.heygen.deliveries import secrets_of
    from heygen_localize.operations.listen.listen import (
        Listening,
        Place,
        projects_of,
        refuse_path,
    )
    from heygen_localize.operations.one_pass import PassTools

    clock, loopback = SystemClock(), loopback_base()
    interruption = Interruption()
    with interruption.listening():
        refuse_path(path)
        secrets = secrets_of(os.environ)
        projects = projects_of(files or (nearest(shell),), loopback=loopback)
        account = open_account(shell)
        agree(
            yes,
            projects.values(),
            who="a listener",
            hint="look at localize plan, then run: localize listen --yes",
        )
        pull = PullTools(Web(loopback=loopback), lambda: account.client) if with_pull else None
        tools = PassTools(account, clock, interruption, pause, CHECKS[check_sources], pull)
        place = Place(host, port, path)
        Listening(projects, place, secrets, tools, every, ListenLines(shell)).run()
