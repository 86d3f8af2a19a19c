"""The two streams, and what keeps a CI system from taking what goes there for commands to it."""

from __future__ import annotations

import logging
import os
import sys
from typing import Any

import click

from heygen_localize import environment
from heygen_localize.environment import is_dumb
from heygen_localize.text import inert


def write(text: str, err: bool = False) -> None:
    """Write to standard output or error what nobody's log takes for a command.

    A reader that has gone, such as `head`, ends neither a run nor its exit code.
    """
    write_commands(inert(text, coloured=colourful(sys.stderr if err else sys.stdout)), err)


def on_terminal() -> bool:
    """Tell whether a person watches standard error on what can be drawn on, and no CI system."""
    return sys.stderr.isatty() and not in_ci() and not is_dumb(os.environ)


def in_ci() -> bool:
    """Tell whether a CI system runs us, by the variable that they all set."""
    return environment.in_ci(os.environ)


class GuardedHandler(logging.Handler):
    """Writes a log to standard error by the way of everything else."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line of the log."""
        try:
            write(self.format(record) + "\n", err=True)
        except Exception:
            self.handleError(record)


# For libraries that warn while nobody asked for a log; they quote what servers sent.
logging.lastResort = GuardedHandler(logging.WARNING)


def write_commands(text: str, err: bool = False) -> None:
    """Write what may hold commands to a CI system: annotations of ours, and nothing else."""
    try:
        click.echo(text, nl=False, err=err)
    except BrokenPipeError:
        stream = sys.stderr if err else sys.stdout
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def colourful(stream: Any) -> bool:
    """Tell whether a stream is a terminal that may have colour."""
    # NO_COLOR by its own standard (no-color.org): whatever it says, unless it is empty.
    plain = os.environ.get("NO_COLOR") or is_dumb(os.environ)
    return bool(stream.isatty()) and not plain
