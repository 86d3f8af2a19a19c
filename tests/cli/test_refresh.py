"""`localize refresh`, and what plan says of links that end: the lockfile beside the vendor."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import requests
from workspaces import Workspace, creates

from heygen_localize.sandbox import Sandbox


@pytest.fixture
def applied(sandbox: Sandbox, workspace: Workspace) -> Sandbox:
    workspace.use(sandbox)
    workspace.write_videos("intro", languages=("es-MX", "ja"))
    assert workspace.run("apply", "--yes").code == 0
    return sandbox


def entry(workspace: Workspace, address: str = "intro/ja") -> dict[str, object]:
    found: dict[str, object] = workspace.lock()["targets"][address]
    return found


def test_links_are_renewed_and_nothing_else(applied: Sandbox, workspace: Workspace) -> None:
    before = workspace.lock()
    applied.advance(3600)
    ran = workspace.run("refresh", "--detailed-exitcode")
    assert (ran.code, ran.out) == (
        0,
        "2 targets looked at, links of 2 jobs renewed, nothing drifted\n",
    )
    after = workspace.lock()
    for address, known in before["targets"].items():
        fresh = after["targets"][address].pop("outputs")
        old = known.pop("outputs")
        assert fresh["expires_at"] == pytest.approx(old["expires_at"] + 3600, abs=30)
        assert fresh["video_url"] != old["video_url"]
    assert after == before
    assert creates(applied) == 2


def test_drift_is_told(applied: Sandbox, workspace: Workspace) -> None:
    gone, changed = (
        str(entry(workspace, f"intro/{tag}")["translation_id"]) for tag in ("es-MX", "ja")
    )
    applied.delete_job(gone)
    applied.fail_job(changed, "broken later")
    ran = workspace.run("refresh", "--detailed-exitcode")
    assert ran.code == 5
    assert f"  ! intro/es-MX  {gone} was deleted at HeyGen; localize apply --recreate" in ran.out
    assert f"  ! intro/ja     {changed} was completed, is failed" in ran.out
    assert entry(workspace)["status"] == "failed"
    assert entry(workspace)["failure_message"] == "broken later"
    assert entry(workspace, "intro/es-MX")["status"] == "completed"

    report = workspace.run("refresh", "--format", "json").json()
    assert [item["kind"] for item in report["drift"]] == ["gone"]
    assert "| `intro/es-MX` |" in workspace.run("refresh", "--format", "markdown").out


def test_another_account_is_no_drift(
    applied: Sandbox, workspace: Workspace, start_sandbox: Callable[..., Sandbox], tmp_path: Path
) -> None:
    before = workspace.lockfile.read_bytes()
    workspace.use(start_sandbox(state=tmp_path / "other"))
    for narrowed in ((), ("--target", "*/ja")):
        ran = workspace.run("refresh", *narrowed)
        assert (ran.code, ran.out) == (3, "")
        assert "is this another account?" in ran.err
    assert workspace.lockfile.read_bytes() == before
    workspace.use(applied)
    applied.delete_job(str(entry(workspace)["translation_id"]))
    ran = workspace.run("refresh", "--target", "*/ja")
    assert ran.code == 0
    assert "was deleted at HeyGen" in ran.out


def test_a_new_title_at_the_vendor_is_drift(sandbox: Sandbox, workspace: Workspace) -> None:
    workspace.use(sandbox)
    workspace.write_videos("intro", languages=("ja",), extra="defaults: {title: Ours}")
    assert workspace.run("apply", "--yes").code == 0
    url = f"{sandbox.base_url}/v3/video-translations/{entry(workspace)['translation_id']}"
    key = {"x-api-key": sandbox.api_key}
    assert requests.patch(url, json={"title": "Theirs"}, headers=key, timeout=5).ok
    assert "was titled “Ours”, is titled “Theirs”" in workspace.run("refresh").out


def test_only_what_is_named_is_refreshed(applied: Sandbox, workspace: Workspace) -> None:
    other = entry(workspace, "intro/es-MX")
    applied.advance(10)
    assert workspace.run("refresh", "--target", "*/ja").out.startswith("1 target looked at")
    assert entry(workspace, "intro/es-MX") == other


def test_many_jobs_are_read_through_the_list(sandbox: Sandbox, workspace: Workspace) -> None:
    workspace.use(sandbox)
    workspace.write_videos(*"abcd")
    assert workspace.run("apply", "--yes").code == 0
    seen = len(sandbox.requests())
    assert workspace.run("refresh").code == 0
    assert [note.route for note in sandbox.requests()[seen:]] == [
        "/v3/video-translations/languages",
        "/v3/video-translations",
    ]


@pytest.mark.parametrize("videos", ["a", "abcd"], ids=["one by one", "list"])
def test_without_a_whole_answer_nothing_is_written(
    videos: str, sandbox: Sandbox, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.use(sandbox)
    workspace.write_videos(*videos)
    assert workspace.run("apply", "--yes").code == 0
    before = workspace.lockfile.read_bytes()
    translations = "/v3/video-translations"
    sandbox.set_faults(
        f"http_500_before=1 on GET {translations}", f"http_500_before=1 on GET {translations}/tr_*"
    )
    monkeypatch.setenv("HEYGEN_MAX_RETRIES", "0")
    sandbox.advance(10)
    assert workspace.run("refresh").code == 4
    assert workspace.lockfile.read_bytes() == before


def test_the_earlier_job_is_refreshed_too(applied: Sandbox, workspace: Workspace) -> None:
    text = workspace.manifest.read_text().replace("{source", "{revision: 2, source")
    workspace.write(text)
    applied.set_faults("fail_job=1 on POST")
    assert workspace.run("apply", "--yes").code == 1
    serving = workspace.lock()["targets"]["intro/ja"]["serving"]
    applied.advance(100)
    assert workspace.run("refresh").code == 0
    renewed = workspace.lock()["targets"]["intro/ja"]["serving"]
    assert renewed["outputs"]["expires_at"] >= serving["outputs"]["expires_at"] + 100


def test_without_a_manifest_it_says_what_to_do(workspace: Workspace, sandbox: Sandbox) -> None:
    workspace.use(sandbox)
    assert workspace.run("refresh").code == 2
    assert not Path(workspace.folder, ".localize").exists()


def test_a_plan_says_when_links_end(applied: Sandbox, workspace: Workspace) -> None:
    assert "refresh" not in workspace.run("plan").out
    text = workspace.lockfile.read_text()
    expires = workspace.lock()["targets"]["intro/ja"]["outputs"]["expires_at"]
    workspace.lockfile.write_text(text.replace(str(expires), str(expires - 6 * 86400 - 3600)))
    ran = workspace.run("plan")
    assert ran.code == 0
    assert "in the lockfile end within a day, or have ended: localize refresh renews" in ran.out
    assert workspace.run("plan", "--format", "json").json()["expiring"]
    assert "`localize refresh`" in workspace.run("plan", "--format", "markdown").out
    assert workspace.run("refresh").code == 0
    assert "refresh" not in workspace.run("plan").out


@pytest.mark.parametrize("kept", ["keep", "none"])
def test_many_are_read_through_the_list_whatever_room_links_take(
    kept: str, sandbox: Sandbox, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page for each hundred jobs, and no call for one alone."""
    monkeypatch.setattr("heygen_localize.heygen.listing._MOST_LINKS", 10_000)
    workspace.use(sandbox)
    extra = f"limits: {{max_new: 300, max_concurrent_jobs: 300}}\nlock: {{urls: {kept}}}"
    names = [f"v{number}" for number in range(60)]
    workspace.write_videos(*names, languages=("ja", "es-MX"), extra=extra)
    assert workspace.run("apply", "--yes").code == 0
    before, asked = workspace.lockfile.read_bytes(), len(sandbox.requests())
    sandbox.advance(3600)
    ran = workspace.run("refresh")
    assert ran.out == "120 targets looked at, links of 120 jobs renewed, nothing drifted\n"
    routes = [note.route for note in sandbox.requests()[asked:]]
    assert routes.count("/v3/video-translations") == 2
    assert not any(route.endswith("}") for route in routes)
    assert (workspace.lockfile.read_bytes() == before) is (kept == "none")
