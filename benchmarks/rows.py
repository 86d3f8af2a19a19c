"""What the benchmarks have in common: the rows of the table, and processes that are timed."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

LOCALIZE = str(Path(sys.executable).parent / "localize")


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    name: str
    value: float
    unit: str
    goal: str


@dataclass(frozen=True)
class Spent:
    """What a process took: seconds of wall and of CPU, and bytes of memory at its largest."""

    wall: float
    cpu: float
    memory: int


def show(rows: Iterable[Row]) -> None:
    """Print rows of a Markdown table."""
    for row in rows:
        print(f"| {row.name} | {row.value:.2f} {row.unit} | {row.goal} |", flush=True)


def spent(
    command: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None
) -> Spent:
    """Run a command in a folder, which has to succeed, and measure it."""
    began = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=folder,
        # As installed: each module compiled once, by the run that warms up.
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "", **(environment or {})},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    assert process.stderr is not None
    told = process.stderr.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - began
    if process.returncode:
        raise RuntimeError(f"{command}: {process.returncode}: {told[-500:].decode()}")
    return Spent(wall, used.ru_utime + used.ru_stime, used.ru_maxrss * _UNIT)


_UNIT = 1024
"""Bytes of `ru_maxrss` on Linux."""
