"""A change that is undone within a day after a prune: the key would bring the deleted job back."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from fake_clock import FakeClock
from workspaces import Workspace, creates

from heygen_localize.sandbox import Sandbox


@pytest.mark.parametrize("hours", [0, 23, 30])
def test_what_was_pruned_is_ordered_once_more_and_is_there(
    start: Callable[..., Sandbox], workspace: Workspace, clock: FakeClock, hours: int
) -> None:
    sandbox = start()
    workspace.write_videos("alpha", languages=("ja",))
    assert workspace.run("apply", "--yes").code == 0
    first = workspace.lock()["targets"]["alpha/ja"]["translation_id"]
    workspace.write_videos("alpha", languages=("ja",), extra="defaults: {mode: precision}")
    assert workspace.run("apply", "--yes").code == 0
    assert workspace.run("prune", "--yes").code == 0
    assert [job.deleted for job in sandbox.jobs()] == [True, False]
    clock.sleep(hours * 3600)
    workspace.write_videos("alpha", languages=("ja",))
    ran = workspace.run("apply", "--yes")
    assert ran.code == 0, ran.out
    entry = workspace.lock()["targets"]["alpha/ja"]
    assert entry["status"] == "completed"
    assert entry["translation_id"] not in {first, sandbox.jobs()[1].id}
    assert len(sandbox.jobs()) == 3
    posts = creates(sandbox)
    assert workspace.run("apply", "--yes").code == 0
    assert creates(sandbox) == posts
