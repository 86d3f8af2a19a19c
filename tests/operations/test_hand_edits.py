"""A lockfile edited by hand: whatever it says, nothing is paid, deleted, renamed or mixed up."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from workspaces import Workspace, creates

from heygen_localize.core.fingerprint import Mark
from heygen_localize.sandbox import Sandbox

Document = dict[str, Any]
Edit = Callable[[Document, str], None]


def other_job(document: Document, theirs: str) -> None:
    document["targets"]["alpha/es-MX"]["translation_id"] = theirs


def serving_theirs(document: Document, theirs: str) -> None:
    entry = document["targets"]["alpha/es-MX"]
    keys = ("fingerprint", "translation_id", "status")
    entry["serving"] = {name: entry[name] for name in keys} | {"translation_id": theirs}


def superseding_theirs(document: Document, theirs: str) -> None:
    document["targets"]["alpha/es-MX"]["superseded"] = [theirs]


def orphan_of_theirs(document: Document, theirs: str) -> None:
    entry = dict(document["targets"]["alpha/es-MX"])
    document["targets"]["old/es-MX"] = entry | {"translation_id": theirs}


def french(document: Document, _: str) -> None:
    document["targets"]["alpha/es-MX"]["language"] = "French"


def other_fingerprint(document: Document, _: str) -> None:
    document["targets"]["alpha/es-MX"]["fingerprint"] = "0" * 64


def failed(document: Document, _: str) -> None:
    document["targets"]["alpha/es-MX"] |= {"status": "failed", "attempts": 10**40}


def numbers(document: Document, _: str) -> None:
    document["targets"]["alpha/es-MX"] |= {"created_at": 10**40, "duration": 1e300}
    document["targets"]["alpha/es-MX"]["outputs"]["expires_at"] = 10**40


def swapped(document: Document, _: str) -> None:
    one, two = (document["targets"][name] for name in ("alpha/es-MX", "beta/es-MX"))
    one["translation_id"], two["translation_id"] = two["translation_id"], one["translation_id"]


def deleted(document: Document, theirs: str) -> None:
    entries = document["targets"].values()
    document["deleted"] = {entry["translation_id"]: 10**9 for entry in entries} | {theirs: 1}


EDITS: tuple[Edit, ...] = (
    other_job,
    serving_theirs,
    superseding_theirs,
    orphan_of_theirs,
    french,
    other_fingerprint,
    failed,
    numbers,
    swapped,
    deleted,
)


@pytest.fixture
def world(sandbox: Sandbox, workspace: Workspace) -> str:
    """Render two videos; give the id of another project's job of the same content."""
    workspace.use(sandbox)
    workspace.write_videos("alpha", "beta", languages=("es-MX",))
    assert workspace.run("apply", "--yes").code == 0
    digest = workspace.lock()["targets"]["alpha/es-MX"]["fingerprint"]
    theirs = sandbox.add_foreign_job(
        "Spanish (Mexico)", callback_id=str(Mark.of("victims", digest))
    )
    sandbox.advance(10)
    return theirs


@pytest.mark.few(5)
@pytest.mark.parametrize("edit", EDITS)
def test_no_edit_does_harm(sandbox: Sandbox, workspace: Workspace, world: str, edit: Edit) -> None:
    before = {name: entry["translation_id"] for name, entry in workspace.lock()["targets"].items()}
    jobs = {job.id: job for job in sandbox.jobs()}
    document = workspace.lock()
    edit(document, world)
    workspace.lockfile.write_text(json.dumps(document))
    for command in (("plan",), ("status",), ("apply", "--yes"), ("refresh",), ("prune", "--yes")):
        ran = workspace.run(*command)
        assert ran.code == 0, (command, ran.err)
    assert creates(sandbox) == 2, "nothing was ordered"
    assert {job.id: job for job in sandbox.jobs()} == jobs, "nothing was renamed or deleted"
    after = workspace.lock()["targets"]
    wanted = {name: after[name]["translation_id"] for name in before}
    assert wanted == before
    assert after["alpha/es-MX"]["language"] == "Spanish (Mexico)"
    assert workspace.run("plan", "--detailed-exitcode").code == 0


def test_a_language_that_does_not_fit_its_tag_is_told_and_never_ordered(
    sandbox: Sandbox, workspace: Workspace, world: str
) -> None:
    document = workspace.lock()
    french(document, world)
    workspace.lockfile.write_text(json.dumps(document))
    workspace.write_videos("alpha", "beta", "gamma", languages=("es-MX",))
    ran = workspace.run("apply", "--yes")
    assert ran.code == 0
    assert "expected the language Spanish (Mexico) at alpha/es-MX, found" in ran.err
    assert {job.body["output_languages"][0] for job in sandbox.jobs() if job.id != world} == {
        "Spanish (Mexico)"
    }


