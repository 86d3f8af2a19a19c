"""`--replace ADDRESS`: ordered anew on purpose, and once, however often the command is run."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from fake_clock import FakeClock
from workspaces import Workspace, creates

from heygen_localize.sandbox import Sandbox

ASKED = ("apply", "--yes", "--replace", "alpha/ja")


@pytest.fixture
def sandbox(start: Callable[..., Sandbox]) -> Sandbox:
    """Start a sandbox that ages with the clock of the runs."""
    return start()


@pytest.fixture
def rendered(sandbox: Sandbox, workspace: Workspace) -> Workspace:
    """Render alpha/ja and alpha/fr-FR."""
    workspace.write_videos("alpha", languages=("fr-FR", "ja"))
    assert workspace.run("apply", "--yes").code == 0
    return workspace


def entry(workspace: Workspace, address: str = "alpha/ja") -> Any:
    return workspace.lock()["targets"][address]


def settled(workspace: Workspace) -> bool:
    """Tell whether nothing is left to do, and a further apply changes no byte."""
    before = workspace.lockfile.read_bytes()
    planned = workspace.run("plan", "--detailed-exitcode")
    applied = workspace.run("apply")
    assert "Paid for more than once" not in planned.out
    return (planned.code, applied.code) == (0, 0) and workspace.lockfile.read_bytes() == before


def test_it_is_told_in_the_plan_and_costs(sandbox: Sandbox, rendered: Workspace) -> None:
    first = entry(rendered)
    told = rendered.run("plan", "--replace", "alpha/ja")
    assert "replace" in told.out
    assert "ordered anew, as --replace asks; the old one stays up until it is done" in told.out
    assert "1 job" in told.out
    assert rendered.run("apply", "-r", "alpha/ja").code == 2  # nobody agreed
    assert creates(sandbox) == 2
    ran = rendered.run(*ASKED)
    assert ran.code == 0, ran.err
    assert creates(sandbox) == 3
    now = entry(rendered)
    assert now["translation_id"] != first["translation_id"]
    assert now["superseded"] == [first["translation_id"]]
    assert now["fingerprint"] == first["fingerprint"]
    assert settled(rendered)


def test_the_old_one_serves_until_the_new_one_is_done(
    sandbox: Sandbox, clock: FakeClock, rendered: Workspace
) -> None:
    first = entry(rendered)
    assert rendered.run(*ASKED, "--no-wait").code == 0
    row = rendered.run("status", "--format", "json", "--target", "alpha/ja").json()["targets"][0]
    assert row["status"] == "pending"
    assert row["outputs"]["video_url"] == first["outputs"]["video_url"]
    for offline in ((), ("--offline",)):
        planned = rendered.run("plan", "--format", "json", *offline).json()
        assert {item["action"] for item in planned["actions"]} == {"wait", "none"}
        assert planned["duplicates"] == []
    assert rendered.run("prune", "--yes").out.startswith("Nothing to delete")
    clock.sleep(3600)
    assert rendered.run("apply").code == 0
    assert entry(rendered)["superseded"] == [first["translation_id"]]
    assert settled(rendered)


def test_the_same_command_again_pays_nothing(sandbox: Sandbox, rendered: Workspace) -> None:
    assert rendered.run(*ASKED).code == 0
    again = rendered.run(*ASKED)
    assert again.code == 0
    assert "alpha/ja is not ordered anew: it was ordered anew less than a day ago" in (
        rendered.run("plan", "--replace", "alpha/ja").err
    )
    assert creates(sandbox) == 3


def test_one_that_was_cut_off_is_not_paid_twice(sandbox: Sandbox, rendered: Workspace) -> None:
    """The lockfile of before is all that is left, as after a kill or in a fresh checkout."""
    before = rendered.lockfile.read_bytes()
    assert rendered.run(*ASKED, "--no-wait").code == 0
    new = entry(rendered)["translation_id"]
    for path in (rendered.folder / ".localize").rglob("journal*"):
        path.unlink()
    rendered.lockfile.write_bytes(before)
    ran = rendered.run(*ASKED)
    assert ran.code == 0, ran.err
    assert creates(sandbox) == 3
    assert entry(rendered)["translation_id"] == new
    assert settled(rendered)


@pytest.mark.parametrize("journal", [True, False], ids=["journal", "no journal"])
def test_the_account_tells_which_one_stands(
    sandbox: Sandbox, clock: FakeClock, rendered: Workspace, journal: bool
) -> None:
    """After a kill while it renders: whoever has the lockfile of before counts on the new one."""
    before, old = rendered.lockfile.read_bytes(), entry(rendered)["translation_id"]
    kept = rendered.folder / ".localize" / "localize" / "journal.jsonl"
    assert rendered.run(*ASKED, "--no-wait").code == 0
    new, answers = entry(rendered)["translation_id"], kept.read_bytes()
    rendered.lockfile.write_bytes(before)
    kept.write_bytes(answers if journal else b"")
    assert rendered.run("apply", "--yes").code == 0
    assert entry(rendered)["translation_id"] == new
    assert rendered.run("prune", "--yes").code == 0
    assert {job.id for job in sandbox.jobs() if job.deleted} == {old}
    assert rendered.run(*ASKED).code == 0
    assert creates(sandbox) == 3
    assert settled(rendered)


def test_a_lockfile_that_is_lost_or_merged_brings_no_older_one_back(
    sandbox: Sandbox, rendered: Workspace
) -> None:
    base, old = rendered.lockfile.read_text(), entry(rendered)["translation_id"]
    theirs = json.loads(base)
    theirs["targets"]["alpha/ja"]["attempts"] = 2  # what makes it a change of both sides
    assert rendered.run(*ASKED, "--no-wait").code == 0
    new, ours = entry(rendered)["translation_id"], rendered.lockfile.read_text()
    (rendered.folder / "base").write_text(base)
    (rendered.folder / "theirs").write_text(json.dumps(theirs))
    merging = ("lock", "merge", "--ours", "localize.lock", "--base", "base", "--theirs", "theirs")
    for lost in (False, True):
        rendered.lockfile.write_text(ours)
        if lost:
            rendered.lockfile.unlink()
        else:
            assert rendered.run(*merging).code == 0
            assert entry(rendered)["translation_id"] == old
        assert rendered.run("apply", "--yes").code == 0
        assert entry(rendered)["translation_id"] == new
    rendered.run("prune", "--yes")
    assert new not in {job.id for job in sandbox.jobs() if job.deleted}
    assert creates(sandbox) == 3
    assert settled(rendered)


def test_another_target_of_the_content_is_not_paid_for_within_the_day(
    sandbox: Sandbox, workspace: Workspace
) -> None:
    workspace.write(
        "version: 1\nproject: test\nlanguages: [ja]\nvideos:\n"
        "  alpha: {source: 'https://cdn.example.com/a.mp4'}\n"
        "  beta: {source: 'https://cdn.example.com/a.mp4'}\n"
    )
    assert workspace.run("apply", "--yes").code == 0
    assert workspace.run(*ASKED, "--target", "alpha/ja").code == 0
    for _ in range(2):
        assert workspace.run("apply", "--yes", "--replace", "beta/ja").code == 0
    assert creates(sandbox) == 2
    workspace.write(
        workspace.manifest.read_text().replace(
            "  alpha: {source: 'https://cdn.example.com/a.mp4'}\n", ""
        )
    )
    assert workspace.run("forget", "alpha/ja").code == 0
    workspace.run("prune", "--yes")
    assert settled(workspace)
    assert creates(sandbox) == 2


def test_a_change_and_back_keeps_the_new_one(sandbox: Sandbox, rendered: Workspace) -> None:
    plain = rendered.manifest.read_text()
    assert rendered.run(*ASKED).code == 0
    new = entry(rendered)["translation_id"]
    rendered.write(plain.replace("alpha.mp4'", "alpha.mp4', revision: 2"))
    assert rendered.run("apply", "--yes").code == 0
    rendered.write(plain)
    assert rendered.run("apply", "--yes").code == 0
    assert entry(rendered)["translation_id"] == new
    rendered.run("prune", "--yes")
    assert settled(rendered)
    assert entry(rendered)["translation_id"] == new


def test_a_lost_answer_is_asked_for_under_the_same_key(
    sandbox: Sandbox, rendered: Workspace
) -> None:
    sandbox.set_faults("drop_after=1 on POST times 1")
    ran = rendered.run(*ASKED)
    assert ran.code == 0, ran.err
    assert sum(not job.deleted for job in sandbox.jobs()) == 3
    assert settled(rendered)


def test_where_the_new_one_fails_the_old_one_stands(sandbox: Sandbox, rendered: Workspace) -> None:
    first = entry(rendered)["translation_id"]
    sandbox.set_faults("fail_job=1:no_sound on POST times 1")
    ran = rendered.run(*ASKED)
    assert ran.code == 1
    told = "the earlier video stays; localize apply --replace alpha/ja tries it again"
    assert told in ran.out
    sandbox.set_faults()
    assert rendered.run(*ASKED).code == 0  # the failed one was not charged, and is tried again
    assert entry(rendered)["translation_id"] != first
    assert creates(sandbox) == 4
    assert settled(rendered)


def test_the_old_one_again_after_a_failure(sandbox: Sandbox, rendered: Workspace) -> None:
    first = entry(rendered)["translation_id"]
    sandbox.set_faults("fail_job=1:no_sound on POST times 1")
    assert rendered.run(*ASKED).code == 1
    assert rendered.run("apply", "--yes").code == 0
    assert entry(rendered)["translation_id"] == first
    assert creates(sandbox) == 3
    assert settled(rendered)


def test_prune_takes_the_old_one(sandbox: Sandbox, rendered: Workspace) -> None:
    first = entry(rendered)["translation_id"]
    assert rendered.run(*ASKED).code == 0
    new = entry(rendered)["translation_id"]
    assert rendered.run("prune", "--yes").out == "Deleted 1 of 1 job\n"
    assert {job.id for job in sandbox.jobs() if job.deleted} == {first}
    assert entry(rendered)["translation_id"] == new
    assert settled(rendered)


def test_those_that_share_the_content_take_the_new_one_too(
    sandbox: Sandbox, clock: FakeClock, workspace: Workspace
) -> None:
    workspace.write(
        "version: 1\nproject: test\nlanguages: [ja]\nvideos:\n"
        "  alpha: {source: 'https://cdn.example.com/a.mp4'}\n"
        "  beta: {source: 'https://cdn.example.com/a.mp4'}\n"
    )
    assert workspace.run("apply", "--yes").code == 0
    assert workspace.run(*ASKED).code == 0
    assert entry(workspace)["translation_id"] == entry(workspace, "beta/ja")["translation_id"]
    assert creates(sandbox) == 2
    assert settled(workspace)
    clock.sleep(86_400)
    assert workspace.run(*ASKED, "--target", "alpha/ja").code == 0
    assert creates(sandbox) == 3
    assert workspace.run("apply").code == 0
    assert entry(workspace)["translation_id"] == entry(workspace, "beta/ja")["translation_id"]
    assert settled(workspace)


def test_a_saved_plan_replaces_the_job_that_it_shows_and_no_other(
    sandbox: Sandbox, clock: FakeClock, rendered: Workspace
) -> None:
    assert rendered.run("plan", "--replace", "alpha/ja", "--out", "plan.json").code == 0
    assert json.loads((rendered.folder / "plan.json").read_text())["replace"] == ["alpha/ja"]
    assert rendered.run("apply", "plan.json").code == 0
    assert creates(sandbox) == 3
    clock.sleep(2 * 86_400)
    late = rendered.run("apply", "plan.json")
    assert creates(sandbox) == 3, late.err


@pytest.mark.parametrize(
    ("address", "extra", "why"),
    [
        ("alpha/de", "", "is not a target of the manifest"),
        ("alpha/ja", "defaults: {skip: not now}", "is skipped by the manifest"),
        ("alpha/ja", "defaults: {proofread: true}", "is rendered from a text that people review"),
    ],
)
def test_what_cannot_be_replaced_is_refused(
    sandbox: Sandbox, rendered: Workspace, address: str, extra: str, why: str
) -> None:
    rendered.write_videos("alpha", languages=("fr-FR", "ja"), extra=extra)
    ran = rendered.run("apply", "--yes", "--replace", address)
    assert (ran.code, creates(sandbox)) == (2, 2)
    assert f"--replace: {address} {why}" in ran.err


def test_a_lockfile_that_lags_is_brought_up_to_date_before_anything_is_replaced(
    sandbox: Sandbox, clock: FakeClock, rendered: Workspace
) -> None:
    assert rendered.run(*ASKED).code == 0
    clock.sleep(3 * 86_400)
    rendered.lockfile.unlink()
    told = " ".join(rendered.run("plan", "--replace", "alpha/ja").err.split())
    assert "is not ordered anew: the lockfile is brought up to date first" in told
