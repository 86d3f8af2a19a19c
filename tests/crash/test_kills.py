"""An `apply` that is killed at each of its steps, and at random moments: nothing paid twice."""

from __future__ import annotations

import json
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import groupby
from pathlib import Path

import pytest
from starters import APPLY, Starter, started
from workspaces import Workspace, creates

from heygen_localize.project.journal import Journal
from heygen_localize.sandbox import Sandbox

PATIENCE = 30.0
LANGUAGES = ("es-MX", "fr-FR", "ja")
TARGETS = len(LANGUAGES)
PLACES = 2
"""Fewer than targets, so that one order is placed while others render."""

STEP_CHUNKS = 8
MOMENTS = int(os.environ.get("LOCALIZE_KILLS", "4"))
CHUNK = 2


@pytest.fixture(scope="module")
def starter() -> Iterator[Starter]:
    with started() as starter:
        yield starter


class Scene:
    """One sandbox and one workspace that an `apply` is killed in."""

    def __init__(
        self, starter: Starter, sandbox: Sandbox, workspace: Workspace, folder: Path
    ) -> None:
        self._starter = starter
        self.sandbox, self.workspace, self.folder = sandbox, workspace, folder
        self.log = folder / "steps.log"
        workspace.use(sandbox)
        self._move_to("first")

    def _move_to(self, name: str) -> None:
        """Go on in a fresh folder that has nothing but the manifest."""
        self.workspace.folder = self.folder / name
        self.workspace.folder.mkdir(parents=True)
        limit = f"limits: {{max_concurrent_jobs: {PLACES}}}"
        self.workspace.write_videos("alpha", languages=LANGUAGES, extra=limit)

    def start(self, step: str) -> int:
        """Start an `apply` that dies at this step, or only counts; give its process id."""
        return self._starter.start(step, self.log, self.workspace.folder)

    def end(self) -> int:
        """Wait for it; give how it ended."""
        return self._starter.wait()

    def apply(self, step: str) -> int:
        """Do both."""
        self.start(step)
        return self.end()

    def steps(self) -> list[str]:
        return self.log.read_text().splitlines() if self.log.exists() else []

    def check_what_was_left(self) -> None:
        """The lockfile is absent or whole, and names only jobs that exist."""
        if self.workspace.lockfile.exists():
            known = {job.id for job in self.sandbox.jobs()}
            entries = self.workspace.lock()["targets"].values()
            assert {entry["translation_id"] for entry in entries} <= known

    def lose_the_workspace(self, hidden: bool = False) -> None:
        """Go on without lockfile and journal; `hidden` where the list lags far behind too."""
        self._move_to("second")
        if hidden:
            self.sandbox.set_faults("list_lag=1:600 on GET")

    def check_the_next_apply(self) -> None:
        """The next `apply` ends well: a job for each target, and nothing left to do."""
        told = f"killed at {self.steps()[-1:]}, step {len(self.steps())}"
        ran = self.workspace.run(*APPLY)
        self.sandbox.set_faults()
        assert ran.code == 0, f"{told}: {ran.err}"
        marks = Counter(job.callback_id for job in self.sandbox.jobs())
        assert sorted(marks.values()) == [1] * TARGETS, f"{told}: {marks}"
        entries = self.workspace.lock()["targets"]
        assert {entry["status"] for entry in entries.values()} == {"completed"}
        assert {entry["translation_id"] for entry in entries.values()} == {
            job.id for job in self.sandbox.jobs()
        }
        assert self.workspace.run("plan", "--detailed-exitcode").code == 0, told
        assert not self.sandbox.key_leaks()


@pytest.fixture
def new_scene(
    starter: Starter,
    start_sandbox: Callable[..., Sandbox],
    workspace: Workspace,
    tmp_path: Path,
) -> Callable[[str], Scene]:
    def make(name: str) -> Scene:
        folder = tmp_path / name
        sandbox = start_sandbox(state=folder / "state", render_seconds=0.1, max_jobs=None)
        return Scene(starter, sandbox, workspace, folder)

    return make


