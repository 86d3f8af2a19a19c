"""`localize doctor`."""

from __future__ import annotations

import os
from pathlib import Path

import click

from heygen_localize.cli.manifests import file_option
from heygen_localize.cli.shell import Shell, output_options
from heygen_localize.core.errors import ExitCode
from heygen_localize.operations.doctor import Health, diagnose, worst
from heygen_localize.project.account import account_of
from heygen_localize.report.render import to_json
from heygen_localize.system.clock import SystemClock

_COLOURS = {Health.OK: "green", Health.WARN: "yellow", Health.FAIL: "red"}


@click.command("doctor")
@file_option
@output_options("text", "json")
def command(shell: Shell, file: Path) -> ExitCode:
    """Check all that apply relies on: key, account, clock, manifest, lockfile, journal, git.

    Costs nothing and changes nothing. The exit code is that of the first failure.

    \b
    Example:
      localize doctor
    """
    checks = diagnose(
        file,
        os.environ,
        Path.home(),
        lambda connection: account_of(connection).client,
        SystemClock(),
    )
    if shell.wants_json:
        rows = [
            {
                "name": check.name,
                "health": check.health.value,
                "message": check.message,
                "hint": check.hint,
            }
            for check in checks
        ]
        shell.report(to_json({"checks": rows}))
    else:
        for check in checks:
            state = shell.paint(check.health.value.ljust(4), _COLOURS[check.health])
            shell.report(f"{state}  {check.name.ljust(9)}  {check.message}")
            if check.hint is not None:
                shell.report(f"{' ' * 17}{check.hint}")
    return worst(checks)
