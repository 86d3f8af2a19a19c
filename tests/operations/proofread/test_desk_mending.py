"""`localize proofread fix-times`: the vendor's times, the people's words."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from desk_scene import ES, JA, WORDS, Scene, srt
from workspaces import Workspace

MACHINE = srt(*WORDS)
EDITED = srt("Hola, HeyGen", *WORDS[1:])
SHIFTED = srt("Hola, HeyGen", *WORDS[1:], shift=40)


@pytest.fixture
def scene(workspace: Workspace) -> Scene:
    scene = Scene(workspace)
    for address in (ES, JA):
        scene.session(MACHINE, address)
    return scene


def test_times_are_restored_and_words_kept(scene: Scene) -> None:
    scene.text(SHIFTED)
    assert scene.stage() == "has_errors"
    ran = scene.run("proofread", "fix-times", ES)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == "intro/es-MX: restored the times in subtitles/intro/es-MX.srt\n"
    assert scene.path().read_bytes() == EDITED
    assert scene.stage() == "in_review"

    before = scene.path().stat()
    ran = scene.run("proofread", "fix-times", "intro/es*", "--format", "json")
    assert ran.json()["targets"] == [
        {"address": ES, "path": "subtitles/intro/es-MX.srt", "changed": False}
    ]
    after = scene.path().stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert "nothing to restore in" in scene.run("proofread", "fix-times", ES).out


def test_line_ends_alone_are_no_reason_to_write(scene: Scene) -> None:
    windows = EDITED.replace(b"\n", b"\r\n")
    scene.text(windows)
    assert "nothing to restore" in scene.run("proofread", "fix-times", ES).out
    assert scene.path().read_bytes() == windows


def test_what_cannot_be_mended_is_told_by_line_and_nothing_is_written(scene: Scene) -> None:
    scene.text(srt(*WORDS[:2], shift=40))
    scene.text(SHIFTED, JA)
    ran = scene.run("proofread", "fix-times", "*")
    assert (ran.code, ran.out) == (2, "")
    assert "error: subtitles/intro/es-MX.srt:5: expected 3 cues, found 2" in ran.err
    assert scene.path(JA).read_bytes() == SHIFTED
    scene.path().unlink()
    ran = scene.run("proofread", "fix-times", "*")
    assert ran.code == 2
    assert "intro/es-MX has no text to fix: subtitles/intro/es-MX.srt is not there" in ran.err


def test_it_needs_the_vendors_text(scene: Scene) -> None:
    scene.text(SHIFTED)
    scene.forget()
    ran = scene.run("proofread", "fix-times", ES, "--format", "json")
    assert ran.code == 2
    (error,) = ran.json()["errors"]
    assert error["code"] == "machine_text_missing"
    assert error["message"].startswith("intro/es-MX: HeyGen's text is not on this machine")
    assert scene.path().read_bytes() == SHIFTED


REPORTED = {
    "byte order mark": "\ufeff2\n",
    "line of spaces": " \n2\n",
    "no empty line": "2\n",
    "direction mark": "2\n\u200f",
}


@pytest.mark.parametrize("name", REPORTED)
@pytest.mark.parametrize("made", [True, False])
def test_what_is_certain_is_mended_without_the_vendors_text(
    scene: Scene, name: str, made: bool
) -> None:
    """The times stay, right or wrong: nothing here tells."""
    if made:
        scene.forget()
    else:
        scene.workspace.lockfile.unlink()
    odd = REPORTED[name].encode()
    head = b"\n2\n" if name in ("line of spaces", "no empty line") else b"2\n"
    text = SHIFTED.replace(head, odd, 1)
    assert text != SHIFTED
    scene.text(text)
    told = scene.run("validate")
    assert "localize proofread fix-times intro/es-MX" in told.out + told.err
    ran = scene.run("proofread", "fix-times", ES)
    assert (ran.code, ran.err) == (0, "")
    assert "without HeyGen's text, which is not here, fixed all but the times" in ran.out
    assert scene.path().read_bytes() == SHIFTED
    assert "warning" not in scene.run("validate").err


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (EDITED.replace(b"Hola, HeyGen", b"<<<<<<< a\nHola\n=======\nHey\n>>>>>>> b"), "conflict"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n", "git lfs pull"),
        (b"Hola\n", "cue"),
    ],
)
def test_what_cannot_be_read_is_told_before_the_vendors_text_is_missed(
    scene: Scene, text: bytes, told: str
) -> None:
    scene.forget()
    scene.text(text)
    ran = scene.run("proofread", "fix-times", ES)
    assert ran.code == 2
    assert told in ran.err
    assert "not on this machine" not in ran.err
    assert scene.path().read_bytes() == text


def test_a_text_is_neither_read_nor_written_through_a_link(scene: Scene, tmp_path: Path) -> None:
    scene.text(SHIFTED)
    real = scene.folder / "texts.srt"
    scene.path().rename(real)
    scene.path().symlink_to(real)
    assert scene.run("proofread", "fix-times", ES).code == 2
    assert real.read_bytes() == SHIFTED

    outside = tmp_path / "outside.srt"
    outside.write_bytes(SHIFTED)
    scene.path().unlink()
    scene.path().symlink_to(outside)
    assert scene.run("proofread", "fix-times", ES).code == 2
    assert outside.read_bytes() == SHIFTED


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_takes_nothing(scene: Scene) -> None:
    scene.text(SHIFTED)
    folder = scene.path().parent
    folder.chmod(0o500)
    try:
        ran = scene.run("proofread", "fix-times", ES)
    finally:
        folder.chmod(0o700)
    assert ran.code == 2
    assert "subtitles/intro/es-MX.srt cannot be written: Permission denied" in ran.err


def test_a_disk_that_takes_nothing(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    scene.text(SHIFTED)
    monkeypatch.setattr("heygen_localize.operations.proofread.selection.write_atomically", full)
    ran = scene.run("proofread", "fix-times", ES)
    assert ran.code == 2
    assert "subtitles/intro/es-MX.srt cannot be written: No space left on device" in ran.err
    assert scene.path().read_bytes() == SHIFTED
