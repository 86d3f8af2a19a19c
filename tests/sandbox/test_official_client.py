"""The vendor's own client against the sandbox, where somebody has built it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "script" / "drive-client"
# Read before the fixtures empty the environment.
CLIENT = os.environ.get("HEYGEN_CLIENT", "")


def _run(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SCRIPT), *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=300)


def test_without_a_client_it_is_skipped_with_a_reason() -> None:
    ran = _run()
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith("skipped: no client")


def test_a_client_that_fails_or_knows_more_is_told(tmp_path: Path) -> None:
    client = tmp_path / "client"
    client.write_text("#!/bin/sh\n[ \"$2\" = --help ] && echo '  dance now   Dance' || exit 3\n")
    client.chmod(0o755)
    ran = _run(str(client))
    assert ran.returncode == 1
    assert "asset create --file" in ran.stderr
    assert "asset dance now: there is no case for it here" in ran.stderr
    assert _run(str(tmp_path / "none")).returncode == 2


@pytest.mark.skipif(not CLIENT, reason="HEYGEN_CLIENT names no client of the vendor's")
def test_every_command_of_the_client_works() -> None:
    ran = _run(CLIENT)
    assert ran.returncode == 0, ran.stdout + ran.stderr
