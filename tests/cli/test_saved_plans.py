"""Plans without an account, plans kept as files, and runs that may change nothing."""

from __future__ import annotations

import json

import pytest
from workspaces import Workspace, creates

from heygen_localize.sandbox import Sandbox


@pytest.fixture
def account(sandbox: Sandbox, workspace: Workspace) -> Sandbox:
    workspace.use(sandbox)
    workspace.write_videos("intro")
    return sandbox


# plan --offline


def test_offline_believes_the_lockfile_alone(
    account: Sandbox, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert workspace.run("apply", "--yes").code == 0
    workspace.write_videos("intro", "outro", languages=("es-MX", "ja"))
    seen = len(account.requests())
    monkeypatch.delenv("HEYGEN_API_KEY")
    monkeypatch.delenv("HEYGEN_API_BASE")
    ran = workspace.run("plan", "--offline", "--detailed-exitcode")
    assert ran.code == 5
    assert "the account was not asked" in ran.err
    assert (
        "✓ intro        es-MX, ja    unchanged                  rendered, nothing to do" in ran.out
    )
    assert "- intro/fr-FR               orphan" in ran.out
    assert "+ outro        2 languages  create     length unknown" in ran.out
    assert len(account.requests()) == seen


def test_offline_knows_what_still_renders_and_what_failed(
    account: Sandbox, workspace: Workspace
) -> None:
    account.set_faults("fail_job=1 on POST times 1")
    workspace.run("apply", "--yes")
    ran = workspace.run("plan", "--offline", "--format", "json")
    assert ran.json()["summary"] == {"retry": 1, "none": 2}


def test_offline_takes_the_sandboxs_own_videos(account: Sandbox, workspace: Workspace) -> None:
    text = workspace.manifest.read_text()
    workspace.write(text.replace("https://cdn.example.com", f"{account.base_url}/source"))
    ran = workspace.run("plan", "--offline")
    assert ran.code == 0, ran.err


# plan --out, apply PLAN


def test_a_saved_plan_is_applied_without_asking(account: Sandbox, workspace: Workspace) -> None:
    assert workspace.run("plan", "--out", "plan.json").code == 0
    ran = workspace.run("apply", "plan.json")
    assert ran.code == 0, ran.err
    assert creates(account) == 3


def test_less_than_planned_is_fine(account: Sandbox, workspace: Workspace) -> None:
    assert workspace.run("plan", "--out", "plan.json").code == 0
    assert workspace.run("apply", "--yes", "--target", "*/ja").code == 0
    assert workspace.run("apply", "plan.json").code == 0
    assert creates(account) == 3
    assert workspace.run("apply", "plan.json").out.startswith("Nothing to do")


def test_more_than_planned_is_refused(account: Sandbox, workspace: Workspace) -> None:
    assert workspace.run("plan", "--out", "plan.json").code == 0
    workspace.write_videos("intro", "outro")
    ran = workspace.run("apply", "plan.json")
    assert ran.code == 3
    assert "3 orders would be paid for that the saved plan does not show: outro/es-MX" in ran.err
    workspace.write_videos("intro", extra="defaults: {mode: precision}")
    assert workspace.run("apply", "plan.json", "--yes").code == 3
    assert creates(account) == 0


def test_a_saved_plan_keeps_what_it_was_narrowed_to(account: Sandbox, workspace: Workspace) -> None:
    assert workspace.run("plan", "--target", "*/ja", "--out", "plan.json").code == 0
    assert workspace.run("apply", "plan.json", "--target", "*/fr-FR").code == 2
    assert workspace.run("apply", "plan.json").code == 0
    assert creates(account) == 1


def test_a_saved_plan_keeps_its_flags(account: Sandbox, workspace: Workspace) -> None:
    assert workspace.run("apply", "--yes").code == 0
    account.delete_job(workspace.lock()["targets"]["intro/ja"]["translation_id"])
    assert workspace.run("plan", "--recreate", "--out", "plan.json").code == 0
    assert workspace.run("apply", "plan.json").code == 0
    assert creates(account) > 3


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{}", '{"localize_plan": 2}', '{"localize_plan": 1, "project": "test"}', "[" * 9999],
)
def test_what_is_no_plan_is_refused(content: str, account: Sandbox, workspace: Workspace) -> None:
    (workspace.folder / "plan.json").write_text(content)
    ran = workspace.run("apply", "plan.json")
    assert ran.code == 2
    assert "this is not a plan that localize has written" in ran.err
    ran = workspace.run("apply", "intro/ja")
    assert ran.code == 2
    assert ran.err.startswith("error: intro/ja: the plan cannot be read: No such file")
    assert "addresses go behind --target" in ran.err
    assert creates(account) == 0


def test_a_flag_that_is_no_flag_makes_no_plan(account: Sandbox, workspace: Workspace) -> None:
    assert workspace.run("plan", "--out", "plan.json").code == 0
    path = workspace.folder / "plan.json"
    document = json.loads(path.read_text())
    path.write_text(json.dumps(document | {"recreate": "yes"}))
    assert workspace.run("apply", "plan.json").code == 2
    path.write_text(json.dumps(document | {"project": "other"}))
    assert "of project 'other'" in workspace.run("apply", "plan.json").err


def test_a_plan_that_cannot_be_written(account: Sandbox, workspace: Workspace) -> None:
    assert workspace.run("plan", "--out", "no/such/folder/plan.json").code == 2
    before = workspace.manifest.read_bytes()
    for name in ("localize.yaml", "./localize.lock"):
        ran = workspace.run("plan", "--out", name)
        assert (ran.code, "would write over" in ran.err) == (2, True)
        ran = workspace.run("plan", "--markdown", name)
        assert (ran.code, "would write over" in ran.err) == (2, True)
    assert workspace.manifest.read_bytes() == before
    assert not workspace.lockfile.exists()
    workspace.manifest.rename(workspace.folder / "real.yaml")
    workspace.manifest.symlink_to("real.yaml")
    assert workspace.run("plan", "--out", "localize.lock").code == 2
    assert workspace.run("plan", "--out", "plan.json").code == 0
    ran = workspace.run("apply", "plan.json", "--markdown", "plan.json")
    assert (ran.code, creates(account)) == (2, 0)


# --markdown FILE


def test_the_markdown_report_goes_to_a_file_beside_any_other(
    account: Sandbox, workspace: Workspace
) -> None:
    """Also where a limit refuses the plan, which the JSON then does not show."""
    path = workspace.folder / "report.md"
    wanted = workspace.run("plan", "--format", "markdown").out
    ran = workspace.run("plan", "--format", "json", "--markdown", "report.md")
    assert ran.json()["summary"] == {"create": 3}
    assert path.read_text(encoding="utf-8").strip() == wanted.strip()
    refused = workspace.run("plan", "--format", "json", "--max-new", "1", "--markdown", "report.md")
    assert refused.code == 3
    assert "Refused" in path.read_text(encoding="utf-8")
    ran = workspace.run("apply", "--yes", "--markdown", "report.md")
    assert path.read_text(encoding="utf-8").startswith("### Localization of `test`")
    ran = workspace.run("plan", "--markdown", "no/such/folder/report.md")
    assert ran.code == 0
    assert "warning: no/such/folder/report.md cannot be written: No such file" in ran.err


# apply --frozen


def test_frozen_does_nothing_and_says_whether_there_is_something_to_do(
    account: Sandbox, workspace: Workspace
) -> None:
    ran = workspace.run("apply", "--frozen", "--yes")
    assert ran.code == 5
    assert "the lockfile is not current: 3 targets would change (intro/es-MX" in ran.err
    assert not workspace.lockfile.exists()
    assert workspace.run("apply", "--yes").code == 0
    before = workspace.lockfile.read_bytes()
    assert workspace.run("apply", "--frozen").code == 0
    job = workspace.lock()["targets"]["intro/ja"]["translation_id"]
    account.fail_job(job, "broken")
    assert workspace.run("apply", "--frozen").code == 5
    assert workspace.lockfile.read_bytes() == before
    assert creates(account) == 3


def test_frozen_tells_what_is_unmet(account: Sandbox, workspace: Workspace) -> None:
    workspace.write_videos("intro", languages=("ja",), extra="limits: {max_attempts: 1}")
    account.set_faults("fail_job=1 on POST")
    assert workspace.run("apply", "--yes").code == 1
    assert workspace.run("apply", "--yes").code == 1
    assert workspace.run("apply", "--frozen").code == 1


# Options that reach new jobs only


def test_what_cannot_reach_a_rendered_job_is_noted(account: Sandbox, workspace: Workspace) -> None:
    workspace.write_videos("intro", languages=("ja",))
    assert workspace.run("apply", "--yes").code == 0
    workspace.write_videos("intro", languages=("ja",), extra="defaults: {folder_id: f1}")
    ran = workspace.run("plan", "--detailed-exitcode")
    assert ran.code == 0
    assert "nothing to do; folder_id or the callback changed: for new jobs only" in ran.out
    assert workspace.run("plan", "--format", "json").json()["actions"][0]["new_jobs_only"] is True
    workspace.lockfile.unlink()
    assert workspace.run("apply", "--yes").code == 0  # adopted: nobody knows what was sent
    assert "new jobs only" not in workspace.run("plan").out
