"""A 403 that names a resource concerns its target alone; one about the account ends the run."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from workspaces import Workspace, creates

from heygen_localize.sandbox import Sandbox

DENIED = "You do not have access to"


def reasons(workspace: Workspace) -> dict[str, str]:
    report = workspace.run("plan", "--format", "json").json()
    return {action["address"]: action["reason"] for action in report["actions"]}


def test_one_foreign_asset_among_four(sandbox: Sandbox, workspace: Workspace) -> None:
    workspace.use(sandbox)
    workspace.write_videos("a", "b", "c", languages=("ja",))
    text = workspace.manifest.read_text() + "  foreign: {source: 'asset:a_foreign'}\n"
    workspace.write(text)
    sandbox.deny("a_foreign")
    ran = workspace.run("apply", "--yes")
    assert ran.code == 1, ran.err
    assert f"{DENIED} 'a_foreign'" in ran.out
    assert {job.status.value for job in sandbox.jobs()} == {"completed"}
    assert workspace.lock()["targets"].keys() == {"a/ja", "b/ja", "c/ja"}
    assert len(sandbox.jobs()) == 3


@pytest.mark.of_translations
def test_a_plan_without_proofreading_is_told_as_such(
    start_sandbox: Callable[..., Sandbox], workspace: Workspace
) -> None:
    sandbox = start_sandbox(without=("proofreading",))
    workspace.use(sandbox)
    workspace.write_videos("a", "b", languages=("ja",))
    text = workspace.manifest.read_text().replace("/a.mp4'", "/a.mp4', proofread: true")
    workspace.write(text)
    ran = workspace.run("apply", "--yes")
    assert ran.code == 1, ran.err
    assert "your plan may not include proofreading" in ran.out
    assert workspace.lock()["targets"]["b/ja"]["status"] == "completed"


def test_a_job_of_the_lockfile_that_is_denied_is_told_and_never_ordered_again(
    sandbox: Sandbox, workspace: Workspace
) -> None:
    workspace.use(sandbox)
    workspace.write_videos("a", "b", languages=("ja",))
    assert workspace.run("apply", "--yes").code == 0
    before = workspace.lock()
    # The list does not show what belongs to somebody else.
    foreign = workspace.lock()["targets"]["a/ja"]["translation_id"]
    sandbox.delete_job(foreign)
    sandbox.deny(foreign)
    workspace.write_videos("a", "b", "c", languages=("ja",))
    assert reasons(workspace) == {"a/ja": "job_denied", "b/ja": "up_to_date", "c/ja": "new"}
    for arguments in ((), ("--recreate",), ("--retry-failed",)):
        ran = workspace.run("apply", "--yes", *arguments)
        assert ran.code == 1
        assert f"job {foreign} is in the lockfile, and HeyGen denies it" in ran.out
        assert "localize forget" in ran.out
    assert creates(sandbox) == 3
    assert workspace.lock()["targets"]["a/ja"] == before["targets"]["a/ja"]
    # The same content under another address is not bought either.
    workspace.write(
        workspace.manifest.read_text() + "  z: {source: 'https://cdn.example.com/a.mp4'}\n"
    )
    assert reasons(workspace)["z/ja"] == "job_denied"
    # A refresh tells it, and goes on.
    ran = workspace.run("refresh")
    assert f"{foreign} was completed, and is denied" in ran.out


def test_a_title_that_may_not_be_changed_fails_its_target_alone(
    sandbox: Sandbox, workspace: Workspace
) -> None:
    workspace.use(sandbox)
    workspace.write_videos("a", "b", languages=("ja",), extra="defaults: {title: One}")
    assert workspace.run("apply", "--yes").code == 0
    workspace.write_videos("a", "b", languages=("ja",), extra="defaults: {title: Two}")
    sandbox.set_faults("access_denied=1 on PATCH times 1")
    ran = workspace.run("apply", "--yes")
    assert ran.code == 1, ran.err
    assert sorted(job.title or "" for job in sandbox.jobs()) == ["One", "Two"]


def test_a_finished_job_that_may_not_be_read_holds_up_nobody(
    sandbox: Sandbox, workspace: Workspace
) -> None:
    workspace.use(sandbox)
    workspace.write_videos("a", "b", languages=("ja",))
    sandbox.set_faults("access_denied=1 on GET /v3/video-translations/tr_* times 1")
    ran = workspace.run("apply", "--yes")
    assert ran.code == 1, ran.err
    states = sorted(entry["status"] for entry in workspace.lock()["targets"].values())
    assert states[0] == "completed"
    assert states[1] in ("pending", "running")
    sandbox.set_faults()
    assert workspace.run("apply", "--yes").code == 0
    assert creates(sandbox) == 2


def test_a_session_that_may_not_be_read_blocks_its_target_alone(
    sandbox: Sandbox, workspace: Workspace
) -> None:
    workspace.use(sandbox)
    workspace.write_videos("a", languages=("ja",), extra="defaults: {proofread: true}")
    assert workspace.run("apply", "--yes", "--no-wait").code == 0
    sandbox.deny(workspace.lock()["proofreads"]["a/ja"]["proofread_id"])
    text = workspace.manifest.read_text()
    url = "https://cdn.example.com/b.mp4"
    workspace.write(f"{text}  b: {{source: '{url}', proofread: false}}\n")
    assert reasons(workspace) == {"a/ja": "session_denied", "b/ja": "new"}
    ran = workspace.run("apply", "--yes")
    assert ran.code == 1, ran.err
    assert "your plan may not include proofreading" in ran.out
    assert workspace.lock()["targets"].keys() == {"b/ja"}


@pytest.mark.of_translations
@pytest.mark.parametrize("route", ["/v3/video-translations", "/v3/video-translations/languages"])
def test_a_403_on_the_account_itself_ends_the_run(
    sandbox: Sandbox, workspace: Workspace, route: str
) -> None:
    workspace.use(sandbox)
    workspace.write_videos("a")
    sandbox.set_faults(f"access_denied=1 on GET {route}")
    ran = workspace.run("apply", "--yes")
    assert ran.code == 7
    assert "the key may not do this" in ran.err
    assert creates(sandbox) == 0
