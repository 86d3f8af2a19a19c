"""A change that is undone within a day after a prune: the key would bring the deleted job back."""

from __future__ import annotations

import json
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


@pytest.mark.parametrize("lag", [0, 600])
def test_what_was_pruned_while_it_was_new_is_not_adopted(
    start: Callable[..., Sandbox], workspace: Workspace, lag: int
) -> None:
    sandbox = start()
    workspace.write_videos("alpha", "zeta", languages=("ja",))
    assert workspace.run("apply", "--yes").code == 0
    journal = workspace.folder / ".localize/localize/journal.jsonl"
    entry = workspace.lock()["targets"]["alpha/ja"]
    answer = {
        "address": "alpha/ja",
        "answered_at": 1_800_000_050.0,
        "callback_id": f"lz1:test:{entry['fingerprint'][:32]}",
        "language": "Japanese",
        "title": None,
        "translation_id": entry["translation_id"],
    }
    workspace.write_videos("zeta", languages=("ja",))
    assert workspace.run("prune", "--yes").code == 0
    # The order was answered a moment ago, and the list may be behind.
    journal.write_text(json.dumps(answer) + "\n")
    sandbox.set_faults(f"list_lag=1:{lag} on GET /v3/video-translations")
    workspace.write_videos("alpha", "zeta", languages=("ja",))
    for options in ((), ("--offline",)):
        planned = workspace.run("plan", "--format", "json", *options).json()
        assert [item["action"] for item in planned["actions"]] == ["create", "none"]
    assert workspace.run("apply", "--yes").code == 0
    assert [job.deleted for job in sandbox.jobs()] == [True, False, False]
    assert workspace.run("plan", "--detailed-exitcode").code == 0
