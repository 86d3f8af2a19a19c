"""`localize proofread approve`: a text's hash in the lockfile, and nothing else."""

from __future__ import annotations

import hashlib
import json

import pytest
from desk_scene import ES, JA, WORDS, Scene, srt
from msgspec.structs import replace
from repositories import Repository, generated
from workspaces import Workspace

from heygen_localize.project.process_lock import only_one
from heygen_localize.sandbox import Sandbox

MACHINE = srt(*WORDS)
EDITED = srt("Hola, HeyGen", *WORDS[1:])
SHIFTED = srt(*WORDS, shift=40)


@pytest.fixture
def scene(workspace: Workspace) -> Scene:
    scene = Scene(workspace)
    for address in (ES, JA):
        scene.session(MACHINE, address)
    scene.text(EDITED)
    return scene


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_a_text_is_approved_as_it_stands(scene: Scene) -> None:
    before = scene.workspace.lock()
    ran = scene.run("proofread", "approve", ES)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == (
        f"intro/es-MX: approved (subtitles/intro/es-MX.srt, SHA-256 {digest(EDITED)[:12]}…)\n"
    )
    after = scene.workspace.lock()
    assert after.pop("approvals") == {ES: digest(EDITED)}
    assert after == before

    content = scene.workspace.lockfile.read_bytes()
    ran = scene.run("proofread", "approve", ES)
    assert ran.code == 0
    assert "was approved already" in ran.out
    assert scene.workspace.lockfile.read_bytes() == content

    scene.text(MACHINE)
    assert scene.stage() == "in_review"
    assert "intro/es-MX: approved" in scene.run("proofread", "approve", ES).out
    assert scene.workspace.lock()["approvals"] == {ES: digest(MACHINE)}


def test_globs_and_all(scene: Scene) -> None:
    ran = scene.run("proofread", "approve", "--all", "--format", "json")
    assert ran.code == 0
    assert ran.err == "intro/ja has no text yet.\n"
    report = ran.json()
    assert report["without_text"] == [JA]
    (item,) = report["approved"]
    assert item == {
        "address": ES,
        "path": "subtitles/intro/es-MX.srt",
        "sha256": digest(EDITED),
        "fresh": True,
    }
    scene.text(MACHINE, JA)
    assert scene.run("proofread", "approve", "*/ja").code == 0
    assert set(scene.workspace.lock()["approvals"]) == {ES, JA}


@pytest.mark.parametrize("arguments", [(), ("--all", ES)])
def test_what_to_approve_is_said(scene: Scene, arguments: tuple[str, ...]) -> None:
    ran = scene.run("proofread", "approve", *arguments)
    assert ran.code == 2
    assert "name addresses or use --all" in ran.err


def test_texts_with_mistakes_are_refused_all_at_once(scene: Scene) -> None:
    scene.text(SHIFTED)
    scene.text(b"nothing", JA)
    before = scene.workspace.lockfile.read_bytes()
    ran = scene.run("proofread", "approve", "--all")
    assert (ran.code, ran.out) == (2, "")
    for line in (2, 6, 10):
        assert f"subtitles/intro/es-MX.srt:{line}: cue" in ran.err
    assert "subtitles/intro/ja.srt" in ran.err
    scene.text(EDITED)
    assert scene.run("proofread", "approve", "--all").code == 2
    assert scene.workspace.lockfile.read_bytes() == before


def test_other_times_are_refused_where_only_the_lock_knows_them(scene: Scene) -> None:
    scene.text(SHIFTED)
    scene.forget()
    ran = scene.run("proofread", "approve", ES)
    assert ran.code == 2
    assert "localize proofread fix-times intro/es-MX restores them" in ran.err


def test_what_is_not_there(scene: Scene) -> None:
    ran = scene.run("proofread", "approve", JA)
    assert ran.code == 2
    assert "intro/ja has no text to approve: subtitles/intro/ja.srt is not there" in ran.err
    assert scene.run("proofread", "approve", "*/ja").out == "nothing to approve\n"
    assert scene.run("proofread", "approve", "intro/de").code == 2
    assert "approvals" not in scene.workspace.lock()


def test_a_lockfile_is_made_where_there_is_none(scene: Scene) -> None:
    scene.workspace.lockfile.unlink()
    assert scene.run("proofread", "approve", ES).code == 0
    assert scene.workspace.lock()["approvals"] == {ES: digest(EDITED)}


def test_an_unresolved_merge_is_left_alone(scene: Scene) -> None:
    text = scene.workspace.lockfile.read_text()
    conflict = f"<<<<<<< ours\n{text}=======\n{text}>>>>>>> theirs\n"
    scene.workspace.lockfile.write_text(conflict)
    ran = scene.run("proofread", "approve", ES)
    assert ran.code == 2
    assert "merge conflict" in ran.err
    assert scene.workspace.lockfile.read_text() == conflict


def test_sessions_of_renamed_videos_stay_where_they_are_written(scene: Scene) -> None:
    lock = scene.lock
    sessions = {"old/es-MX": lock.sessions[ES], JA: lock.sessions[JA]}
    scene.write_lock(replace(lock, sessions=sessions))
    assert scene.run("proofread", "approve", ES).code == 0
    assert set(scene.workspace.lock()["proofreads"]) == {"old/es-MX", JA}


def test_not_while_another_writes_the_lockfile(scene: Scene) -> None:
    with only_one(scene.workspace.manifest):
        ran = scene.run("proofread", "approve", ES)
    assert ran.code == 2
    assert "another localize applies" in ran.err


def test_without_a_manifest_nothing_is_made(workspace: Workspace) -> None:
    assert workspace.run("proofread", "approve", "--all").code == 2
    assert not list(workspace.folder.iterdir())


def test_apply_renders_what_was_approved_outside_of_git(
    workspace: Workspace, sandbox: Sandbox
) -> None:
    workspace.use(sandbox)
    Scene(workspace)
    assert workspace.run("apply", "--yes", "--target", ES).code == 0
    path = workspace.folder / "subtitles/intro/es-MX.srt"
    path.write_text(path.read_text().replace("[Spanish (Mexico)]", "Hola:", 1))
    assert workspace.run("proofread", "approve", ES).code == 0
    ran = workspace.run("apply", "--yes", "--target", ES)
    assert ran.code == 0, ran.err
    assert generated(sandbox) == 1
    (job,) = sandbox.jobs()
    assert job.body["srt_sha256"] == digest(path.read_bytes())
    ran = workspace.run("proofread", "status", "--target", ES, "--format", "json")
    assert json.loads(ran.out)["targets"][0]["stage"] == "completed"


def test_git_makes_no_explicit_approval(scene: Scene, workspace: Workspace) -> None:
    Repository(workspace).commit()
    assert scene.stage() == "in_review"
    scene.approve()
    assert scene.stage() == "approved"
