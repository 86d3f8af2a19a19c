"""Processes of the command line that are started fast, and die where they are told to."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

DRIVER = Path(__file__).parent / "crash/crash_driver.py"
APPLY = ("apply", "--yes", "--quiet", "--no-balance-check")


class Starter:
    """Starts processes of the command line, which count their steps and die at one of them."""

    def __init__(self, driver: subprocess.Popen[str]) -> None:
        self._driver = driver

    def start(self, step: str, log: Path, folder: Path, arguments: tuple[str, ...] = APPLY) -> int:
        """Start a command line that dies at this step, or only counts; give its id."""
        wanted = {"step": step, "log": str(log), "arguments": arguments}
        wanted |= {"folder": str(folder), "environment": dict(os.environ)}
        self._driver.stdin.write(json.dumps(wanted) + "\n")
        self._driver.stdin.flush()
        return int(self._driver.stdout.readline())

    def wait(self) -> int:
        """Wait for the last one started; give how it ended."""
        return int(self._driver.stdout.readline())


@contextmanager
def started() -> Iterator[Starter]:
    """Give a starter whose driver ends with the block."""
    with subprocess.Popen(
        [sys.executable, str(DRIVER), "serve"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as driver:
        yield Starter(driver)
        driver.stdin.close()
