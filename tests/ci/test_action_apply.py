"""The Action on the default branch: orders, time-outs, and the lockfile back in git."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from action_origin import Origin, lock
from action_runner import Runner
from github_stand_in import TOKEN
from workspaces import creates

from heygen_localize.sandbox import Sandbox

BACK = "Bring the lockfile back"


def statuses(origin: Origin, branch: str = "main") -> dict[str, str]:
    lock = json.loads(origin.show("localize.lock", branch))
    return {address: entry["status"] for address, entry in lock["targets"].items()}


def test_apply_orders_reports_and_pushes_then_does_nothing(
    runner: Runner, origin: Origin, account: Sandbox
) -> None:
    first = runner.run(api_key=account.api_key)
    assert first.code == 0, first.log
    wanted = {"changes": "2", "created": "2", "failed": "0", "pending": "false", "cost": "4.00"}
    assert first.outputs == wanted
    assert "2 jobs ordered" in first.summary
    assert "`intro/es-MX`" in first.summary
    assert "[video](http" in first.summary
    assert statuses(origin) == {"intro/es-MX": "completed", "intro/ja": "completed"}
    assert origin.changed() == ["localize.lock"]
    assert origin.log() == ["Update localize.lock", "by hand"]

    runner.workspace = origin.clone("second")
    second = runner.run(api_key=account.api_key)
    assert (second.code, second.outputs["changes"], second.outputs["created"]) == (0, "0", "0")
    assert creates(account) == 2
    assert len(origin.log()) == 2
    assert account.api_key not in first.log + first.summary + origin.show("localize.lock")
    assert TOKEN not in first.log


def test_a_run_cut_by_its_time_out_is_continued_by_the_scheduled_one(
    runner: Runner, origin: Origin, start_sandbox: Callable[..., Sandbox]
) -> None:
    sandbox = start_sandbox(render_seconds=600)
    runner.environment["HEYGEN_API_BASE"] = sandbox.base_url
    cut = runner.run(api_key=sandbox.api_key, timeout_minutes="0.002")
    assert cut.code == 0, cut.log
    assert (cut.outputs["created"], cut.outputs["pending"]) == ("2", "true")
    assert "completed" not in statuses(origin).values()

    sandbox.advance(1000)
    runner.workspace = origin.clone("later", "--depth=1")
    runner.event("schedule")
    later = runner.run(api_key=sandbox.api_key, wait="false")
    assert later.code == 0, later.log
    assert (later.outputs["created"], later.outputs["pending"]) == ("0", "false")
    assert set(statuses(origin).values()) == {"completed"}
    assert creates(sandbox) == 2


def test_the_lockfile_is_brought_back_after_a_failure_to_a_branch_that_moved(
    runner: Runner, origin: Origin, start_sandbox: Callable[..., Sandbox]
) -> None:
    sandbox = start_sandbox(faults=("fail_job=1 on POST times 1",))
    runner.environment["HEYGEN_API_BASE"] = sandbox.base_url
    origin.commit(README="others were faster\n")
    done = runner.run(api_key=sandbox.api_key)
    assert done.code == 1, done.log
    assert (done.outputs["failed"], done.outputs["pending"]) == ("1", "false")
    assert done.summary.count("###") == 1
    assert done.summary.count("audio is missing") == 1
    assert "check that the source video has a sound track" in done.summary
    assert done.ran[-1] == BACK
    assert sorted(statuses(origin).values()) == ["completed", "failed"]
    assert origin.show("README") == "others were faster\n"
    assert origin.changed() == ["localize.lock"]


def test_a_mistake_in_the_manifest_is_told_and_commits_nothing(
    runner: Runner, origin: Origin, account: Sandbox
) -> None:
    (runner.workspace / "localize.yaml").write_text("version: 1\nvideo: {}\n")
    done = runner.run(api_key=account.api_key)
    assert done.code == 2
    assert "**Failed:** localize.yaml:2:1" in done.summary
    assert "::error file=localize.yaml,line=2" in done.log
    assert done.outputs == dict.fromkeys(done.outputs, "") | {"pending": "false"}
    assert origin.log() == ["by hand"]


def test_a_signal_reaches_localize_and_the_lockfile_goes_back_all_the_same(
    runner: Runner, origin: Origin, stub: Callable[[str], Path]
) -> None:
    # The step is cancelled by what it runs, so that nothing depends on the clock.
    stub(
        "trap 'echo left in good order >&2; exit 130' INT\n"
        f"echo '{lock(intro='running')}' > localize.lock\n"
        "kill -INT $PPID; while :; do read -t 0.05 <> <(:) || true; done"
    )
    done = runner.run(api_key="key")
    assert done.code == 130, done.log
    assert "left in good order" in done.log
    assert done.outputs["pending"] == "true"
    assert origin.changed() == ["localize.lock"]


def test_a_run_that_hangs_over_its_time_is_asked_to_leave(
    runner: Runner, stub: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    import run as step

    stub("trap 'exit 143' TERM; while :; do read -t 0.05 <> <(:) || true; done")
    monkeypatch.setenv("LOCALIZE_BIN", str(runner.bin))
    begun = time.monotonic()
    assert step.Localize(runner.environment).run("apply", seconds=0.3)[0] == 143
    assert time.monotonic() - begun < 10


def test_none_commits_nothing(runner: Runner, origin: Origin, stub: Callable[[str], Path]) -> None:
    stub("echo {} > localize.lock; echo {}")
    assert BACK not in runner.run(api_key="key", commit="none").ran
    assert origin.log() == ["by hand"]
