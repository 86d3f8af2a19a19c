"""A `prune` that is killed at each of its steps: the next one ends it, and nothing wanted goes."""

from __future__ import annotations

import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from starters import started
from workspaces import Workspace

from heygen_localize.sandbox import Sandbox, SandboxSettings

PRUNE = ("prune", "--yes", "--quiet")
ORPHANS = 2

Run = Callable[[str, Path, Path], int]


@pytest.fixture(scope="module")
def run() -> Iterator[Run]:
    """Give a function that runs a `prune` which dies at a step; it gives how it ended."""
    with started() as starter:

        def go(step: str, log: Path, folder: Path) -> int:
            starter.start(step, log, folder, PRUNE)
            return starter.wait()

        yield go


def behind() -> float:
    """Tell the time of a vendor by whose clock all is old enough to be deleted at once."""
    return time.time() - 1000


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[int], Sandbox]]:
    """Start a sandbox of its own for each number."""
    with ExitStack() as stack:

        def go(number: int) -> Sandbox:
            state = tmp_path / f"state-{number}"
            settings = SandboxSettings(state=state, render_seconds=0.05)
            return stack.enter_context(Sandbox(settings, behind))

        yield go


def prepare(sandbox: Sandbox, workspace: Workspace, reviewed: str) -> str:
    """Have three videos rendered or proposed, of which one is still wanted; give its id."""
    workspace.use(sandbox)
    workspace.write_videos("keep", *"ab", languages=("ja",), extra=reviewed)
    assert workspace.run("apply", "--yes").code == 0
    kept = held(workspace)["keep/ja"]
    workspace.write_videos("keep", languages=("ja",), extra=reviewed)
    return kept


def held(workspace: Workspace) -> dict[str, str]:
    """Give the ids that the lockfile counts on."""
    lock = workspace.lock()
    ids = {name: item["translation_id"] for name, item in lock["targets"].items()}
    sessions = lock.get("proofreads", {})
    return ids | {name: item["proofread_id"] for name, item in sessions.items()}


def alive(sandbox: Sandbox) -> set[str]:
    every = (*sandbox.jobs(), *sandbox.proofreads())
    return {item.id for item in every if not item.deleted}


@pytest.mark.parametrize(
    ("reviewed", "deleted"),
    [("", "job.deleted"), ("defaults: {proofread: true}", "session.deleted")],
)
def test_a_kill_at_every_step_that_matters(
    run: Run,
    start: Callable[[int], Sandbox],
    workspace: Workspace,
    tmp_path: Path,
    reviewed: str,
    deleted: str,
) -> None:
    home, killed, step = workspace.folder, 0, 0
    steps: list[str] = []
    while True:
        sandbox = start(step)
        workspace.folder = home / str(step)
        workspace.folder.mkdir()
        kept = prepare(sandbox, workspace, reviewed)
        log = tmp_path / f"steps-{step}.log"
        if step == 0:
            assert run("count", log, workspace.folder) == 0
            steps = log.read_text().splitlines()
            counts = Counter(steps)
            assert counts[deleted] == ORPHANS
            # Each deletion is told before it is asked for; the last one's end at the end.
            assert counts["lock.written"] == ORPHANS + 1
            matter = [
                number
                for number, name in enumerate(steps, 1)
                if name in (deleted, "lock.written") or name.startswith("send DELETE")
            ][:-1]
            assert len(matter) == 3 * ORPHANS
            step = matter[0]
            continue
        assert run(str(step), log, workspace.folder) == -signal.SIGKILL
        killed += 1
        left = set(held(workspace).values())
        # Deletion comes first: what the lockfile forgot is gone, never the other way.
        assert alive(sandbox) <= left
        assert kept in alive(sandbox)
        assert len(left - alive(sandbox)) <= 1
        ran = workspace.run(*PRUNE)
        assert ran.code == 0, ran.err
        assert alive(sandbox) == {kept}
        assert held(workspace) == {"keep/ja": kept}
        orders = posts(sandbox)
        assert workspace.run("apply").code == 0, "there is nothing to agree to"
        assert posts(sandbox) == orders
        after = [number for number in matter if number > step]
        if not after:
            break
        step = after[0]
    assert killed == 3 * ORPHANS


def posts(sandbox: Sandbox) -> int:
    return sum(note.method == "POST" for note in sandbox.requests())
