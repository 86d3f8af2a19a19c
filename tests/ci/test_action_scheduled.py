"""Scheduled runs of the Action: they end at once where nothing is pending."""

from __future__ import annotations

import shutil
from typing import Any

import pytest
from action_origin import Origin
from action_runner import Runner
from reports import IDLE, is_settled

from heygen_localize.planning.reasons import IDLE as IDLE_KINDS
from heygen_localize.sandbox import Sandbox

BACK = "Bring the lockfile back"


def test_a_scheduled_run_with_nothing_pending_ends_before_anything_is_installed(
    runner: Runner, origin: Origin, account: Sandbox
) -> None:
    def run(event: str) -> list[str]:
        kept = runner.workspace / ".localize"
        place = origin.clone(f"run-{len(list(origin.folder.iterdir()))}", "--depth=1")
        if kept.exists():  # what the cache brings
            shutil.copytree(kept, place / ".localize", symlinks=True)
        runner.workspace = place
        runner.event(event)
        done = runner.run(api_key=account.api_key)
        assert done.code == 0, done.log
        return done.ran

    look = "Look whether anything is pending"
    first, second = run("schedule"), run("schedule")
    assert first == second == ["Decide between plan and apply", look, "Run localize", BACK]
    assert len(origin.log()) == 2, "one order, and the lockfile with it"
    asked = len(account.jobs())
    assert run("schedule") == ["Decide between plan and apply", look]
    assert look not in run("push"), "who pushes or asks is not put off"
    origin.commit(README="a commit\n")
    assert "Run localize" in run("schedule")
    assert "Run localize" not in run("schedule")
    mark = next((runner.workspace / ".localize/localize/cache").glob("settled-*"))
    mark.unlink()
    mark.symlink_to("/dev/zero")
    assert "Run localize" in run("schedule"), "what cannot be told is run"
    assert asked == len(account.jobs()) == 2


@pytest.mark.parametrize(
    ("more", "settled"),
    [
        ({}, True),
        ({"plan": {"actions": [{"action": "review"}, {"action": "none"}]}}, True),
        ({"plan": {"actions": [{"action": "held"}]}}, False),  # for money, or until a moment
        ({"plan": {"actions": [{"action": "blocked"}]}}, False),
        ({"plan": {"actions": [{"action": "new kind"}]}}, False),
        ({"plan": {"actions": [{"action": "none", "retitle": "New"}]}}, False),
        ({"unfinished": ["a/ja"]}, False),
        ({"failures": [{}]}, False),
        ({"stopped": {}, "timed_out": True}, False),
    ],
)
def test_what_leaves_nothing_to_a_scheduled_run(more: dict[str, Any], settled: bool) -> None:
    run = {"plan": {"actions": []}, "ordered": 0, "unfinished": [], "failures": []}
    assert is_settled(run | {"stopped": None, "timed_out": False} | more) == settled
    assert not is_settled({"errors": []})
    assert {kind.value for kind in IDLE_KINDS} == IDLE
