"""`localize sandbox`."""

from __future__ import annotations

import shlex
import signal
import sqlite3
import threading
from pathlib import Path
from typing import Any

import click

from heygen_localize.cli.numbers import dollars, seconds
from heygen_localize.cli.places import FOLDER
from heygen_localize.cli.shell import Shell, output_options
from heygen_localize.core.errors import UsageError
from heygen_localize.sandbox import Sandbox, SandboxSettings
from heygen_localize.system.causes import cause_of
from heygen_localize.system.signals import SIGNALS


@click.command("sandbox")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="0 takes a free one.")
@click.option(
    "--state",
    type=FOLDER,
    default=Path(".localize/sandbox"),
    show_default=True,
    help="Folder that keeps its jobs from one start to the next.",
)
@click.option(
    "--render-seconds",
    type=seconds(),
    default=5.0,
    show_default=True,
    help="How long a job takes.",
)
@click.option(
    "--proofread-seconds",
    type=seconds(),
    help="How long a proofread session takes; half of --render-seconds if not given.",
)
@click.option(
    "--session-seconds",
    type=seconds(),
    default=SandboxSettings.session_seconds,
    show_default=True,
    help="How long a proofread session lives.",
)
@click.option(
    "--max-jobs",
    type=click.IntRange(0),
    default=10,
    show_default=True,
    help="Jobs in progress at once; 0 for no limit.",
)
@click.option(
    "--balance", type=dollars(-1e12), default=1000.0, show_default=True, help="USD to spend."
)
@click.option(
    "--output-bytes",
    type=click.IntRange(0),
    default=0,
    help="Pad every video to this length; 0 for none.",
)
@click.option("--seed", type=int, default=0, help="For the chances in the fault rules.")
@click.option(
    "--fault",
    "faults",
    multiple=True,
    allow_from_autoenv=False,  # a rule has spaces, at which click would split it
    metavar="RULE",
    help="Misbehave, as in 'drop_after=0.1 on POST'. May be repeated; the page below lists them.",
)
@output_options("text")
def command(shell: Shell, /, state: Path, max_jobs: int, **options: Any) -> None:
    """Run an emulator of HeyGen's API on this machine, until interrupted.

    Prints two lines for a shell: what they export makes localize use the sandbox.

    \b
    Examples:
      localize sandbox --port 8787
      localize sandbox --port 8787 --max-jobs 4 --fault 'http_500_after=0.2 on POST'
    """
    settings = SandboxSettings(
        state=state, max_jobs=max_jobs or None, log_requests=shell.verbosity > 0, **options
    )
    ended = threading.Event()
    with _started(settings) as running:
        for number in SIGNALS:
            # SIGINT too: shells that start us in the background have it ignored.
            signal.signal(number, lambda *_: ended.set())
        shell.report(f"export HEYGEN_API_BASE={shlex.quote(running.base_url)}")
        shell.report(f"export HEYGEN_API_KEY={shlex.quote(running.api_key)}")
        shell.say("The sandbox runs; paste the two lines into another shell. Ctrl-C ends it.")
        ended.wait()
    shell.say(f"The sandbox has ended; its jobs are kept in {state}.")


def _started(settings: SandboxSettings) -> Sandbox:
    try:
        return Sandbox(settings)
    except ValueError as error:
        raise UsageError(str(error), code="fault_invalid") from None
    except sqlite3.Error as error:
        raise UsageError(f"--state {settings.state} cannot be used: {error}") from None
    except OSError as error:
        if error.filename is not None:
            message = f"--state {settings.state} cannot be used: {cause_of(error)}"
            raise UsageError(message) from None
        raise UsageError(
            f"port {settings.port} cannot be used: {cause_of(error)}", hint="try another --port"
        ) from None
