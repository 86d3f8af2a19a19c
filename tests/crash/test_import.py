"""`localize import`: a job entered by hand, and only where it is of that very content."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import asdict
from workspaces import Workspace, creates

from heygen_localize.project.journal import Journal
from heygen_localize.sandbox import Sandbox


@pytest.fixture
def ids(sandbox: Sandbox, workspace: Workspace) -> dict[str, str]:
    """Order three targets, and lose all memory of it; give the ids by address."""
    workspace.use(sandbox)
    workspace.write_videos("alpha")
    assert workspace.run("apply", "--yes").code == 0
    entries = workspace.lock()["targets"]
    workspace.lockfile.unlink()
    return {address: entry["translation_id"] for address, entry in entries.items()}


def test_a_job_is_entered_and_counts(
    sandbox: Sandbox, workspace: Workspace, ids: dict[str, str]
) -> None:
    ran = workspace.run("import", "alpha/ja", ids["alpha/ja"])
    assert ran.code == 0, ran.err
    assert ran.out == f"alpha/ja counts on {ids['alpha/ja']}, which is completed.\n"
    entry = workspace.lock()["targets"]["alpha/ja"]
    assert entry["translation_id"] == ids["alpha/ja"]
    assert entry["status"] == "completed"
    assert entry["outputs"]["video_url"]
    summary = workspace.run("plan", "--format", "json").json()["summary"]
    assert summary == {"adopt": 2, "none": 1}
    assert creates(sandbox) == 3


def test_what_is_entered_leaves_the_others_alone(workspace: Workspace, ids: dict[str, str]) -> None:
    for address, job_id in ids.items():
        assert workspace.run("import", address, job_id).code == 0
    entries = workspace.lock()["targets"]
    assert {address: entry["translation_id"] for address, entry in entries.items()} == ids
    assert workspace.run("plan", "--detailed-exitcode").code == 0
    before = workspace.lockfile.read_bytes()
    assert workspace.run("import", "alpha/ja", ids["alpha/ja"]).code == 0
    assert workspace.lockfile.read_bytes() == before


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("alpha/fr-FR", "bears another mark than alpha/fr-FR as it is wanted now"),
        ("alpha/de-DE", "fits no target"),
        ("gamma/ja", "fits no target"),
        ("alpha", "fits no target"),
        ("../alpha/ja", "fits no target"),
    ],
)
def test_a_job_of_something_else_is_refused(
    workspace: Workspace, ids: dict[str, str], address: str, told: str
) -> None:
    ran = workspace.run("import", address, ids["alpha/ja"])
    assert ran.code == 2
    assert told in ran.err
    assert not workspace.lockfile.exists()


def test_a_pattern_is_no_address(workspace: Workspace, ids: dict[str, str]) -> None:
    ran = workspace.run("import", "alpha/*", ids["alpha/ja"])
    assert ran.code == 2
    assert "alpha/* is not in the manifest" in ran.err
    assert not workspace.lockfile.exists()


@pytest.mark.parametrize("name", ["tr_000000000000-ja", "../../x", "a b", "x" * 5000, "?"])
def test_an_unknown_job_is_refused(workspace: Workspace, ids: dict[str, str], name: str) -> None:
    ran = workspace.run("import", "alpha/ja", name)
    assert ran.code == 2, ran.err
    assert "error: " in ran.err
    assert not workspace.lockfile.exists()


def test_a_job_made_by_hand_in_the_web_app_needs_somebodys_word(
    sandbox: Sandbox, workspace: Workspace, ids: dict[str, str]
) -> None:
    foreign = sandbox.add_foreign_job("Japanese")
    ran = workspace.run("import", "alpha/ja", foreign)
    assert ran.code == 2
    assert f"{foreign} bears no mark of this project, and there is no terminal to ask" in ran.err
    assert "job:" not in workspace.manifest.read_text()


def test_a_job_of_the_content_as_it_was_is_refused(
    workspace: Workspace, ids: dict[str, str]
) -> None:
    text = workspace.manifest.read_text()
    workspace.write(text.replace("alpha.mp4'", "alpha.mp4', mode: precision"))
    assert workspace.run("import", "alpha/ja", ids["alpha/ja"]).code == 2
    assert not workspace.lockfile.exists()


def test_importing_forgets_no_answer_of_another_target(
    start_sandbox: Callable[..., Sandbox], workspace: Workspace
) -> None:
    workspace.use(start_sandbox(render_seconds=60))
    workspace.write_videos("alpha")
    assert workspace.run("apply", "--yes", "--no-wait").code == 0
    file = workspace.folder / ".localize/localize/journal.jsonl"
    answers = Journal(file).read()
    workspace.lockfile.unlink()
    assert workspace.run("import", answers[0].address, answers[0].translation_id).code == 0
    kept = {answer.translation_id for answer in Journal(file).read()}
    assert {answer.translation_id for answer in answers[1:]} <= kept


def test_importing_loses_nothing_that_an_apply_writes_meanwhile(
    sandbox: Sandbox, workspace: Workspace, ids: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the lockfile is made from is read once nobody else may write it."""
    from heygen_localize.project import project

    only_one = project.only_one

    def another_first(manifest: Path) -> object:
        monkeypatch.setattr(project, "only_one", only_one)
        assert workspace.run("apply", "--yes").code == 0
        return only_one(manifest)

    monkeypatch.setattr(project, "only_one", another_first)
    ran = workspace.run("import", "alpha/ja", ids["alpha/ja"])
    del ran  # its output went with that of the apply
    entries = workspace.lock()["targets"]
    assert {address: entry["translation_id"] for address, entry in entries.items()} == ids


def test_importing_waits_for_no_apply(workspace: Workspace, ids: dict[str, str]) -> None:
    from heygen_localize.project.process_lock import only_one

    with only_one(workspace.manifest):
        ran = workspace.run("import", "alpha/ja", ids["alpha/ja"])
    assert ran.code == 2
    assert "another localize applies localize.yaml" in ran.err
    assert not workspace.lockfile.exists()


def test_the_journal_of_an_import_is_json_lines(workspace: Workspace, ids: dict[str, str]) -> None:
    """An import of a job that has ended leaves nothing for the journal to keep."""
    file = workspace.folder / ".localize/localize/journal.jsonl"
    assert workspace.run("import", "alpha/ja", ids["alpha/ja"]).code == 0
    assert [json.dumps(asdict(answer)) for answer in Journal(file).read()] == []
