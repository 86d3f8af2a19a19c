"""Reviewed text that nobody means, by way of the command line; and what the vendor gets of it."""

from __future__ import annotations

import hashlib

import pytest
from desk_scene import ES, WORDS, Scene, srt
from media_samples import LFS_POINTER, mp4
from repositories import Repository, generated
from workspaces import Workspace, creates

from heygen_localize.sandbox import Sandbox

MACHINE = srt(*WORDS)
CONFLICT = "<<<<<<< HEAD\nHola a HeyGen\n=======\nBuenas a HeyGen\n>>>>>>> topic"
PATH = "subtitles/intro/es-MX.srt"


@pytest.fixture
def scene(workspace: Workspace) -> Scene:
    scene = Scene(workspace)
    scene.session(MACHINE)
    return scene


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (srt(CONFLICT, *WORDS[1:]), f"{PATH}:3: cue 1: git's conflict markers"),
        (srt(WORDS[0], "El\0 tren", WORDS[2]), f"{PATH}:7: cue 2: U+0000 NULL is no text"),
        (srt(WORDS[0], "El\x0btren", WORDS[2]), f"{PATH}:7: cue 2: U+000B LINE TABULATION"),
        (srt(WORDS[0], "El tr\ufffdn", WORDS[2]), f"{PATH}:7: cue 2: U+FFFD REPLACEMENT"),
        (LFS_POINTER, f"{PATH}:1: this is a Git LFS pointer"),
    ],
    ids=["conflict", "null", "vertical tab", "lost letter", "LFS pointer"],
)
def test_it_is_refused_by_all_that_could_lead_to_a_render(
    scene: Scene, content: bytes, told: str
) -> None:
    scene.text(content)
    for command in (("validate",), ("proofread", "approve", ES)):
        ran = scene.run(*command)
        assert (ran.code, ran.out) == (2, "")
        assert f"error: {told}" in ran.err
        assert "ADDRESS" not in ran.err
    assert scene.stage() == "has_errors"
    assert not scene.lock.approvals
    fixed = scene.run("proofread", "fix-times", ES)
    assert scene.path().read_bytes() == content or scene.stage() == "has_errors", fixed.out


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (MACHINE.replace(b"\n\n2\n", "\n\n\ufeff2\n".encode()), f"{PATH}:5: cue 2: U+FEFF"),
        (MACHINE.replace(b"\n00:00:02", "\n\u200f00:00:02".encode()), f"{PATH}:6: cue 2: U+200F"),
        (MACHINE.replace(b"\n\n2\n", b"\n2\n"), f"{PATH}:4: cue 2: no empty line parts"),
        (MACHINE.replace(b"\n\n2\n", b"\n \n2\n"), f"{PATH}:5: cue 2: a line of spaces"),
    ],
    ids=["mark in the middle", "mark in times", "no blank line", "spaces"],
)
def test_what_is_certain_is_told_and_mended(scene: Scene, content: bytes, told: str) -> None:
    scene.text(content)
    ran = scene.run("validate")
    assert ran.code == 0, ran.err
    assert f"warning: {told}" in ran.err
    assert f"localize proofread fix-times {ES}" in ran.err
    assert "ADDRESS" not in ran.err
    assert scene.run("proofread", "fix-times", ES).code == 0
    assert scene.path().read_bytes() == MACHINE
    assert f"{PATH}:" not in scene.run("validate").err


def test_a_conflict_that_is_committed_is_never_rendered(
    repository: Repository, workspace: Workspace, sandbox: Sandbox
) -> None:
    repository.apply()
    first = repository.text().read_text().split("\n")[2]
    repository.edit(first, f"<<<<<<< HEAD\n{first}\n=======\nOtra\n>>>>>>> topic")
    repository.commit()
    ran = workspace.run("plan")
    assert "blocked" in ran.out
    assert "conflict" in ran.out
    repository.apply("--target", ES, code=1)
    assert generated(sandbox) == 0


def test_the_vendor_gets_reviewed_text_in_one_form(
    repository: Repository, workspace: Workspace, sandbox: Sandbox
) -> None:
    repository.apply()
    good = repository.text().read_bytes()
    loose = good.replace(b"\n\n2\n", "\n \n\ufeff2\n".encode()).rstrip(b"\n")
    repository.text().write_bytes(b"\xef\xbb\xbf" + loose.replace(b"\n", b"\r\n"))
    repository.commit()
    repository.apply()
    job = next(job for job in sandbox.jobs() if job.language.startswith("Spanish"))
    assert job.body["srt_sha256"] == hashlib.sha256(good).hexdigest()
    # Its fingerprint, and all that stands for it, is of the text as people wrote it.
    session = workspace.lock()["proofreads"][ES]
    assert session["uploaded"] == hashlib.sha256(loose).hexdigest()
    assert hashlib.sha256(good).hexdigest() in workspace.lock()["assets"]
    lock = workspace.lockfile.read_bytes()
    assert workspace.run("apply", "--yes").out.startswith("Nothing to do")
    assert workspace.lockfile.read_bytes() == lock


def test_the_vendor_gets_given_subtitles_in_one_form(
    workspace: Workspace, sandbox: Sandbox
) -> None:
    workspace.use(sandbox)
    good, loose = srt("Hola", "Adiós"), srt("Hola", "Adiós").replace(b"\n\n2", b"\n2")
    (workspace.folder / "a.mp4").write_bytes(mp4())
    (workspace.folder / "a.srt").write_bytes(loose.decode().encode("utf-16"))
    workspace.write(
        "version: 1\nproject: test\nlanguages: [ja]\n"
        "videos: {a: {source: a.mp4, srt: a.srt, srt_role: input}}\n"
    )
    assert workspace.run("apply", "--yes").code == 0
    assert hashlib.sha256(good).hexdigest() in workspace.lock()["assets"]
    assert workspace.run("apply", "--yes").out.startswith("Nothing to do")
    # Another way to write the same letters is the same text, and what was paid for stays.
    (workspace.folder / "a.srt").write_bytes(b"\xef\xbb\xbf" + loose.replace(b"\n", b"\r\n"))
    assert workspace.run("apply", "--yes").out.startswith("Nothing to do")
    assert creates(sandbox) == 1