@pytest.mark.of_translations
def test_the_steps_are_those_that_matter(new_scene: Callable[[str], Scene]) -> None:
    scene = new_scene("count")
    assert scene.apply("count") == 0
    counts = Counter(scene.steps())
    assert counts["order.answered"] == TARGETS
    assert counts["journal.synced"] == TARGETS
    assert counts["send POST /v3/video-translations"] == TARGETS
    assert counts["open journal.jsonl"] >= TARGETS
    assert counts["os.rename localize.lock"] == counts["lock.written"] >= 2
    assert counts["journal.settled"] >= 1
    assert creates(scene.sandbox) == TARGETS
    # The last thing that happens is that the journal forgets, once the lockfile is safe.
    assert scene.steps()[-1] == "journal.settled"
    assert not Journal(scene.workspace.folder / ".localize/localize/journal.jsonl").read()
    order = ["order.answered", "open journal.jsonl", "journal.synced"]
    steps = [name for name, _ in groupby(scene.steps())]
    first = steps.index("order.answered")
    assert steps[first : first + 3] == order


@pytest.mark.few(4)
@pytest.mark.parametrize("chunk", range(STEP_CHUNKS))
def test_a_kill_at_every_step(chunk: int, new_scene: Callable[[str], Scene]) -> None:
    step, killed = chunk + 1, 0
    while True:
        scene = new_scene(str(step))
        code = scene.apply(str(step))
        if code == 0:
            break  # The run has fewer steps than that.
        assert code == -signal.SIGKILL
        assert len(scene.steps()) == step
        killed += 1
        scene.check_what_was_left()
        # Neighbouring steps take turns: the workspace survives, or is lost, and then every
        # other time only the key is left to tell what exists.
        if (step + killed) % 2:
            scene.lose_the_workspace(hidden=killed % 2 == 1)
        scene.check_the_next_apply()
        step += STEP_CHUNKS
    assert killed >= 3, "a run has too few steps to prove anything"


@pytest.mark.parametrize("chunk", range((MOMENTS + CHUNK - 1) // CHUNK))
def test_a_kill_at_a_random_moment(chunk: int, new_scene: Callable[[str], Scene]) -> None:
    dice = random.Random(chunk)
    for number in range(min(CHUNK, MOMENTS - chunk * CHUNK)):
        scene = new_scene(str(number))
        process = scene.start("count")
        # Counted from its first step, since a loaded machine is slow to start Python.
        deadline = time.monotonic() + PATIENCE
        while not scene.steps() and time.monotonic() < deadline:
            time.sleep(0.005)
        time.sleep(dice.uniform(0, 0.45))
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
        assert scene.end() in (-signal.SIGKILL, 0)
        scene.check_what_was_left()
        if dice.random() < 0.5:
            scene.lose_the_workspace()
        scene.check_the_next_apply()


def test_kills_in_a_row(new_scene: Callable[[str], Scene]) -> None:
    """A machine that dies at every start gets there all the same."""
    scene = new_scene("row")
    dice = random.Random(7)
    for _ in range(8):
        scene.log.unlink(missing_ok=True)
        assert scene.apply(str(dice.randrange(8, 36))) in (-signal.SIGKILL, 0)
        scene.check_what_was_left()
    scene.check_the_next_apply()


def test_a_line_torn_by_the_kill_is_ordered_again_under_its_key(
    new_scene: Callable[[str], Scene],
) -> None:
    scene = new_scene("torn")
    assert scene.apply("count") == 0
    journal = scene.workspace.folder / ".localize/localize/journal.jsonl"
    scene.workspace.lockfile.unlink()
    journal.write_text(json.dumps({"address": "alpha/ja", "translation_id": "tr_"})[:-9])
    scene.check_the_next_apply()
    assert creates(scene.sandbox) == TARGETS
