"""Several projects on one account with few places, their runs killed again and again.

More kills: LOCALIZE_KILLS=200.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest
from postgres_server import Server
from starters import Starter, started
from workspaces import Workspace

from heygen_localize.sandbox import Sandbox

PATIENCE = 30.0
KILLS = int(os.environ.get("LOCALIZE_KILLS", "3"))
PROJECTS, PLACES = 3, 3
LANGUAGES = ("es-MX", "fr-FR", "ja")
FAULTS = (
    "drop_after=0.1 on POST",
    "rate_limit=0.1:1 on POST",
    "html_502=0.1 on POST",
    "list_lag=1:1 on GET",
)


class Project:
    """A checkout of a project of its own, whose runs are started and killed."""

    def __init__(self, starter: Starter, workspace: Workspace) -> None:
        self._starter, self.workspace = starter, workspace
        self._log = workspace.folder / ".steps.log"
        self._running = 0

    def start(self) -> None:
        self._log.unlink(missing_ok=True)
        self._running = self._starter.start("count", self._log, self.workspace.folder)
        deadline = time.monotonic() + PATIENCE
        while not self._log.exists() and time.monotonic() < deadline:
            time.sleep(0.005)

    def kill(self) -> bool:
        """Kill the run; tell whether it was still there."""
        with suppress(ProcessLookupError):
            os.kill(self._running, signal.SIGKILL)
        return self._starter.wait() == -signal.SIGKILL

    def end(self) -> int:
        """Wait for the run; give how it ended."""
        return self._starter.wait()


@pytest.fixture
def scene(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    server: Server,
    start_sandbox: Callable[..., Sandbox],
) -> Any:
    account = start_sandbox(render_seconds=0.5, max_jobs=None, seed=3, faults=FAULTS)
    url = server.database()
    monkeypatch.setenv("LOCALIZE_STATE", url)
    monkeypatch.setenv("LOCALIZE_APPLY_POLL_INTERVAL", "0.1")
    monkeypatch.setenv("LOCALIZE_APPLY_CHECK_SOURCES", "0")
    with ExitStack() as stack:
        projects = []
        for number in range(PROJECTS):
            folder = tmp_path / f"project-{number}"
            folder.mkdir()
            workspace = Workspace(folder, monkeypatch, capsys)
            workspace.use(account)
            limit = f"limits: {{max_concurrent_jobs: {PLACES}}}"
            workspace.write_videos("alpha", "beta", languages=LANGUAGES, extra=limit)
            text = workspace.manifest.read_text()
            workspace.write(text.replace("project: test", f"project: team-{number}"))
            projects.append(Project(stack.enter_context(started()), workspace))
        assert projects[0].workspace.run("state", "init").code == 0
        yield account, projects, url


def test_each_is_ordered_once_and_never_more_than_there_are_places(
    scene: Any, server: Server
) -> None:
    account, projects, url = scene
    dice, kills, rounds = random.Random(7), 0, 0
    while kills < KILLS:
        rounds += 1
        assert rounds < 20 * KILLS, "the runs end before they can be killed"
        for project in projects:
            project.start()
        time.sleep(dice.uniform(0.05, 1.0))
        kills += sum(project.kill() for project in projects)
        if dice.random() < 0.5:  # something new to order
            for project in projects:
                text, name = project.workspace.manifest.read_text(), f"more-{rounds}"
                source = f"https://cdn.example.com/{name}.mp4"
                project.workspace.write(f"{text}  {name}: {{source: '{source}'}}\n")
    account.set_faults()
    for project in projects:
        project.start()
    assert [project.end() for project in projects] == [0] * PROJECTS
    for project in projects:
        assert project.workspace.run("plan", "--detailed-exitcode").code == 0
    marks = Counter(job.callback_id for job in account.jobs())
    assert set(marks.values()) == {1}, [mark for mark, times in marks.items() if times > 1]
    assert account.peak_in_progress() <= PLACES
    wanted = sum(
        len(project.workspace.run("status", "--format", "json").json()["targets"])
        for project in projects
    )
    assert len(marks) == wanted
    assert server.execute("SELECT count(*) FROM localize.intents", url=url) == [(0,)]
    paid = (
        "SELECT count(*), count(DISTINCT translation_id) FROM localize.audit WHERE what <> 'sent'"
    )
    told = server.execute(f"{paid} AND translation_id IS NOT NULL", url=url)
    assert told == [(wanted, wanted)]
    print(f"{kills} kills, {wanted} jobs")  # noqa: T201
