"""A `prune` that is killed at each of its steps: the next one ends it, and nothing wanted goes."""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from starters import started
from workspaces import Workspace

from heygen_localize.sandbox import Sandbox

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


def prepare(sandbox: Sandbox, workspace: Workspace) -> tuple[str, set[str]]:
    """Render three videos, of which one is still wanted; give its id, and those of the others."""
    workspace.use(sandbox)
    workspace.write_videos("keep", *"ab", languages=("ja",))
    assert workspace.run("apply", "--yes").code == 0
    ids = {name: entry["translation_id"] for name, entry in workspace.lock()["targets"].items()}
    workspace.write_videos("keep", languages=("ja",))
    return ids.pop("keep/ja"), set(ids.values())


def alive(sandbox: Sandbox) -> set[str]:
    return {job.id for job in sandbox.jobs() if not job.deleted}


def test_a_kill_at_every_step_that_matters(
    run: Run, start_sandbox: Callable[..., Sandbox], workspace: Workspace, tmp_path: Path
) -> None:
    home, killed, step = workspace.folder, 0, 0
    steps: list[str] = []
    while True:
        sandbox = start_sandbox(state=tmp_path / f"state-{step}", render_seconds=0.05)
        workspace.folder = home / str(step)
        workspace.folder.mkdir()
        kept, orphans = prepare(sandbox, workspace)
        log = tmp_path / f"steps-{step}.log"
        if step == 0:
            assert run("count", log, workspace.folder) == 0
            steps = log.read_text().splitlines()
            counts = Counter(steps)
            assert counts["job.deleted"] == ORPHANS
            # Each deletion is told before it is asked for; the last one's end at the end.
            assert counts["lock.written"] == ORPHANS + 1
            matter = [
                number
                for number, name in enumerate(steps, 1)
                if name in ("job.deleted", "lock.written") or name.startswith("send DELETE")
            ][:-1]
            assert len(matter) == 3 * ORPHANS
            step = matter[0]
            continue
        assert run(str(step), log, workspace.folder) == -signal.SIGKILL
        killed += 1
        left = {entry["translation_id"] for entry in workspace.lock()["targets"].values()}
        # Deletion comes first: what the lockfile forgot is gone, never the other way.
        assert alive(sandbox) <= left
        assert kept in alive(sandbox)
        assert len(left - alive(sandbox)) <= 1
        ran = workspace.run(*PRUNE)
        assert ran.code == 0, ran.err
        assert alive(sandbox) == {kept}
        assert workspace.lock()["targets"].keys() == {"keep/ja"}
        assert workspace.run("plan", "--detailed-exitcode").code == 0
        after = [number for number in matter if number > step]
        if not after:
            break
        step = after[0]
    assert killed == 3 * ORPHANS
    assert orphans.isdisjoint(alive(sandbox))
