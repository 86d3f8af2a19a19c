"""The program as it is started for real: on a terminal, in a pipe, by a signal, by itself."""

from __future__ import annotations

import gc
import os
import pty
import re
import select
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from starters import fast_programs
from workspaces import Workspace, creates

from heygen_localize import __version__
from heygen_localize.sandbox import Sandbox

PATIENCE = 30.0
"""Seconds after which a program that should have answered is a failure."""

PROGRAM = (sys.executable, "-m", "heygen_localize")


def environment(**more: str) -> dict[str, str]:
    """Give the test's own environment, which `fresh_home` has cleaned, and a plain terminal."""
    names = {name: value for name, value in os.environ.items() if name != "FORCE_COLOR"}
    return names | {"TERM": "xterm-256color", "COLUMNS": "120", "LINES": "40"} | more


def run_program(folder: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run the program in a pipe to its end."""
    return subprocess.run(
        [*PROGRAM, *arguments],
        cwd=folder,
        env=environment(**more),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
        stdin=subprocess.DEVNULL,
    )


# A terminal


class Terminal:
    """A program on a pseudo-terminal: what it wrote so far, and keys for it."""

    def __init__(self, master: int, process: subprocess.Popen[bytes]) -> None:
        self._master = master
        self._process = process
        self.text = ""

    def _read(self, deadline: float) -> bool:
        """Read what there is; False where the program has ended."""
        readable, _, _ = select.select([self._master], [], [], max(0, deadline - time.monotonic()))
        if not readable:
            pytest.fail(f"nothing more came after: {self.text!r}")
        try:
            content = os.read(self._master, 65536)
        except OSError:
            return False  # Linux says EIO where all ends of the other side are closed.
        self.text += content.decode()
        return bool(content)

    def wait_for(self, wanted: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while wanted not in self.text:
            if not self._read(deadline):
                pytest.fail(f"ended without {wanted!r}: {self.text!r}")

    def type(self, keys: str) -> None:
        os.write(self._master, keys.encode())

    def interrupt(self) -> None:
        """Send what Ctrl-C does: the terminal leads no group of processes here.

        Again, if need be, as people do: one that comes just before the read is not heard.
        """
        for _ in range(10):
            self._process.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(2)
                break

    def end(self) -> int:
        """Read to the end; give the exit code."""
        deadline = time.monotonic() + PATIENCE
        while self._read(deadline):
            pass
        return self._process.wait(PATIENCE)


@pytest.fixture
def terminal(workspace: Workspace) -> Callable[..., Terminal]:
    """Start the program in the workspace's folder, on a terminal: a fork of one that waits."""
    with_terminals: list[tuple[int, subprocess.Popen[bytes]]] = []

    def start(*arguments: str, **more: str) -> Terminal:
        master, slave = pty.openpty()
        process = subprocess.Popen(
            [str(fast_programs() / "localize"), *arguments],
            cwd=workspace.folder,
            env=environment(**more),
            stdin=slave,
            stdout=slave,
            stderr=slave,
        )
        os.close(slave)
        with_terminals.append((master, process))
        return Terminal(master, process)

    yield start
    for master, process in with_terminals:
        process.kill()
        process.wait(PATIENCE)
        os.close(master)


QUESTION = "Order 2 jobs of unknown length (balance 1000.00)? [y/N]"


@pytest.fixture
def two_targets(sandbox: Sandbox, workspace: Workspace) -> Sandbox:
    workspace.use(sandbox)
    workspace.write_videos("alpha", languages=("fr-FR", "ja"))
    return sandbox


def test_a_yes_orders_and_progress_ends_cleanly(
    two_targets: Sandbox, workspace: Workspace, terminal: Callable[..., Terminal]
) -> None:
    program = terminal("apply")
    program.wait_for(QUESTION)
    assert "\x1b[32m+\x1b[0m alpha  2 languages" in program.text
    assert "Plan: 2 to create" in program.text
    assert creates(two_targets) == 0
    program.type("y\n")
    assert program.end() == 0
    assert creates(two_targets) == 2
    progress, _, report = program.text.partition(QUESTION)[2].rpartition("\x1b[?25h")
    assert progress.count("\x1b[?25l") == 1, "the cursor is hidden once, and shown again"
    assert "2 completed" in progress
    assert "2/2" in progress
    assert re.search(r"alpha/ja completed \(tr_[a-z0-9-]+\)", progress)
    assert "\x1b[1A\x1b[2K" in report, "what was drawn is wiped"
    drawn = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\r", "", report)
    assert drawn.strip() == "2 jobs ordered: 2 of 2 targets rendered. Lockfile: localize.lock"
    assert len(workspace.lock()["targets"]) == 2


def test_a_dumb_terminal_is_asked_and_told_in_plain_lines(
    two_targets: Sandbox, terminal: Callable[..., Terminal]
) -> None:
    program = terminal("apply", TERM="dumb")
    program.wait_for(QUESTION)
    program.type("y\n")
    assert program.end() == 0
    assert creates(two_targets) == 2
    assert "\x1b" not in program.text
    assert re.search(r"\nalpha/ja completed \(tr_[a-z0-9-]+\)\r\n", program.text)
    assert "2 jobs ordered: 2 of 2 targets rendered." in program.text


@pytest.mark.parametrize("answer", ["n\n", "\n"], ids=["n", "nothing"])
def test_a_no_orders_nothing(
    two_targets: Sandbox, workspace: Workspace, terminal: Callable[..., Terminal], answer: str
) -> None:
    program = terminal("apply", NO_COLOR="1")
    program.wait_for(QUESTION)
    program.type(answer)
    assert program.end() == 2
    assert "error: cancelled: nothing ordered" in program.text
    assert "\x1b" not in program.text
    assert creates(two_targets) == 0
    assert not workspace.lockfile.exists()


@pytest.mark.parametrize("leave", [Terminal.interrupt, lambda it: it.type("\x04")])
def test_leaving_at_the_question_is_told_as_cancelled(
    two_targets: Sandbox,
    workspace: Workspace,
    terminal: Callable[..., Terminal],
    leave: Callable[[Terminal], None],
) -> None:
    program = terminal("apply")
    program.wait_for(QUESTION)
    leave(program)
    assert program.end() == 130
    assert program.text.rstrip().endswith("\nCancelled: nothing ordered")
    assert "nterrupted" not in program.text
    assert creates(two_targets) == 0
    assert not workspace.lockfile.exists()


def test_failures_stay_readable_after_live_progress(
    two_targets: Sandbox, terminal: Callable[..., Terminal]
) -> None:
    two_targets.set_faults("fail_job=1:no_sound on POST times 1")
    program = terminal("apply", "--yes")
    assert program.end() == 1
    progress, _, report = program.text.rpartition("\x1b[?25h")
    assert "1 completed  1 failed" in progress
    assert "alpha/fr-FR failed" in progress
    assert program.text.count("no_sound") == 1
    summary, _, failures = report.partition("! no_sound")
    assert "1 of 2 targets rendered, 1 failed" in summary
    assert "localize apply tries it again" in failures


def test_a_second_apply_on_a_terminal_asks_and_draws_nothing(
    two_targets: Sandbox, workspace: Workspace, terminal: Callable[..., Terminal]
) -> None:
    assert workspace.run("apply", "--yes").code == 0
    program = terminal("apply")
    assert program.end() == 0
    assert program.text == ("Nothing to do: 2 of 2 targets rendered. Lockfile: localize.lock\r\n")


# A pipe


@contextmanager
def pipe_that_nobody_reads() -> Iterator[int]:
    reader, writer = os.pipe()
    os.close(reader)
    yield writer
    os.close(writer)


@pytest.mark.parametrize(
    ("arguments", "code"), [(("languages",), 0), (("validate", "--format", "json"), 2)]
)
def test_a_reader_that_has_gone_changes_no_exit_code(
    workspace: Workspace, arguments: tuple[str, ...], code: int
) -> None:
    with pipe_that_nobody_reads() as writer:
        ended = subprocess.run(
            [*PROGRAM, *arguments],
            cwd=workspace.folder,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=writer,
            stderr=subprocess.PIPE,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    assert (ended.returncode, ended.stderr) == (code, "")


def test_a_reader_of_diagnostics_that_has_gone_ends_no_run(
    two_targets: Sandbox, workspace: Workspace
) -> None:
    two_targets.set_faults("fail_job=1:no_sound on POST times 1")
    with pipe_that_nobody_reads() as writer:
        ended = subprocess.run(
            [str(fast_programs() / "localize"), "apply", "--yes"],
            cwd=workspace.folder,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=writer,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    assert ended.returncode == 1
    assert "1 of 2 targets rendered, 1 failed" in ended.stdout
    assert creates(two_targets) == 2
    states = {entry["status"] for entry in workspace.lock()["targets"].values()}
    assert states == {"completed", "failed"}


# The program itself


def test_the_module_is_the_program(tmp_path: Path) -> None:
    ended = run_program(tmp_path, "--version")
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, f"localize {__version__}\n", "")


def test_the_module_ends_with_the_exit_code(tmp_path: Path) -> None:
    ended = run_program(tmp_path, "validate")
    assert ended.returncode == 2
    assert ended.stderr.startswith("error: localize.yaml: there is no localize.yaml here\n")


def test_a_version_costs_no_more_than_a_start(tmp_path: Path) -> None:
    script = (
        "import sys\nfrom heygen_localize.cli.main import run\nrun(['--version'])\n"
        "print(sorted({'requests', 'rich', 'yaml', 'jsonschema', 'babel'} & set(sys.modules)))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )
    assert ended.stdout == f"localize {__version__}\n[]\n"


# localize sandbox


class RunningSandbox:
    """A sandbox in a process of its own."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        assert process.stdout is not None
        self.lines = [process.stdout.readline(), process.stdout.readline()]
        self.exports = dict(
            word.split("=", 1) for line in self.lines for word in shlex.split(line)[1:]
        )

    def stop(self, number: int) -> tuple[int, float, str]:
        """Send a signal; give the exit code, the seconds it took, and the diagnostics."""
        began = time.monotonic()
        self.process.send_signal(number)
        _, told = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, time.monotonic() - began, told


@pytest.fixture
def sandbox_process(tmp_path: Path) -> Iterator[Callable[..., RunningSandbox]]:
    """Start `localize sandbox` with these options."""
    processes: list[subprocess.Popen[str]] = []

    def start(*options: str) -> RunningSandbox:
        process = subprocess.Popen(
            [*PROGRAM, "sandbox", *options],
            cwd=tmp_path,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        return RunningSandbox(process)

    yield start
    for process in processes:
        process.kill()
        process.communicate(timeout=PATIENCE)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_sandbox_serves_until_a_signal_and_keeps_its_jobs(
    sandbox_process: Callable[..., RunningSandbox],
    workspace: Workspace,
    monkeypatch: pytest.MonkeyPatch,
    number: int,
) -> None:
    options = ("--state", "state", "--render-seconds", "0.1", "--max-jobs", "0")
    running = sandbox_process(*options)
    assert re.fullmatch(
        r"export HEYGEN_API_BASE=http://127\.0\.0\.1:\d+\nexport HEYGEN_API_KEY=\S+\n",
        "".join(running.lines),
    )
    for name, value in running.exports.items():
        monkeypatch.setenv(name, value)
    workspace.write_videos("alpha", languages=("fr-FR", "ja"))
    assert workspace.run("apply", "--yes", "--timeout", str(PATIENCE)).code == 0
    code, seconds, told = running.stop(number)
    assert code == 0
    assert seconds < 2
    assert told == (
        "The sandbox runs; paste the two lines into another shell. Ctrl-C ends it.\n"
        "The sandbox has ended; its jobs are kept in state.\n"
    )

    again = sandbox_process(*options, "--quiet")
    monkeypatch.setenv("HEYGEN_API_BASE", again.exports["HEYGEN_API_BASE"])
    workspace.lockfile.unlink()
    assert workspace.run("plan", "--format", "json").json()["summary"] == {"adopt": 2}
    code, _, told = again.stop(number)
    assert (code, told) == (0, "")


def test_the_sandbox_logs_requests_when_asked(
    sandbox_process: Callable[..., RunningSandbox],
    workspace: Workspace,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    running = sandbox_process("-v", "--fault", "unauthorized=1 on GET")
    for name, value in running.exports.items():
        monkeypatch.setenv(name, value)
    workspace.write_videos("alpha", languages=("ja",))
    assert workspace.run("plan").code == 7
    _, _, told = running.stop(signal.SIGTERM)
    assert "GET /v3/video-translations/languages HTTP/1.1" in told


def test_a_fault_that_is_none(workspace: Workspace) -> None:
    ran = workspace.run("sandbox", "--fault", "earthquake=1 on GET")
    assert ran.code == 2
    assert ran.out == ""
    assert ran.err.startswith("error: ")
    assert "earthquake" in ran.err
    assert "drop_after" in ran.err


def test_a_port_that_is_taken(workspace: Workspace) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ran = workspace.run("sandbox", "--port", str(port))
    assert ran.code == 2
    assert ran.out == ""
    assert ran.err.startswith(f"error: port {port} cannot be used: ")
    assert "try another --port" in ran.err


def test_a_state_that_cannot_be_kept(workspace: Workspace) -> None:
    (workspace.folder / "file").write_text("")
    ran = workspace.run("sandbox", "--state", "file/state")
    assert ran.code == 2
    assert ran.err.startswith("error: --state file/state cannot be used: ")
    state = workspace.folder / "state"
    assert run_sandbox_once(state)
    for kept in state.iterdir():
        kept.write_bytes(b"no database" * 1000)
    ran = workspace.run("sandbox", "--state", "state")
    assert ran.code == 2
    assert ran.err.startswith("error: --state state cannot be used: ")
    gc.collect()  # from Python 3.13 on, a database that was left open is told, and here


def run_sandbox_once(state: Path) -> bool:
    """Let a sandbox make its folder."""
    from heygen_localize.sandbox import SandboxSettings

    with Sandbox(SandboxSettings(state=state)):
        return state.is_dir()


# localize demo


def test_the_demo_shows_the_whole_story(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("heygen_localize.cli.demo._RENDER_SECONDS", 0.2)
    # Neither another account nor options of the user's own may come between.
    monkeypatch.setenv("HEYGEN_API_BASE", "http://127.0.0.1:1")
    monkeypatch.setenv("HEYGEN_API_KEY", "another")
    monkeypatch.setenv("LOCALIZE_APPLY_TARGET", "intro/*")
    ran = workspace.run("demo", "--folder", "new")
    assert ran.code == 0, ran.err
    steps = re.findall(r"^\$ localize (.*)$", ran.out, re.MULTILINE)
    assert steps == [
        "validate",
        "plan --no-check-sources",
        "apply --yes --no-check-sources --poll-interval 0.5",
        "status",
        "pull",
        "apply --yes",
    ]
    assert "The sandbox was asked for 11 jobs in all, each of them once" in ran.out
    folder = (workspace.folder / "new").resolve()
    assert f"The manifest is {folder / 'localize.yaml'}" in ran.out
    assert (folder / "localize.schema.json").is_file()
    workspace.folder = folder
    assert {entry["status"] for entry in workspace.lock()["targets"].values()} == {"completed"}
    assert f"The files, which play: {folder / 'localized'}" in ran.out
    assert len(list(folder.glob("localized/*/*.mp4"))) == 11


def test_the_demo_leaves_a_folder_with_something_in_it_alone(workspace: Workspace) -> None:
    workspace.write("mine\n")
    ran = workspace.run("demo", "--folder", str(workspace.folder))
    assert ran.code == 2
    assert f"{workspace.folder} is not empty" in ran.err
    assert "name a new folder for the demo" in ran.err
    assert [path.name for path in workspace.folder.iterdir()] == ["localize.yaml"]
    assert workspace.manifest.read_text() == "mine\n"


def test_the_demo_finds_a_folder_by_itself(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr("heygen_localize.cli.demo._STEPS", ())
    ran = workspace.run("demo")
    assert ran.code == 0
    (folder,) = tmp_path.glob("localize-demo-*")
    assert f"The manifest is {folder / 'localize.yaml'}" in ran.out
    assert not list(workspace.folder.iterdir())


def test_a_demo_that_fails_says_where(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = (("This cannot go well.", ("validate", "-f", "none.yaml")),)
    monkeypatch.setattr("heygen_localize.cli.demo._STEPS", steps)
    ran = workspace.run("demo", "--folder", "new")
    assert ran.code == 2
    assert "error: localize validate -f none.yaml ended with 2 in " in ran.err
    assert "please report this" in ran.err


def test_what_ended_stays_and_the_clock_starts_after_consent(
    two_targets: Sandbox, terminal: Callable[..., Terminal]
) -> None:
    program = terminal("apply")
    program.wait_for(QUESTION)
    time.sleep(2.2)
    program.type("y\n")
    assert program.end() == 0
    progress = program.text.partition(QUESTION)[2]
    assert "0:00:00" in progress
    assert "0:00:02" not in progress
    lines = re.findall(r"alpha/(?:ja|fr-FR) completed \(tr_[a-z0-9-]+\)", progress)
    assert len(lines) == 2, "each is written once, above what is drawn anew"
