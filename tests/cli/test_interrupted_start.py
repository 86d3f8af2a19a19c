"""Ctrl-C while the program starts: a real signal, at many moments of a real process."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from test_terminal import environment

from heygen_localize.system.signals import Interrupted, Interruption

PATIENCE = 60.0
AT_IMPORT = """\
import os, signal, sys
left, counting = {number}, False

def hook(event, arguments):
    global left, counting
    if event == "import":
        counting = counting or arguments[0] in ("signal", "heygen_localize.cli.main")
        left -= counting
        if left == 0:
            os.kill(os.getpid(), signal.SIGINT)

sys.addaudithook(hook)
sys.argv[1:] = {arguments!r}
from heygen_localize.__main__ import main
main()
"""
AFTER_A_WHILE = """\
import os, sys

def hook(event, arguments):
    if event == "import" and arguments[0] == "heygen_localize.cli.main":
        os.write(2, b"+")

sys.addaudithook(hook)
sys.argv[1:] = {arguments!r}
from heygen_localize.__main__ import main
main()
"""
MANIFEST = """\
version: 1
project: acme
languages: [Deutsch]
videos: {a: {source: "https://cdn.example.com/a.mp4"}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "localize.yaml").write_text(MANIFEST)
    return tmp_path


def started(code: str, folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=folder,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def interrupted(process: subprocess.Popen[bytes], codes: set[int]) -> int:
    """Make sure that a program ended as it should; give its exit code."""
    out, err = process.communicate(timeout=PATIENCE)
    told = (out + err).decode()
    assert "Traceback" not in told
    assert "Exception ignored" not in told
    assert "bug" not in told
    assert process.returncode in codes, told
    return process.returncode


@pytest.mark.few(4)
@pytest.mark.parametrize("number", [1, 2, 3, 5, 10, 20, 40, 80, 150, 300, 500])
def test_at_the_import_of_any_module(folder: Path, number: int) -> None:
    code = AT_IMPORT.format(number=number, arguments=["validate"])
    # The manifest is wrong: 2 is how a run ends that the signal missed.
    ended = interrupted(started(code, folder), {130, 2})
    assert ended == 130 or number > 100


@pytest.mark.parametrize("arguments", [["validate"], ["plan"], ["languages"], ["--help"]])
def test_at_any_time(folder: Path, arguments: list[str]) -> None:
    codes = set()
    for pause in (0.0, 0.002, 0.01, 0.04, 0.1, 0.2):
        process = started(AFTER_A_WHILE.format(arguments=arguments), folder)
        assert process.stderr is not None
        assert process.stderr.read(1) == b"+"
        time.sleep(pause)
        process.send_signal(signal.SIGINT)
        codes.add(interrupted(process, {130, 0, 2, 7}))
    assert 130 in codes


def test_a_program_that_ctrl_c_is_not_meant_for_is_let_be(folder: Path) -> None:
    code = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\n" + AT_IMPORT.format(
        number=5, arguments=["--version"]
    )
    assert interrupted(started(code, folder), {0}) == 0


class Finalized:
    """What is raised in here, Python tells of and drops."""

    def __del__(self) -> None:
        signal.raise_signal(signal.SIGTERM)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_signal_that_python_swallowed_is_acted_upon_by_the_next_round() -> None:
    interruption = Interruption()
    with interruption.listening():
        interruption.check()
        Finalized()
        with pytest.raises(Interrupted) as raised:
            interruption.check()
    assert raised.value.number == signal.SIGTERM
