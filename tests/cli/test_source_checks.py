"""What the sources answer, in plans and runs: refused, silent, measured, changed."""

from __future__ import annotations

import pytest
from media_samples import MP4_SECONDS, mp4
from workspaces import Workspace, creates

from heygen_localize.sandbox import Sandbox
from heygen_localize.sandbox.media.outputs import SAMPLE_SECONDS


@pytest.fixture
def account(sandbox: Sandbox, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    workspace.use(sandbox)
    for command in ("PLAN", "APPLY"):
        monkeypatch.delenv(f"LOCALIZE_{command}_CHECK_SOURCES")
    return sandbox


def write(workspace: Workspace, sandbox: Sandbox, *names: str, extra: str = "") -> None:
    videos = "".join(
        f"  {name.partition('.')[0].replace('/', '-')}: "
        f"{{source: '{sandbox.base_url}/source/{name}'}}\n"
        for name in names
    )
    workspace.write(f"version: 1\nproject: test\nlanguages: [es-MX, ja]\n{extra}videos:\n{videos}")


def asked(sandbox: Sandbox) -> set[str]:
    return {note.path for note in sandbox.requests() if note.path.startswith("/source/")}


def test_a_source_that_cannot_be_used_is_refused_before_it_costs(
    account: Sandbox, workspace: Workspace
) -> None:
    bad = ("page.mp4", "forbidden.mp4", "missing.mp4", "login.mp4", "private.mp4")
    write(workspace, account, "good.mp4", *bad)
    ran = workspace.run("plan", "--format", "json")
    assert ran.code == 0
    actions = {action["address"]: action for action in ran.json()["actions"]}
    refused = [action for action in actions.values() if action["reason"] == "source_refused"]
    assert {action["address"].partition("/")[0] for action in refused} == {
        name.partition(".")[0] for name in bad
    }
    assert all(action["action"] == "blocked" and action["problem"]["message"] for action in refused)
    assert ran.json()["estimate"]["jobs"] == 2

    ran = workspace.run("apply", "--yes")
    assert ran.code == 1
    assert creates(account) == 2
    assert "missing/es-MX, missing/ja" in ran.out
    assert workspace.run("apply", "--yes", "--no-check-sources").code == 0
    assert not account.key_leaks()


def test_nobody_is_asked_without_need(account: Sandbox, workspace: Workspace) -> None:
    write(workspace, account, "good.mp4", "a/good.mp4")
    assert workspace.run("plan", "--no-check-sources").code == 0
    assert asked(account) == set()
    assert workspace.run("plan", "--target", "good/ja").code == 0
    assert asked(account) == {"/source/good.mp4"}
    assert workspace.run("apply", "--yes").code == 0
    seen = len(account.requests())
    assert workspace.run("apply", "--yes").code == 0
    later = account.requests()[seen:]
    assert not [note for note in later if note.path.startswith("/source/")]


def test_lengths_are_measured_and_feed_the_limit(account: Sandbox, workspace: Workspace) -> None:
    (workspace.folder / "local.mp4").write_bytes(mp4())
    write(workspace, account, "good.mp4", extra="limits: {max_cost: 100}\n")
    workspace.write(workspace.manifest.read_text() + "  local: {source: local.mp4}\n")
    told = workspace.run("plan", "--format", "json").json()["estimate"]
    assert told["unknown_durations"] == []
    assert told["seconds"] == pytest.approx(2 * (SAMPLE_SECONDS + MP4_SECONDS), abs=0.2)
    ran = workspace.run("apply", "--yes", "--max-cost", "0.45")
    assert ran.code == 3
    assert "max_cost" in ran.err
    assert creates(account) == 0


def test_silence_is_only_a_warning(account: Sandbox, workspace: Workspace) -> None:
    write(workspace, account, "broken.mp4")
    dead = "http://127.0.0.1:1/video.mp4"
    workspace.write(workspace.manifest.read_text() + f"  dead: {{source: '{dead}'}}\n")
    ran = workspace.run("apply", "--yes")
    assert ran.code == 0
    assert "warning: 127.0.0.1:1 could not be asked about 1 source" in ran.err
    assert creates(account) == 4


def test_a_file_that_changes_behind_its_url_is_shown(
    account: Sandbox, workspace: Workspace
) -> None:
    write(workspace, account, "changing.mp4")
    assert workspace.run("apply", "--yes").code == 0
    assert workspace.lock()["targets"]["changing/ja"]["source"]["etag"]
    plan = ("plan", "--check-sources", "--detailed-exitcode")
    assert workspace.run(*plan).code == 0

    account.change_source()
    ran = workspace.run(*plan)
    assert ran.code == 5
    assert "  ≠ changing  2 languages  drift  the file behind the URL is another one now" in ran.out
    assert workspace.run("apply", "--yes", "--check-sources").code == 0
    assert creates(account) == 2

    workspace.write(workspace.manifest.read_text().replace("{source", "{revision: 2, source"))
    assert workspace.run("apply", "--yes").code == 0
    assert creates(account) == 4
    assert workspace.run(*plan).code == 0


def test_targets_that_share_a_refused_source_are_refused_together(
    account: Sandbox, workspace: Workspace
) -> None:
    source = f"{account.base_url}/source/missing.mp4"
    workspace.write(
        "version: 1\nproject: test\nlanguages: [ja]\n"
        f"videos:\n  a: {{source: '{source}'}}\n  b: {{source: '{source}'}}\n"
    )
    ran = workspace.run("apply", "--yes")
    assert ran.code == 1
    assert "a/ja, b/ja" in ran.out
    assert creates(account) == 0


def test_a_share_page_is_explained(account: Sandbox, workspace: Workspace) -> None:
    workspace.write(
        "version: 1\nproject: test\nlanguages: [ja]\n"
        "videos:\n"
        "  a: {source: 'https://www.youtube.com/watch?v=1', duration: 9}\n"
        "  b: {source: 'https://vimeo.com/1', duration: 9}\n"
        "  c: {source: 'https://www.loom.com/share/1', duration: 9}\n"
    )
    ran = workspace.run("plan")
    assert "a YouTube page about the video, not the file itself: HeyGen's pages disagree" in ran.err
    assert "a Vimeo page about the video" in ran.err
    report = workspace.run("plan", "--format", "json").json()
    kinds = {action["address"]: action["action"] for action in report["actions"]}
    assert kinds == {"a/ja": "create", "b/ja": "create", "c/ja": "blocked"}
