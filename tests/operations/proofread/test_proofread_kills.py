"""The proofread workflow killed at each of its steps, and at random moments: nothing paid twice."""

from __future__ import annotations

import os
import random
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import pytest
from repositories import MANIFEST, Repository
from starters import APPLY, Starter, started
from workspaces import Workspace

from heygen_localize.sandbox import Sandbox

PATIENCE = 30.0
EDIT = "Revisado por personas"
PHASES = ("propose", "render")
STEP_CHUNKS = 4
MOMENTS = int(os.environ.get("LOCALIZE_KILLS", "4"))
CHUNK = 2
ONE = MANIFEST.replace("[es-MX, ja]", "[es-MX]")
SESSIONS = "/v3/video-translations/proofreads"
TAGS = {"Spanish": "es-MX", "Japanese": "ja"}


@pytest.fixture(scope="module")
def starter() -> Iterator[Starter]:
    with started() as starter:
        yield starter


class Copied(Repository):
    """A repository that was made already."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace, self.folder = workspace, workspace.folder


@dataclass
class Scene:
    """A sandbox and a repository that an `apply` is killed in.

    `phase` says what that does: propose subtitles, or render those that people
    edited and committed.
    """

    starter: Starter
    sandbox: Sandbox
    repository: Repository
    phase: str
    log: Path

    @property
    def folder(self) -> Path:
        return self.repository.folder

    def start(self, step: str) -> int:
        """Start an `apply` that dies at this step, or only counts; give its process id."""
        return self.starter.start(step, self.log, self.folder)

    def apply(self, step: str) -> int:
        self.start(step)
        return self.starter.wait()

    def steps(self) -> list[str]:
        return self.log.read_text().splitlines() if self.log.exists() else []

    def named(self, method: str, action: str) -> str:
        """Name the step that sends something about the one session."""
        (note,) = self.sandbox.proofreads()
        return f"send {method} {SESSIONS}/{note.id}/{action}"

    @property
    def generate(self) -> str:
        return self.named("POST", "generate")

    def texts(self) -> dict[str, Path]:
        """Give the subtitle files by the ids of their sessions."""
        sessions = self.sandbox.proofreads()
        return {note.id: self.text(note.language) for note in sessions}

    def text(self, language: str) -> Path:
        return self.repository.text(f"intro/{TAGS[language.split()[0]]}")

    def edited(self) -> dict[Path, bytes]:
        """Give what people have made of the texts."""
        return {path: path.read_bytes() for path in self.texts().values() if path.exists()}

    def check_what_was_left(self, before: dict[Path, bytes]) -> None:
        """Each text is absent or whole, and what people wrote is as it was."""
        for note in self.sandbox.proofreads():
            path = self.text(note.language)
            if self.phase == "render":
                assert path.read_bytes() == before[path]
            elif path.exists():
                assert path.read_text() == note.text
        if self.repository.workspace.lockfile.exists():
            known = {note.id for note in self.sandbox.proofreads()}
            sessions = self.repository.workspace.lock().get("proofreads", {}).values()
            assert {session["proofread_id"] for session in sessions} <= known

    def lose_what_git_has_not(self) -> None:
        """Go on as on another machine, or in a fresh checkout."""
        self.repository.git("clean", "--quiet", "-fdx")
        self.repository.git("checkout", "--quiet", "--", ".")

    def check_the_next_apply(self, before: dict[Path, bytes]) -> None:
        """The next `apply` ends well: one session for each target, and one job where approved."""
        told = f"killed at {self.steps()[-1:]}, step {len(self.steps())}"
        workspace = self.repository.workspace
        ran = workspace.run(*APPLY)
        assert ran.code == 0, f"{told}: {ran.err}"
        notes, jobs = self.sandbox.proofreads(), self.sandbox.jobs()
        languages = sorted(note.language for note in notes)
        assert len(set(languages)) == len(languages), f"{told}: {languages}"
        lock = workspace.lock()
        assert {one["proofread_id"] for one in lock["proofreads"].values()} == {
            note.id for note in notes
        }
        assert {one["status"] for one in lock["proofreads"].values()} == {"completed"}
        assert all("cues" in one for one in lock["proofreads"].values()), told
        if self.phase == "propose":
            assert not jobs
            assert all(self.text(note.language).read_text() == note.text for note in notes), told
            assert (self.folder / "subtitles/intro/source.srt").stat().st_size > 0
        else:
            assert sorted(job.language for job in jobs) == languages, told
            for job in jobs:
                content = self.text(job.language).read_bytes()
                assert content == before[self.text(job.language)], told
                assert job.body["srt_text"].encode() == content, told
            assert {one["status"] for one in lock["targets"].values()} == {"completed"}
            assert {one["translation_id"] for one in lock["targets"].values()} == {
                job.id for job in jobs
            }
        assert workspace.run("plan", "--detailed-exitcode").code == 0, told
        assert not self.sandbox.key_leaks()


@pytest.fixture
def new_scene(
    starter: Starter,
    start_sandbox: Callable[..., Sandbox],
    workspace: Workspace,
    tmp_path: Path,
) -> Callable[..., Scene]:
    beginnings: dict[str, Path] = {}

    def begin(phase: str, manifest: str, folder: Path) -> None:
        """Bring a repository to where the phase begins."""
        workspace.folder = folder / "work"
        workspace.folder.mkdir(parents=True)
        repository = Repository(workspace)
        repository.manifest(manifest)
        repository.commit()
        if phase == "render":
            with start_sandbox(state=folder / "state", render_seconds=0.1) as sandbox:
                workspace.use(sandbox)
                repository.apply()
            for path in repository.folder.glob("subtitles/intro/*.srt"):
                first = path.read_text().splitlines()[2]
                if path.name != "source.srt":
                    repository.edit(first, EDIT, f"intro/{path.stem}")
            repository.commit()

    def make(name: str, phase: str, manifest: str = ONE) -> Scene:
        if phase not in beginnings:
            beginnings[phase] = tmp_path / f"beginning-{phase}"
            begin(phase, manifest, beginnings[phase])
        folder = tmp_path / name
        shutil.copytree(beginnings[phase], folder)
        sandbox = start_sandbox(state=folder / "state", render_seconds=0.08)
        workspace.use(sandbox)
        workspace.folder = folder / "work"
        return Scene(starter, sandbox, Copied(workspace), phase, folder / "steps.log")

    return make


def test_the_steps_of_proposing(new_scene: Callable[..., Scene]) -> None:
    scene = new_scene("count", "propose")
    assert scene.apply("count") == 0
    steps = scene.steps()
    assert steps.count("os.link .srt") == 4, "the text and the transcript, each tried before"
    # The session is on the disk before anything else is asked of it.
    ordered = steps.index(f"send POST {SESSIONS}")
    kept = ["send a body", "open localize.lock", "os.rename localize.lock", "lock.written"]
    # The lockfile may be looked at more than once on the way.
    assert [name for name, _ in groupby(steps[ordered + 1 :])][:4] == kept
    # Nobody finds a text whose session has not been fetched.
    assert [name for name, _ in groupby(steps)][-3:] == [
        "lock.written",
        "open .srt",
        "os.link .srt",
    ]


def test_the_steps_of_rendering(new_scene: Callable[..., Scene]) -> None:
    scene = new_scene("count", "render")
    assert scene.apply("count") == 0
    steps = scene.steps()
    put, order = (steps.index(name) for name in (scene.named("PUT", "srt"), scene.generate))
    assert steps[put - 1] == "lock.written", "that the session's text is unknown"
    assert "lock.written" in steps[put:order], "which one it is by now"
    assert steps[order + 1 : order + 3] == ["send a body", "order.answered"]
    assert not [name for name in steps if name.endswith(" .srt")], "no text is touched"


def test_a_text_set_back_after_a_kill_is_given_again(new_scene: Callable[..., Scene]) -> None:
    """The session may have been given a text that no lockfile tells of."""
    scene = new_scene("count", "render")
    assert scene.apply("count") == 0
    place = scene.steps().index(scene.named("PUT", "srt"))
    scene = new_scene("killed", "render")
    assert scene.apply(str(place + 3)) == -signal.SIGKILL
    assert scene.steps()[place + 1 :] == ["send a body", "open localize.lock"]
    (note,) = scene.sandbox.proofreads()
    assert EDIT in (note.text or ""), "the session has it"
    scene.repository.text().write_bytes(scene.repository.machine())
    scene.repository.commit()
    scene.check_the_next_apply(scene.edited())


@pytest.mark.few(2)
@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("chunk", range(STEP_CHUNKS))
def test_a_kill_at_every_step(chunk: int, phase: str, new_scene: Callable[..., Scene]) -> None:
    step, killed = chunk + 1, 0
    while True:
        scene = new_scene(str(step), phase)
        before = scene.edited()
        code = scene.apply(str(step))
        if code == 0:
            break  # The run has fewer steps than that.
        assert code == -signal.SIGKILL
        assert len(scene.steps()) == step
        killed += 1
        scene.check_what_was_left(before)
        if killed % 2:
            scene.lose_what_git_has_not()
        scene.check_the_next_apply(before)
        step += STEP_CHUNKS
    assert killed >= 3, "a run has too few steps to prove anything"


@pytest.mark.parametrize("chunk", range((MOMENTS + CHUNK - 1) // CHUNK))
def test_a_kill_at_a_random_moment(chunk: int, new_scene: Callable[..., Scene]) -> None:
    dice = random.Random(chunk)
    for number in range(min(CHUNK, MOMENTS - chunk * CHUNK)):
        scene = new_scene(str(number), PHASES[chunk % 2], MANIFEST)
        before = scene.edited()
        process = scene.start("count")
        # Counted from its first step, since a loaded machine is slow to start Python.
        deadline = time.monotonic() + PATIENCE
        while not scene.steps() and time.monotonic() < deadline:
            time.sleep(0.005)
        time.sleep(dice.uniform(0, 0.4))
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
        assert scene.starter.wait() in (-signal.SIGKILL, 0)
        scene.check_what_was_left(before)
        if dice.random() < 0.5:
            scene.lose_what_git_has_not()
        scene.check_the_next_apply(before)
