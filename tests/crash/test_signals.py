"""Real processes that are asked to leave, and two of them at one manifest."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fake_clock import FakeClock
from workspaces import Workspace, creates

from heygen_localize.sandbox import Sandbox, SandboxSettings

PATIENCE = 30.0
APPLY = ("apply", "--yes", "--no-balance-check")
PROGRAM = (sys.executable, "-m", "heygen_localize", *APPLY)
SIGNALS = [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]

SLOW_DISK = f"""
import sys, time
import heygen_localize.project.lockfile.store as store
from heygen_localize.cli.main import run
write = store.write_lock
def slowly(path, content, still):
    if b"translation_id" in content:
        print("writing", flush=True)
        time.sleep({PATIENCE})
    return write(path, content, still)
store.write_lock = slowly
sys.exit(run({list(APPLY)!r}))
"""


def _hears_all() -> None:
    """Undo what nohup does, should the tests run under it."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


class Running:
    """A process in the workspace's folder."""

    def __init__(self, workspace: Workspace, *command: str) -> None:
        self.process = subprocess.Popen(
            command or PROGRAM,
            cwd=workspace.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=_hears_all,
        )

    def wait_until(self, happened: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not happened():
            assert self.process.poll() is None, self.process.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.01)

    def stop(self, number: int) -> tuple[int, float, str]:
        """Send a signal; give the exit code, the seconds until then, and what was said."""
        began = time.monotonic()
        self.process.send_signal(number)
        _, told = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, time.monotonic() - began, told


@pytest.fixture
def start(workspace: Workspace) -> Iterator[Callable[..., Running]]:
    started: list[Running] = []

    def begin(*command: str) -> Running:
        started.append(Running(workspace, *command))
        return started[-1]

    yield begin
    for running in started:
        running.process.kill()
        running.process.communicate(timeout=PATIENCE)


@pytest.fixture
def account(tmp_path: Path, clock: FakeClock, workspace: Workspace) -> Iterator[Sandbox]:
    """Start an account with two places for three targets, where time stands still for processes.

    It passes for what is run by `workspace.run`, which sleeps by the same clock.
    """
    settings = SandboxSettings(state=tmp_path / "sandbox", render_seconds=600)
    with Sandbox(settings, clock) as sandbox:
        workspace.use(sandbox)
        workspace.write_videos("alpha", extra="limits: {max_concurrent_jobs: 2}")
        yield sandbox


def check_the_next_apply(sandbox: Sandbox, workspace: Workspace) -> None:
    sandbox.set_faults()
    ran = workspace.run(*APPLY, "--poll-interval", "60")
    assert ran.code == 0, ran.err
    assert len(sandbox.jobs()) == len({job.callback_id for job in sandbox.jobs()}) == 3
    entries = workspace.lock()["targets"].values()
    assert {entry["translation_id"] for entry in entries} == {job.id for job in sandbox.jobs()}
    assert {entry["status"] for entry in entries} == {"completed"}
    assert workspace.run("plan", "--detailed-exitcode").code == 0


@pytest.mark.parametrize(("number", "code"), SIGNALS)
def test_a_signal_while_jobs_render(
    account: Sandbox,
    workspace: Workspace,
    start: Callable[..., Running],
    number: int,
    code: int,
) -> None:
    running = start()
    polled = "/v3/video-translations/statuses"
    running.wait_until(lambda: any(note.route == polled for note in account.requests()))
    ended, seconds, told = running.stop(number)
    assert ended == code
    assert seconds < 5
    assert "Interrupted; nothing is lost. HeyGen goes on with 2 targets." in told
    assert "Run the same command again" in told
    assert "Traceback" not in told
    assert creates(account) == 2
    assert len(workspace.lock()["targets"]) == 2, "what was learned is written"
    check_the_next_apply(account, workspace)
    assert creates(account) == 3


@pytest.mark.parametrize(("number", "code"), SIGNALS)
def test_a_signal_while_an_order_waits_for_its_answer(
    account: Sandbox,
    workspace: Workspace,
    start: Callable[..., Running],
    clock: FakeClock,
    number: int,
    code: int,
) -> None:
    account.set_faults("slow=1:60 on POST times 1 after 1")
    running = start()
    running.wait_until(lambda: creates(account) == 2)
    ended, seconds, told = running.stop(number)
    assert ended == code
    assert seconds < 3, "the answer is not waited for"
    assert "Interrupted; nothing is lost." in told
    assert creates(account) == 2, "no new order after the signal"
    assert len(workspace.lock()["targets"]) == 1

    def answered() -> None:
        account._application.close()
        deadline = time.monotonic() + PATIENCE
        while len(account.jobs()) < 2:
            assert time.monotonic() < deadline
            time.sleep(0.01)

    clock.plan(clock.monotonic() + 1, answered)
    check_the_next_apply(account, workspace)
    assert any(note.status == 409 for note in account.requests()), "the order was under way"


@pytest.mark.parametrize(("number", "code"), SIGNALS)
def test_a_signal_before_anything_is_ordered(
    account: Sandbox,
    workspace: Workspace,
    start: Callable[..., Running],
    number: int,
    code: int,
) -> None:
    account.set_faults("slow=1:7 on GET /v3/video-translations")
    running = start()
    route = "/v3/video-translations"
    running.wait_until(lambda: any(note.route == route for note in account.requests()))
    ended, seconds, told = running.stop(number)
    assert ended == code
    assert seconds < 5
    assert "Run the same command again" in told
    assert creates(account) == 0
    assert not workspace.lockfile.exists()


def test_a_second_interrupt_leaves_at_once(
    account: Sandbox, workspace: Workspace, start: Callable[..., Running]
) -> None:
    running = start(sys.executable, "-c", SLOW_DISK)
    running.wait_until(lambda: creates(account) == 2)
    time.sleep(0.3)
    running.process.send_signal(signal.SIGINT)
    assert running.process.stdout is not None
    assert running.process.stdout.readline() == "writing\n"
    assert running.process.poll() is None, "what is being kept is kept whole"
    ended, seconds, _ = running.stop(signal.SIGINT)
    assert ended == 130
    assert seconds < 2
    assert creates(account) == 2
    check_the_next_apply(account, workspace)
    assert creates(account) == 3


def test_a_second_apply_on_the_manifest_names_the_first(
    account: Sandbox, workspace: Workspace, start: Callable[..., Running]
) -> None:
    running = start()
    running.wait_until(lambda: creates(account) == 2)
    ran = workspace.run(*APPLY)
    assert ran.code == 2
    assert f"another localize applies localize.yaml: process {running.process.pid}, " in ran.err
    assert " ".join(APPLY) in ran.err
    assert creates(account) == 2
    # To look does no harm, and another manifest is nobody's business.
    assert workspace.run("plan").code == 0
    assert workspace.run("status").code == 0
    other = workspace.folder / "other.yaml"
    other.write_text(workspace.manifest.read_text().replace("project: test", "project: other"))
    assert workspace.run("apply", "--no-wait", "-f", "other.yaml", "--yes").code == 0
    placed = creates(account)
    # One that was killed holds nothing up.
    running.stop(signal.SIGKILL)
    assert workspace.run("apply", "--no-wait", "--yes").code == 0
    assert creates(account) == placed
