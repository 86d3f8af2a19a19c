"""`publish_after: check`: what is rendered is used once its check has passed, not before."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from workspaces import Workspace, creates

from heygen_localize.sandbox import Sandbox

sys.path.insert(0, str(Path(__file__).parents[1] / "media/measure"))

pytestmark = pytest.mark.usefixtures("decoded_once")
MANIFEST = """\
version: 1
project: test
languages: [es-MX, ja]
defaults: {publish_after: check}
outputs:
  video: "out/{{ video.id }}.{{ language.tag }}.mp4"
  srt: "out/{{ video.id }}.{{ language.tag }}.srt"
  public_url: "https://media.acme.com/{{ video.id }}.{{ language.tag }}.{{ fingerprint }}.mp4"
videos:
  intro:
    source: https://cdn.example.com/intro.mp4
    duration: 6
"""
STRICT = MANIFEST + "    checks: {loudness: {target: -5, severity: error}}\n"
SECOND = "    revision: 2\n"


@pytest.fixture
def gated(workspace: Workspace, sandbox: Sandbox) -> Workspace:
    """Give a project whose two targets are rendered, and wait for their check."""
    workspace.use(sandbox)
    workspace.write(MANIFEST)
    assert workspace.run("apply", "--yes").code == 0
    return workspace


@pytest.fixture
def published(gated: Workspace) -> Workspace:
    """Give a project whose two targets were checked, and stand in their places."""
    for command in ("pull", "check", "pull"):
        assert gated.run(command).code == 0
    return gated


def rows(workspace: Workspace) -> dict[str, Any]:
    document = workspace.run("status", "--format", "json").json()
    return {row["address"]: row for row in document["targets"]}


def files(workspace: Workspace) -> dict[str, bytes]:
    found = sorted((workspace.folder / "out").glob("*"))
    return {path.name: path.read_bytes() for path in found}


def staged(workspace: Workspace) -> list[str]:
    found = (workspace.folder / ".localize/localize/staged").glob("*")
    return sorted(path.name for path in found)


def test_a_first_render_stands_aside_until_it_was_checked(gated: Workspace) -> None:
    row = rows(gated)["intro/ja"]
    assert row["outputs"]["public_url"] is None
    assert row["outputs"]["video_url"] is None
    assert gated.run("status", "--fail-if-incomplete").code == 5
    assert "not used before its check" in gated.run("status").out
    assert gated.run("pull").code == 0
    assert (files(gated), len(staged(gated))) == ({}, 4)
    assert gated.run("pull").out.startswith("0 files pulled, 4 unchanged")
    ran = gated.run("check")
    assert ran.code == 0
    assert "2 held before may be used now: localize pull puts them in their places." in ran.out
    assert rows(gated)["intro/ja"]["outputs"]["public_url"].startswith("https://media.acme.com/")
    assert gated.run("status", "--fail-if-incomplete").code == 0
    assert "held" not in gated.lock()["targets"]["intro/ja"]


def test_what_stood_aside_is_moved_and_not_fetched_again(
    gated: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    from heygen_localize.operations.pull import workers

    gated.run("pull")
    gated.run("check")
    fetched: list[object] = []
    monkeypatch.setattr(workers, "fetch", lambda *arguments: fetched.append(arguments))
    assert gated.run("pull").code == 0
    assert fetched == []
    assert len(files(gated)) == 4
    assert staged(gated) == []
    lock = gated.lockfile.read_bytes()
    for command in ("pull", "check", "pull", "apply --yes"):
        assert gated.run(*command.split()).code == 0
    assert gated.lockfile.read_bytes() == lock


def test_the_earlier_dub_stays_up_until_the_check_has_passed(published: Workspace) -> None:
    before, earlier = files(published), rows(published)["intro/ja"]
    published.write(MANIFEST + SECOND)
    for command in ("apply --yes", "pull"):
        assert published.run(*command.split()).code == 0
        assert files(published) == before
        assert rows(published)["intro/ja"]["outputs"] == earlier["outputs"]
    entry = published.lock()["targets"]["intro/ja"]
    assert (entry["held"], entry["status"]) == (True, "completed")
    assert entry["serving"]["translation_id"] == earlier["translation_id"]
    assert published.run("prune", "--yes").code == 0
    assert published.lock()["targets"]["intro/ja"]["serving"] == entry["serving"]
    assert published.run("check").code == 0
    assert files(published) == before
    entry = published.lock()["targets"]["intro/ja"]
    assert "serving" not in entry
    assert earlier["translation_id"] in entry["superseded"]
    row = rows(published)["intro/ja"]
    assert row["outputs"]["public_url"] == entry["public_url"] != earlier["outputs"]["public_url"]
    assert published.run("pull").code == 0
    files_of_lock = entry["files"]["video"]["size"]
    assert len(files(published)["intro.ja.mp4"]) == files_of_lock


def test_a_failed_check_rejects_and_costs_nothing(published: Workspace, sandbox: Sandbox) -> None:
    before, earlier = files(published), rows(published)["intro/ja"]
    published.write(STRICT + SECOND)
    published.run("apply", "--yes")
    published.run("pull")
    orders = creates(sandbox)
    ran = published.run("check")
    assert ran.code == 1
    assert "2 rejected, the earlier files stay: localize accept" in ran.out
    row = rows(published)["intro/ja"]
    assert (row["status"], row["check"]["state"]) == ("rejected", "failed")
    assert row["outputs"] == earlier["outputs"]
    assert "rejected" in published.run("status", "--state", "rejected").out
    plan = published.run("plan", "--format", "json")
    assert plan.code == 0
    reasons = {action["reason"] for action in plan.json()["actions"]}
    assert reasons == {"check_failed"}
    for command in ("apply --yes", "pull", "apply --yes"):
        assert published.run(*command.split()).code == 0
    assert creates(sandbox) == orders
    assert files(published) == before
    assert "localize accept" in published.run("plan", "-v").out


def test_what_is_accepted_is_used_and_the_lockfile_says_so(published: Workspace) -> None:
    published.write(STRICT + SECOND)
    for command in ("apply --yes", "pull", "check"):
        published.run(*command.split())
    before = published.lock()["targets"]
    refused = published.run("accept", "intro/ja", "other/*")
    assert refused.code == 2
    assert "other/* fits nothing that was rejected" in refused.err
    assert published.lock()["targets"] == before
    ran = published.run("accept", "*/ja")
    assert ran.code == 0
    assert ran.out.startswith("intro/ja: accepted with 1 error (")
    after = published.lock()["targets"]
    assert after["intro/es-MX"] == before["intro/es-MX"]
    entry = after["intro/ja"]
    assert entry["accepted"] == entry["files"]["video"]["sha256"] == entry["check"]["sha256"]
    assert not {"held", "serving"} & entry.keys()
    assert {name: row["status"] for name, row in rows(published).items()} == {
        "intro/es-MX": "rejected",
        "intro/ja": "completed",
    }
    assert published.run("pull").code == 0
    again = published.run("accept", "intro/ja")
    assert (again.code, "localize status --state rejected" in again.err) == (2, True)
    assert published.run("apply", "--yes").code == 0
    assert published.lock()["targets"]["intro/ja"] == entry


def test_a_canary_that_failed_its_check_is_taken_by_the_same_command(
    workspace: Workspace, sandbox: Sandbox
) -> None:
    workspace.use(sandbox)
    workspace.write(STRICT.replace("publish_after: check", "publish_after: check, canary: [ja]"))
    assert workspace.run("apply", "--yes").code == 0
    told = workspace.run("plan")
    assert "held until its check has passed; localize pull and localize check" in told.out
    early = workspace.run("accept", "intro/ja")
    assert (early.code, creates(sandbox)) == (2, 1)
    workspace.run("pull")
    assert workspace.run("check").code == 1
    ran = workspace.run("accept", "intro/ja")
    assert ran.out.startswith("intro/ja: accepted with 1 error (")
    assert "1 target waited for this" in ran.out
    assert workspace.run("apply", "--yes").code == 0
    assert creates(sandbox) == 2


def test_a_new_revision_is_the_other_way_on(published: Workspace, sandbox: Sandbox) -> None:
    served = rows(published)["intro/ja"]
    published.write(STRICT + SECOND)
    for command in ("apply --yes", "pull", "check"):
        published.run(*command.split())
    rejected = published.lock()["targets"]["intro/ja"]["translation_id"]
    orders = creates(sandbox)
    published.write(MANIFEST + "    revision: 3\n")
    assert published.run("apply", "--yes").code == 0
    assert creates(sandbox) == orders + 2
    entry = published.lock()["targets"]["intro/ja"]
    assert entry["serving"]["translation_id"] == served["translation_id"]
    assert rejected in entry["superseded"]
    for command in ("pull", "check", "pull"):
        assert published.run(*command.split()).code == 0
    assert rows(published)["intro/ja"]["outputs"]["public_url"] == entry["public_url"]
    assert staged(published) == []


def test_without_the_gate_nothing_is_held_any_more(gated: Workspace) -> None:
    gated.write(MANIFEST.replace("publish_after: check", "publish_after: null"))
    assert rows(gated)["intro/ja"]["outputs"]["public_url"]
    assert gated.run("pull").code == 0
    assert len(files(gated)) == 4
    assert "held" not in gated.lock()["targets"]["intro/ja"]


def test_what_was_in_use_before_the_gate_stays_so(workspace: Workspace, sandbox: Sandbox) -> None:
    workspace.use(sandbox)
    workspace.write(MANIFEST.replace("defaults: {publish_after: check}\n", ""))
    workspace.run("apply", "--yes", "--pull")
    workspace.write(STRICT)
    assert rows(workspace)["intro/ja"]["outputs"]["public_url"]
    assert workspace.run("check").code == 1
    assert rows(workspace)["intro/ja"]["status"] == "completed"
    assert workspace.run("accept", "intro/ja").code == 2


def test_what_renders_when_the_gate_comes_is_held(workspace: Workspace, sandbox: Sandbox) -> None:
    workspace.use(sandbox)
    workspace.write(MANIFEST.replace("defaults: {publish_after: check}\n", ""))
    workspace.run("apply", "--yes", "--no-wait")
    workspace.write(MANIFEST)
    assert workspace.run("apply", "--yes").code == 0
    assert rows(workspace)["intro/ja"]["outputs"]["public_url"] is None


def test_a_lost_lockfile_holds_what_it_finds_again(published: Workspace, sandbox: Sandbox) -> None:
    orders = creates(sandbox)
    published.lockfile.unlink()
    assert published.run("apply", "--yes", "--pull").code == 0
    assert creates(sandbox) == orders
    assert published.lock()["targets"]["intro/ja"]["held"] is True
    assert published.run("check").code == 0
    assert rows(published)["intro/ja"]["outputs"]["public_url"]


def test_a_file_put_aside_by_somebody_else_is_not_put_in_place(gated: Workspace) -> None:
    gated.run("pull")
    gated.run("check")
    folder = gated.folder / ".localize/localize/staged"
    for name in staged(gated):
        (folder / name).write_bytes(b"another")
    assert gated.run("pull").code == 0
    assert b"another" not in files(gated).values()
    assert len(files(gated)) == 4
    assert staged(gated) == []


def test_only_what_was_checked_itself_is_released(gated: Workspace) -> None:
    gated.run("pull")
    assert gated.run("check", "--target", "intro/ja").code == 0
    entries = gated.lock()["targets"]
    assert {name: item.get("held", False) for name, item in entries.items()} == {
        "intro/es-MX": True,
        "intro/ja": False,
    }
    lock = json.loads(gated.lockfile.read_text())
    assert "check" not in lock["targets"]["intro/es-MX"]


def test_what_was_rejected_is_ordered_anew_where_that_is_asked_for(
    published: Workspace, sandbox: Sandbox
) -> None:
    published.write(STRICT + SECOND)
    for command, code in (("apply --yes", 0), ("pull", 0), ("check", 1)):
        assert published.run(*command.split()).code == code
    before, orders, earlier = files(published), creates(sandbox), rows(published)["intro/ja"]
    ran = published.run("plan")
    assert "Nothing that apply can do: 2 targets failed their check" in ran.out
    assert "as the manifest wants" not in ran.out
    plan = published.run("plan", "--replace", "intro/ja", "--format", "json").json()
    (action,) = [one for one in plan["actions"] if one["address"] == "intro/ja"]
    assert (action["action"], action["reason"], action["costs"]) == (
        "replace",
        "replace_asked",
        True,
    )
    assert action["cost_usd"] > 0
    rejected = published.lock()["targets"]["intro/ja"]
    for _ in range(2):
        assert published.run("apply", "--replace", "intro/ja", "--yes").code == 0
        assert creates(sandbox) == orders + 1
    entry = published.lock()["targets"]["intro/ja"]
    assert entry["held"] is True
    assert entry["translation_id"] != rejected["translation_id"]
    assert rejected["translation_id"] in entry["superseded"]
    assert entry["serving"] == rejected["serving"]
    assert published.run("pull").code == 0
    assert files(published) == before
    assert rows(published)["intro/ja"]["outputs"] == earlier["outputs"]
