"""Standard streams that are closed, full or gone: real processes, which do the same work."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest
from starters import fast_programs
from workspaces import Workspace, creates

from heygen_localize.sandbox import Sandbox

PROGRAM = (sys.executable, "-m", "heygen_localize")
PATIENCE = 90
NAMES = ("stdin", "stdout", "stderr")
CLOSED = {"stdin": "<&-", "stdout": ">&-", "stderr": "2>&-"}

needs_full_device = pytest.mark.skipif(
    not Path("/dev/full").exists(), reason="this system has no full device"
)


@contextmanager
def a_stream(state: str, name: str) -> Iterator[int]:
    """Open one end of what a stream is to lead to."""
    with ExitStack() as stack:
        if state == "full":
            number = os.open("/dev/full", os.O_RDWR)
        elif state == "unwritable":
            number = os.open(os.devnull, os.O_RDONLY if name != "stdin" else os.O_WRONLY)
        else:
            reading, number = os.pipe()
            if state == "gone":
                os.close(reading)
            else:
                stack.callback(os.close, reading)
                fill(number)
        stack.callback(os.close, number)
        yield number


def fill(number: int) -> None:
    """Make a pipe take nothing more, and say so instead of waiting."""
    flags = fcntl.fcntl(number, fcntl.F_GETFL)
    fcntl.fcntl(number, fcntl.F_SETFL, flags | os.O_NONBLOCK)
    with suppress(BlockingIOError):
        while True:
            os.write(number, b"." * 4096)
    with suppress(BlockingIOError):
        while True:
            os.write(number, b".")


def run(
    folder: Path,
    *arguments: str,
    state: str = "",
    broken: tuple[str, ...] = (),
    program: tuple[str, ...] = PROGRAM,
    **more: str,
) -> subprocess.CompletedProcess[bytes]:
    """Run the program with some of its streams broken."""
    with ExitStack() as stack:
        streams: dict[str, int] = {
            "stdin": subprocess.DEVNULL,
            "stdout": subprocess.PIPE,
            "stderr": subprocess.PIPE,
        }
        command = [*program, *arguments]
        if state == "closed":
            closing = " ".join(CLOSED[name] for name in broken)
            command = ["sh", "-c", f'exec "$@" {closing}', "sh", *command]
        else:
            for name in broken:
                streams[name] = stack.enter_context(a_stream(state, name))
        return subprocess.run(
            command,
            cwd=folder,
            env={**os.environ, **more},
            timeout=PATIENCE,
            check=False,
            stdin=streams["stdin"],
            stdout=streams["stdout"],
            stderr=streams["stderr"],
        )


def calm(ended: subprocess.CompletedProcess[bytes]) -> str:
    """Return all that was said, which is neither of a bug nor of Python."""
    said = ((ended.stdout or b"") + (ended.stderr or b"")).decode()
    for word in ("Traceback", "bug in localize", "Exception ignored", "Error:"):
        assert word not in said
    return said


@pytest.fixture
def account(workspace: Workspace, sandbox: Sandbox) -> Sandbox:
    workspace.use(sandbox)
    workspace.write_videos("alpha", "beta", languages=("fr-FR", "ja"))
    return sandbox


STATES = [
    *(("closed", (name,)) for name in NAMES),
    ("closed", NAMES),
    *(("gone", (name,)) for name in ("stdout", "stderr")),
    ("gone", ("stdout", "stderr")),
]
TOLD = [
    *((state, (name,)) for state in ("full", "stuck", "unwritable") for name in NAMES[1:]),
    ("full", ("stdout", "stderr")),
]


@pytest.mark.few(6)
@needs_full_device
@pytest.mark.parametrize(("state", "broken"), [*STATES, *TOLD], ids=str)
def test_apply_plan_and_status_do_the_same_work(
    account: Sandbox, workspace: Workspace, state: str, broken: tuple[str, ...]
) -> None:
    expected = 74 if (state, broken) in TOLD and "stdout" in broken else 0
    fast = (str(fast_programs() / "localize"),)
    begun = PROGRAM if state == "closed" or broken == NAMES[1:] else fast
    for *arguments, program in (("plan", fast), ("apply", "--yes", begun), ("status", fast)):
        ended = run(workspace.folder, *arguments, state=state, broken=broken, program=program)
        said = calm(ended)
        assert ended.returncode == expected, said
        if expected and "stderr" not in broken:
            assert "Standard output takes nothing more: " in said
    assert creates(account) == 4
    assert len(workspace.lock()["targets"]) == 4
    assert all(one["status"] == "completed" for one in workspace.lock()["targets"].values())


@needs_full_device
@pytest.mark.parametrize("state", ["full", "closed", "gone"])
def test_a_report_for_machines_that_is_lost(
    account: Sandbox, workspace: Workspace, state: str
) -> None:
    program = PROGRAM if state == "closed" else (str(fast_programs() / "localize"),)
    arguments = ("apply", "--yes", "--format", "json")
    ended = run(workspace.folder, *arguments, state=state, broken=("stdout",), program=program)
    assert ended.returncode == (74 if state == "full" else 0)
    assert ("No space left on device" in calm(ended)) is (state == "full")
    assert creates(account) == 4


@needs_full_device
def test_messages_that_are_lost_are_told_on_standard_output_to_people_alone(
    account: Sandbox, workspace: Workspace
) -> None:
    broken = {"state": "full", "broken": ("stderr",)}
    broken["program"] = (str(fast_programs() / "localize"),)
    ended = run(workspace.folder, "apply", "--yes", **broken)
    assert ended.returncode == 0
    assert "Standard error takes nothing more: No space left on device" in calm(ended)
    workspace.lockfile.unlink()
    ended = run(workspace.folder, "apply", "--yes", "--format", "json", **broken)
    assert ended.returncode == 0
    assert json.loads(ended.stdout)["format_version"] == 1


@needs_full_device
@pytest.mark.parametrize(
    ("arguments", "code", "state"),
    [
        (("status", "--fail-if-incomplete"), 5, "full"),
        (("status", "--fail-if-incomplete"), 5, "closed"),
        (("status", "--fail-if-incomplete"), 5, "gone"),
        (("plan", "--offline", "--detailed-exitcode"), 5, "closed"),
        (("status", "--target", "none/*"), 2, "full"),
        (("bogus",), 2, "gone"),
        (("apply", "--frozen"), 5, "full"),
    ],
    ids=str,
)
def test_any_other_code_is_the_works(
    account: Sandbox, workspace: Workspace, arguments: tuple[str, ...], code: int, state: str
) -> None:
    program = (str(fast_programs() / "localize"),)
    broken = ("stdout", "stderr")
    ended = run(workspace.folder, *arguments, state=state, broken=broken, program=program)
    assert ended.returncode == code


@pytest.mark.parametrize("state", ["closed", "unwritable"])
def test_without_standard_input_nobody_agrees(
    account: Sandbox, workspace: Workspace, state: str
) -> None:
    ended = run(workspace.folder, "apply", state=state, broken=("stdin",), CI="")
    assert ended.returncode == 2
    assert "there is no terminal to ask on" in calm(ended)
    assert creates(account) == 0


COMMANDS = (
    ("--help",),
    ("--version",),
    ("validate",),
    ("languages",),
    ("glossaries",),
    ("schema",),
    ("completion", "bash"),
    ("doctor",),
    ("pull",),
    ("refresh",),
    ("prune", "--dry-run"),
    ("proofread", "status"),
    ("report", "-o", "page.html"),
    ("lock", "check"),
    ("init", "-f", "new.yaml", "--source", "https://example.com/a.mp4", "-l", "ja", "--no-input"),
)


@pytest.mark.few(6)
@needs_full_device
@pytest.mark.parametrize("arguments", COMMANDS, ids=lambda parts: parts[0])
def test_every_command_ends_by_itself(
    account: Sandbox, workspace: Workspace, arguments: tuple[str, ...]
) -> None:
    assert workspace.run("apply", "--yes", "--no-wait").code == 0
    ended = workspace.run(*arguments)
    (workspace.folder / "new.yaml").unlink(missing_ok=True)
    program = (str(fast_programs() / "localize"),)
    silent = run(workspace.folder, *arguments, state="closed", broken=NAMES, program=program)
    assert silent.returncode == ended.code
    (workspace.folder / "new.yaml").unlink(missing_ok=True)
    full = run(workspace.folder, *arguments, state="full", broken=("stdout",), program=program)
    calm(full)
    lost = 74 if ended.out and not ended.code else ended.code
    assert full.returncode == lost


# A pipe that does not wait, and is read late


def test_a_pipe_that_is_read_late_gets_everything(workspace: Workspace) -> None:
    workspace.write_videos("alpha", languages=("ja",))
    reading, writing = os.pipe()
    fill(writing)
    pieces: list[bytes] = []

    def read() -> None:
        time.sleep(1)
        while piece := os.read(reading, 65536):
            pieces.append(piece)

    reader = threading.Thread(target=read)
    reader.start()
    process = subprocess.Popen(
        [*PROGRAM, "languages", "--format", "json"], cwd=workspace.folder, stdout=writing
    )
    os.close(writing)
    assert process.wait(PATIENCE) == 0
    reader.join(PATIENCE)
    os.close(reading)
    report = json.loads(b"".join(pieces).lstrip(b"."))
    assert len(report["languages"]) > 100


# Encodings


@pytest.mark.parametrize(
    ("encoding", "form"),
    [
        *(("ascii", "text"), ("utf-16", "json")),
        *(("latin-1", "text"), ("utf-8", "text"), ("cp1252", "json")),
    ],
)
def test_what_an_encoding_cannot_say_is_escaped(
    workspace: Workspace, encoding: str, form: str
) -> None:
    workspace.write_videos("alpha", extra="dé-日本-𝄞: 1")
    ended = run(
        workspace.folder, "validate", "--format", form, PYTHONIOENCODING=encoding, PYTHONUTF8="0"
    )
    assert ended.returncode == 2
    if form == "json":
        (problem,) = json.loads(ended.stdout.decode(encoding))["errors"]
        assert "dé-日本-𝄞" in problem["message"]
    else:
        said = ended.stderr.decode(encoding)
        assert "Traceback" not in said
        assert "dé-" in said.replace("\\u00e9", "é")


def test_a_plain_locale(workspace: Workspace) -> None:
    workspace.write_videos("alpha", extra="dé: 1")
    for locale in ("C", "POSIX"):
        ended = run(workspace.folder, "status", LC_ALL=locale, PYTHONCOERCECLOCALE="0")
        assert ended.returncode == 2
        calm(ended)