def test_a_job_of_another_project_is_not_pulled(
    sandbox: Sandbox, workspace: Workspace, world: str
) -> None:
    outputs = "outputs: {video: 'out/{{ video.id }}.mp4'}"
    workspace.write_videos("alpha", "beta", languages=("es-MX",), extra=outputs)
    document = workspace.lock()
    other_job(document, world)
    del document["targets"]["alpha/es-MX"]["outputs"]
    workspace.lockfile.write_text(json.dumps(document))
    ran = workspace.run("pull")
    assert ran.code != 0
    assert "another project" in ran.out + ran.err
    assert not (workspace.folder / "out" / "alpha.mp4").exists()
    assert (workspace.folder / "out" / "beta.mp4").exists()


@pytest.mark.few(12)
@pytest.mark.parametrize(
    "word", ["statuses", "languages", "Proofreads", "batches", ".", "..", "x/y"]
)
@pytest.mark.parametrize(
    "field", ["translation_id", "serving", "superseded", "assets", "proofreads"]
)
def test_an_id_that_is_none_is_told_before_anybody_is_asked(
    sandbox: Sandbox, workspace: Workspace, world: str, word: str, field: str
) -> None:
    document = workspace.lock()
    entry = document["targets"]["alpha/es-MX"]
    if field == "translation_id":
        entry[field] = word
    elif field == "serving":
        serving_theirs(document, word)
    elif field == "superseded":
        entry[field] = [word]
    elif field == "assets":
        document[field] = {"a" * 64: word}
    else:
        session = {"attempts": 1, "fingerprint": "a" * 64, "status": "completed"}
        document[field] = {"alpha/es-MX": session | {"proofread_id": word}}
    workspace.lockfile.write_text(json.dumps(document))
    asked = len(sandbox.requests())
    began = time.monotonic()
    for command in (("plan",), ("prune", "--yes"), ("status",)):
        ran = workspace.run(*command)
        assert ran.code == 2
        assert "the lockfile is damaged" in ran.err
    assert time.monotonic() - began < 5
    routes = [note.route for note in sandbox.requests()[asked:]]
    assert not [route for route in routes if route != "/v3/video-translations/languages"]


def test_a_session_under_two_contents_is_believed_of_neither_and_text_goes_to_none(
    sandbox: Sandbox, workspace: Workspace
) -> None:
    workspace.use(sandbox)
    workspace.write_videos("alpha", "beta", languages=("ja",), extra="defaults: {proofread: true}")
    assert workspace.run("apply", "--yes").code == 0
    assert workspace.run("proofread", "approve", "--all").code == 0
    document = workspace.lock()
    one, two = (document["proofreads"][name] for name in ("alpha/ja", "beta/ja"))
    right = {two["proofread_id"]: "beta", one["proofread_id"]: "alpha"}
    two["proofread_id"] = one["proofread_id"]
    workspace.lockfile.write_text(json.dumps(document))
    assert workspace.run("apply", "--yes").code == 0
    renders = [note for note in sandbox.requests() if note.route.endswith("/generate")]
    assert len(renders) == 2
    assert len(sandbox.proofreads()) == 2, "the order's key brought the very sessions back"
    held = workspace.lock()["proofreads"]
    assert {session["proofread_id"]: name.split("/")[0] for name, session in held.items()} == right


def test_two_manifests_of_one_lockfile_are_refused_by_every_command(
    sandbox: Sandbox, workspace: Workspace, world: str
) -> None:
    (workspace.folder / "Localize.yml").write_text(workspace.manifest.read_text())
    commands = [
        ("validate",),
        ("plan",),
        ("plan", "--offline"),
        ("apply", "--yes"),
        ("status",),
        ("refresh",),
        ("pull",),
        ("prune", "--yes"),
        ("forget", "x/y"),
        ("import", "alpha/es-MX", world),
        ("report", "--html", "out.html"),
        ("proofread", "status"),
        ("proofread", "approve", "--all"),
    ]
    for command in commands:
        ran = workspace.run(*command)
        assert ran.code == 2, command
        assert "localize.yaml and Localize.yml share the lockfile localize.lock" in ran.err, command
    assert workspace.run("apply", "--yes", "-f", "Localize.yml").code == 2
    assert workspace.run("plan", "-f", "localize.lock").code == 2
    assert creates(sandbox) == 2
    workspace.manifest.unlink()
    ran = workspace.run("init", "--project", "x", "--video", "https://cdn.example.com/a.mp4")
    assert "Localize.yml share the lockfile" in ran.err
