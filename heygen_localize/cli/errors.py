"""The one place where errors end: shown in the form asked for, and made an exit code."""

from __future__ import annotations

import io
import os
import platform
import traceback
from collections.abc import Sequence
from pathlib import Path

import click

from heygen_localize.cli.consent import Cancelled
from heygen_localize.cli.shell import Shell
from heygen_localize.cli.streams import write
from heygen_localize.core.errors import Diagnostic, ExitCode, LocalizeError
from heygen_localize.core.text import pluralize, redacted, strip_controls
from heygen_localize.core.version import __version__
from heygen_localize.heygen.config import connection
from heygen_localize.system.signals import Interrupted


def ended_by(error: BaseException, shell: Shell | None, arguments: Sequence[str] = ()) -> ExitCode:
    """Report what ended a command line, and give its exit code."""
    shell = shell or Shell()
    if isinstance(error, LocalizeError):
        shell.show_problems(error.problems)
        return error.exit_code
    if isinstance(error, click.ClickException):
        # click refuses a command line before it has read all of its options.
        if "--format json" in " ".join(arguments).replace("=", " "):
            shell.format = "json"
        if shell.wants_json:
            context = getattr(error, "ctx", None)
            hint = f"see {context.command_path} --help" if context else None
            shell.show_problems((Diagnostic("usage", error.format_message(), hint=hint),))
        else:
            said = io.StringIO()
            error.show(said)
            write(said.getvalue(), err=True)
        return ExitCode.USAGE
    if isinstance(error, Interrupted):
        write(_goodbye(error) + "\n", err=True)
        return ExitCode(128 + error.number)
    if isinstance(error, (click.Abort, KeyboardInterrupt)):
        write("Interrupted.\n", err=True)
        return ExitCode.INTERRUPTED
    if not isinstance(error, Exception):
        raise error
    write(bug_report(error) + "\n", err=True)
    return ExitCode.BUG


def _goodbye(interrupted: Interrupted) -> str:
    if isinstance(interrupted, Cancelled):
        return f"\nCancelled: {interrupted.outcome}"  # the question's line has not ended
    goes_on = pluralize(interrupted.rendering, "target")
    rendering = f" HeyGen goes on with {goes_on}." if interrupted.rendering else ""
    return (
        f"Interrupted; nothing is lost.{rendering} Run the same command again: it goes on "
        "from here, and pays for nothing twice."
    )


def bug_report(error: BaseException) -> str:
    """Write what we need to mend a bug, without the key."""
    frames = "".join(traceback.format_exception(error))
    text = (
        "This is a bug in localize, not a mistake of yours. Nothing that was paid for is lost:\n"
        "the next apply finds it in the account. Please report what follows, after a look\n"
        "whether it holds anything private:\n"
        f"\nlocalize {__version__}, Python {platform.python_version()}, {platform.system()}\n"
        f"{frames}"
    )
    return strip_controls(redacted(text, _key()))


def _key() -> str:
    """Return the key wherever it may have come from; empty where there is none."""
    try:
        return connection(os.environ, Path.home()).key
    except LocalizeError:
        return os.environ.get("HEYGEN_API_KEY", "").strip()
