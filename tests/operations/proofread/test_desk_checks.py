"""Subtitles in `localize validate` and `localize status`, and `--fail-if-incomplete`."""

from __future__ import annotations

import pytest
from desk_scene import ES, JA, SOURCE, WORDS, Scene, srt
from msgspec.structs import replace
from workspaces import Workspace

from heygen_localize.sandbox import Sandbox

MACHINE = srt(*WORDS)
SHIFTED = srt(*WORDS, shift=40)


@pytest.fixture
def scene(workspace: Workspace) -> Scene:
    return Scene(workspace)


def standing(scene: Scene, address: str = ES) -> tuple[str, str]:
    """Give a target's word and its line of the status."""
    ran = scene.run("status", "--target", address)
    word = scene.run("status", "--target", address, "--format", "json").json()["targets"][0]
    return word["status"], ran.out.splitlines()[0]


# validate


def test_validate_refuses_texts_with_mistakes(scene: Scene) -> None:
    assert scene.run("validate").code == 0
    scene.session(MACHINE)
    scene.text(SHIFTED)
    scene.text(b"nothing", JA)
    ran = scene.run("validate")
    assert (ran.code, ran.out) == (2, "")
    assert "error: subtitles/intro/es-MX.srt:2: cue 1: the times of cue 1 were changed" in ran.err
    assert "error: subtitles/intro/ja.srt" in ran.err
    errors = scene.run("validate", "--format", "json").json()["errors"]
    assert [error["where"]["line"] for error in errors][:3] == [2, 6, 10]
    scene.text(MACHINE, JA)
    scene.forget()
    ran = scene.run("validate")
    assert ran.code == 2
    assert "subtitles/intro/es-MX.srt: has other cues or times than HeyGen's" in ran.err


def test_validate_warns_of_what_may_be_wrong(scene: Scene) -> None:
    scene.source(srt(*SOURCE))
    scene.session(MACHINE)
    scene.text(srt("<b>Hola", *WORDS[1:]))
    ran = scene.run("validate")
    assert ran.code == 0
    assert "warning: subtitles/intro/es-MX.srt:3: cue 1: <b> is not closed" in ran.err
    assert "warning: subtitles/intro/es-MX.srt:1: 'HeyGen' must stay as it is" in ran.err
    report = scene.run("validate", "--format", "json").json()
    assert {item["code"] for item in report["warnings"]} == {
        "subtitles_markup_unbalanced",
        "subtitles_term",
    }


# status


def test_targets_in_review_say_so(scene: Scene) -> None:
    assert standing(scene)[0] == "missing"
    scene.session(status="processing")
    word, line = standing(scene)
    assert word == "in_review"
    assert line.endswith("in_review  its subtitles are reviewed first: localize proofread status")
    scene.session(MACHINE)
    assert standing(scene)[0] == "in_review"
    scene.text(MACHINE)
    assert standing(scene)[0] == "in_review"
    scene.approve()
    assert standing(scene)[0] == "missing"
    assert "1 missing" in scene.run("status", "--target", ES).out
    assert "| in_review |" not in scene.run("status", "--format", "markdown").out


def test_targets_that_wait_for_no_one_are_missing(scene: Scene) -> None:
    scene.session(status="failed")
    assert standing(scene)[0] == "missing"
    scene.session(MACHINE, fingerprint="0" * 64)
    assert standing(scene)[0] == "missing"


def test_an_approved_text_that_cannot_be_rendered_is_in_review(scene: Scene) -> None:
    scene.text(MACHINE)
    scene.approve()
    scene.session(status="processing")
    assert standing(scene)[0] == "in_review"
    scene.session(SHIFTED, kept=False)
    assert standing(scene)[0] == "in_review"


def test_an_edit_after_the_render_is_told(scene: Scene) -> None:
    scene.session(MACHINE)
    scene.text(MACHINE)
    scene.approve()
    scene.job("completed")
    assert standing(scene)[1].endswith("completed  tr_1")
    assert scene.run("status", "--fail-if-incomplete", "--target", ES).code == 0
    scene.text(srt("Hola", *WORDS[1:]))
    word, line = standing(scene)
    assert word == "completed"
    assert line.endswith("tr_1  its subtitles are reviewed first: localize proofread status")
    assert scene.run("status", "--fail-if-incomplete", "--target", ES).code == 5


def test_a_skipped_target_waits_for_no_review(scene: Scene) -> None:
    scene.session(MACHINE)
    scene.text(MACHINE)
    text = scene.workspace.manifest.read_text()
    scene.workspace.write(text.replace("duration: 60", "duration: 60, skip: later"))
    assert standing(scene)[0] == "skipped"


# --fail-if-incomplete


def test_status_fails_until_all_that_is_wanted_is_there(
    sandbox: Sandbox, workspace: Workspace
) -> None:
    workspace.use(sandbox)
    workspace.write_videos("intro", languages=("es-MX", "ja"))
    assert workspace.run("status").code == 0
    assert workspace.run("status", "--fail-if-incomplete").code == 5
    assert workspace.run("apply", "--yes", "--target", "*/ja").code == 0
    assert workspace.run("status", "--fail-if-incomplete").code == 5
    assert workspace.run("status", "--fail-if-incomplete", "--target", "*/ja").code == 0
    assert workspace.run("apply", "--yes").code == 0
    for form in ("text", "json", "markdown"):
        assert workspace.run("status", "--fail-if-incomplete", "--format", form).code == 0

    whole = workspace.manifest.read_text()
    workspace.write(whole.replace("{source", "{revision: 2, source"))
    assert workspace.run("status", "--fail-if-incomplete").code == 5
    # What is not wanted need not be there: neither an orphan, nor what is skipped.
    workspace.write(whole.replace("es-MX, ", ""))
    assert workspace.run("status", "--fail-if-incomplete").code == 0
    workspace.write(whole.replace("{source", "{skip: later, source"))
    assert workspace.run("status", "--fail-if-incomplete").code == 0


def test_a_failed_job_is_incomplete_unless_it_is_skipped(scene: Scene) -> None:
    scene.job("failed")
    lock = scene.lock
    scene.write_lock(replace(lock, entries={ES: lock.entries[ES], JA: lock.entries[ES]}))
    assert scene.run("status", "--fail-if-incomplete").code == 5
    text = scene.workspace.manifest.read_text()
    scene.workspace.write(text.replace("duration: 60", "duration: 60, skip: later"))
    assert scene.run("status", "--fail-if-incomplete").code == 0
