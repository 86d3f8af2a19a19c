"""What `--target` and `--state` choose, and what a run says of what it was about."""

from __future__ import annotations

import json

import pytest
from workspaces import Workspace, creates

from heygen_localize.sandbox import Sandbox


@pytest.fixture
def mixed(sandbox: Sandbox, workspace: Workspace) -> Workspace:
    """Let alpha/ja fail, beta/ja be rendered and gamma/ja be missing."""
    workspace.use(sandbox)
    workspace.write_videos("alpha", "beta", languages=("ja",))
    sandbox.set_faults("fail_job=1:no_sound on POST times 1")
    assert workspace.run("apply", "--yes").code == 1
    sandbox.set_faults()
    workspace.write_videos("alpha", "beta", "gamma", languages=("ja",))
    return workspace


def addresses(workspace: Workspace, *options: str) -> list[str]:
    ran = workspace.run("status", "--format", "json", *options)
    assert ran.code == 0, ran.err
    return [row["address"] for row in ran.json()["targets"]]


def planned(workspace: Workspace, *options: str) -> dict[str, str]:
    ran = workspace.run("plan", "--format", "json", *options)
    assert ran.code == 0, ran.err
    return {item["address"]: item["action"] for item in ran.json()["actions"]}


def test_states_choose_targets(mixed: Workspace) -> None:
    assert addresses(mixed, "--state", "failed") == ["alpha/ja"]
    assert addresses(mixed, "--state", "failed", "--state", "missing") == ["alpha/ja", "gamma/ja"]
    assert addresses(mixed, "--state", "failed", "--target", "b*") == []
    assert addresses(mixed, "--state", "outdated") == []
    mixed.write_videos("alpha", "beta", languages=("ja",), extra="defaults: {revision: 2}")
    assert addresses(mixed, "--state", "outdated") == ["alpha/ja", "beta/ja"]
    ran = mixed.run("status", "--state", "broken")
    assert ran.code == 2
    assert "'failed'" in ran.err


def test_a_run_for_a_state_touches_nothing_else(sandbox: Sandbox, mixed: Workspace) -> None:
    before = mixed.lock()["targets"]["beta/ja"]
    assert planned(mixed, "--state", "failed") == {"alpha/ja": "retry"}
    ran = mixed.run("apply", "--yes", "--state", "failed")
    assert ran.code == 0
    assert ran.out == "1 job ordered: 1 of 1 target rendered. Lockfile: localize.lock\n"
    assert creates(sandbox) == 3
    assert mixed.lock()["targets"]["beta/ja"] == before
    assert "gamma/ja" not in mixed.lock()["targets"]


def test_a_state_that_nothing_is_in_is_not_everything(sandbox: Sandbox, mixed: Workspace) -> None:
    assert planned(mixed, "--state", "running") == {}
    ran = mixed.run("apply", "--yes", "--state", "running")
    assert ran.out == "Nothing to do: 0 of 0 targets rendered. Lockfile: localize.lock\n"
    assert creates(sandbox) == 2


def test_a_saved_plan_keeps_its_states(sandbox: Sandbox, mixed: Workspace) -> None:
    assert mixed.run("plan", "--state", "failed", "--out", "plan.json").code == 0
    assert json.loads((mixed.folder / "plan.json").read_text())["states"] == ["failed"]
    other = mixed.run("apply", "plan.json", "--state", "missing")
    assert (other.code, creates(sandbox)) == (2, 2)
    assert mixed.run("apply", "plan.json").code == 0
    assert creates(sandbox) == 3
    assert "gamma/ja" not in mixed.lock()["targets"]


def test_a_run_counts_its_own_targets(mixed: Workspace) -> None:
    ran = mixed.run("apply", "--yes", "--target", "gamma/*")
    assert ran.out == "1 job ordered: 1 of 1 target rendered. Lockfile: localize.lock\n"
    told = mixed.run("apply", "--yes", "--target", "gamma/*", "--format", "markdown").out
    assert "**Nothing to do: 1 of 1 target rendered.**" in told
    assert "alpha" not in told
    assert "beta" not in told


def test_failures_come_last_and_once_with_the_next_command(
    sandbox: Sandbox, workspace: Workspace
) -> None:
    workspace.use(sandbox)
    workspace.write_videos(
        "alpha", "beta", languages=("ja",), extra="outputs: {video: 'out/{{ video.id }}.mp4'}"
    )
    sandbox.set_faults("fail_job=1 on POST times 1")
    ran = workspace.run("apply", "--yes", "--pull")
    assert ran.code == 1
    words = "Your video's audio is missing or corrupted, please try with another video"
    assert ran.out.endswith(
        "Lockfile: localize.lock\n"
        "\n"
        f"! {words}\n"
        "    alpha/ja\n"
        "    check that the source video has a sound track that plays; then run localize apply "
        "again\n"
    )
    assert (ran.out + ran.err).count(words) == 1
    assert (ran.out + ran.err).count("beta.mp4") == 1
    quiet = workspace.run("pull", "--quiet")
    assert quiet.out.startswith("0 files pulled, 1 unchanged")
