"""The main job, end to end: what a team does with the tool, through its command line."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from workspaces import Workspace, creates

from heygen_localize.sandbox import Sandbox

VIDEOS = ("alpha", "beta", "gamma", "delta")


@pytest.fixture
def account(start_sandbox: Callable[..., Sandbox], workspace: Workspace) -> Sandbox:
    """Start a sandbox with four places and lead the command line there."""
    sandbox = start_sandbox(max_jobs=4)
    workspace.use(sandbox)
    workspace.write_videos(*VIDEOS, extra="limits: {max_concurrent_jobs: 4}")
    return sandbox


@pytest.fixture
def applied(account: Sandbox, workspace: Workspace) -> Sandbox:
    """Apply 4 videos × 3 languages."""
    ran = workspace.run("apply", "--yes")
    assert ran.code == 0, ran.err
    return account


def test_every_target_is_ordered_once_within_the_window(
    applied: Sandbox, workspace: Workspace
) -> None:
    assert creates(applied) == 12
    assert len(applied.jobs()) == 12
    assert applied.peak_in_progress() <= 4
    targets = workspace.lock()["targets"]
    assert len(targets) == 12
    assert {entry["status"] for entry in targets.values()} == {"completed"}
    assert all(entry["outputs"]["video_url"] for entry in targets.values())
    assert not applied.key_leaks()


def test_the_window_holds_where_the_account_allows_more(
    start_sandbox: Callable[..., Sandbox], workspace: Workspace
) -> None:
    sandbox = start_sandbox(max_jobs=None)
    workspace.use(sandbox)
    workspace.write_videos(*VIDEOS, extra="limits: {max_concurrent_jobs: 3}")
    assert workspace.run("apply", "--yes").code == 0
    assert sandbox.peak_in_progress() == 3


def test_a_second_apply_does_nothing(applied: Sandbox, workspace: Workspace) -> None:
    before = workspace.lockfile.read_bytes()
    assert workspace.run("plan", "--detailed-exitcode").code == 0
    ran = workspace.run("apply", "--yes")
    assert ran.code == 0
    assert "Nothing to do" in ran.out
    assert creates(applied) == 12
    assert workspace.lockfile.read_bytes() == before


def test_a_lost_lockfile_is_adopted_back(applied: Sandbox, workspace: Workspace) -> None:
    ids = {name: entry["translation_id"] for name, entry in workspace.lock()["targets"].items()}
    workspace.lockfile.unlink()
    assert workspace.run("plan", "--format", "json").json()["summary"] == {"adopt": 12}
    assert workspace.run("apply", "--yes").code == 0
    assert creates(applied) == 12
    assert {
        name: entry["translation_id"] for name, entry in workspace.lock()["targets"].items()
    } == ids


def test_a_renamed_video_takes_its_jobs_along(applied: Sandbox, workspace: Workspace) -> None:
    text = workspace.manifest.read_text()
    workspace.write(text.replace("  alpha:", "  omega:"))
    actions = workspace.run("plan", "--format", "json").json()["actions"]
    renamed = [action for action in actions if action["address"].startswith("omega/")]
    assert [action["moved_from"] for action in renamed] == [
        "alpha/es-MX",
        "alpha/fr-FR",
        "alpha/ja",
    ]
    assert workspace.run("apply", "--yes").code == 0
    assert creates(applied) == 12
    assert {name.partition("/")[0] for name in workspace.lock()["targets"]} == {
        "omega",
        "beta",
        "gamma",
        "delta",
    }
    assert workspace.run("plan", "--detailed-exitcode").code == 0


def test_a_changed_option_replaces_and_the_old_dub_stays_up(
    applied: Sandbox, workspace: Workspace
) -> None:
    plain = workspace.manifest.read_text()
    old = workspace.run("status", "--format", "json").json()["targets"]
    workspace.write(plain.replace("alpha.mp4'}", "alpha.mp4', mode: precision}"))
    assert workspace.run("apply", "--yes", "--no-wait").code == 0
    assert creates(applied) == 15
    meanwhile = workspace.run("status", "--format", "json").json()["targets"]
    assert [row["outputs"] for row in meanwhile] == [row["outputs"] for row in old]
    states = {row["status"] for row in meanwhile if row["address"].startswith("alpha/")}
    assert states <= {"pending", "running"}

    assert workspace.run("apply", "--yes").code == 0
    entry = workspace.lock()["targets"]["alpha/ja"]
    assert entry["status"] == "completed"
    assert "serving" not in entry
    assert len(entry["superseded"]) == 1

    workspace.write(plain)
    assert workspace.run("apply", "--yes").code == 0
    assert creates(applied) == 15
    assert [
        row["translation_id"]
        for row in workspace.run("status", "--format", "json").json()["targets"]
    ] == [row["translation_id"] for row in old]


def test_two_machines_end_with_the_same_ids(
    applied: Sandbox, workspace: Workspace, tmp_path_factory: pytest.TempPathFactory
) -> None:
    text, lock = workspace.manifest.read_text(), workspace.lockfile.read_text()
    workspace.folder = tmp_path_factory.mktemp("elsewhere")
    workspace.write(text)
    assert workspace.run("apply", "--yes").code == 0
    assert creates(applied) == 12
    first = {name: entry["translation_id"] for name, entry in workspace.lock()["targets"].items()}
    assert all(job_id in lock for job_id in first.values())
