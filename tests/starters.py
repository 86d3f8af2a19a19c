"""Processes of the command line that are started fast, and die where they are told to."""

from __future__ import annotations

import atexit
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

DRIVER = Path(__file__).parent / "crash/crash_driver.py"
FORKING = Path(__file__).parent / "forking.py"
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


@cache
def fast_programs() -> Path:
    """Give a folder with a `localize` that starts at once, and the `python` of these tests."""
    folder = Path(tempfile.mkdtemp(prefix="lz-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    python = shlex.quote(sys.executable)
    server = subprocess.Popen(
        [sys.executable, str(FORKING), "serve", str(folder / "socket")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert server.stdin is not None
    assert server.stdout is not None
    atexit.register(server.wait)
    atexit.register(server.stdin.close)
    server.stdout.readline()
    calling = f"{python} -I -S {FORKING} call {folder}/socket"
    for name, program in (("localize", calling), ("python", python)):
        (folder / name).write_text(f'#!/bin/sh\nexec {program} "$@"\n')
        (folder / name).chmod(0o755)
    return folder


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
