"""`localize proofread status`: each stage, and all that is wrong with a text."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from desk_scene import ES, JA, SOURCE, WORDS, Scene, srt
from repositories import Repository
from workspaces import Workspace

from heygen_localize.subtitles import cues_digest, read

MACHINE = srt(*WORDS)
EDITED = srt("Hola, HeyGen", *WORDS[1:])
SHIFTED = srt(*WORDS, shift=40)


@pytest.fixture
def scene(workspace: Workspace) -> Scene:
    return Scene(workspace)


def approved(scene: Scene) -> None:
    scene.session(MACHINE)
    scene.text(EDITED)
    scene.approve()


def uploaded(scene: Scene) -> None:
    approved(scene)
    scene.session(MACHINE, uploaded=scene.lock.approvals[ES])


def expired(scene: Scene) -> None:
    scene.text(EDITED)
    scene.approve()


def ordered(status: str) -> Callable[[Scene], None]:
    def order(scene: Scene) -> None:
        uploaded(scene)
        scene.job(status)

    return order


def shifted(scene: Scene, kept: bool = True) -> None:
    scene.session(MACHINE, kept=kept)
    scene.text(SHIFTED)


def re_review(scene: Scene) -> None:
    scene.text(EDITED)
    scene.approve()
    scene.session(SHIFTED, earlier=cues_digest(read(MACHINE)))


STAGES: dict[str, tuple[str, Callable[[Scene], object]]] = {
    "nothing yet": ("new", lambda scene: None),
    "ordered": ("processing", lambda scene: scene.session(status="processing")),
    "made, not fetched": ("ready", lambda scene: scene.session()),
    "fetched": ("in_review", lambda scene: (scene.session(MACHINE), scene.text(EDITED))),
    "times shifted": ("has_errors", shifted),
    "times shifted, text elsewhere": ("has_errors", lambda scene: shifted(scene, kept=False)),
    "other cues": ("needs_re_review", re_review),
    "approved": ("approved", approved),
    "uploaded": ("uploaded", uploaded),
    "pending": ("generating", ordered("pending")),
    "running": ("generating", ordered("running")),
    "completed": ("completed", ordered("completed")),
    "job failed": ("failed", ordered("failed")),
    "session failed": ("failed", lambda scene: scene.session(status="failed")),
    "approved without a session": ("expired", expired),
}


@pytest.mark.parametrize("name", STAGES)
def test_each_stage_has_its_word(scene: Scene, name: str) -> None:
    word, make = STAGES[name]
    make(scene)
    assert scene.stage() == word
    assert scene.stage(JA) == "new"


def test_an_edit_after_the_render_is_in_review_again(scene: Scene) -> None:
    ordered("completed")(scene)
    assert scene.stage() == "completed"
    scene.text(MACHINE)
    assert scene.stage() == "in_review"
    scene.approve()
    assert scene.stage() == "approved"


def test_what_is_wrong_is_told_by_file_and_line(scene: Scene) -> None:
    scene.source(srt(*SOURCE))
    scene.session(MACHINE)
    scene.text(SHIFTED.replace(b"El tren", b"<b>El tranvia"))
    ran = scene.run("proofread", "status")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(
        "intro/es-MX  has errors  subtitles/intro/es-MX.srt  3 mistakes, 2 warnings\n"
        "intro/ja     new         subtitles/intro/ja.srt\n\n"
        "error: subtitles/intro/es-MX.srt:2: cue 1: the times of cue 1 were changed: "
    )
    assert "\n       localize proofread fix-times intro/es-MX\n" in ran.out
    assert (
        "warning: subtitles/intro/es-MX.srt:5: 'train' must be 'tren' in cue 2\n"
        "warning: subtitles/intro/es-MX.srt:7: cue 2: <b> is not closed\n" in ran.out
    )
    assert ran.out.endswith("\n\n1 new, 1 has errors\n")

    (spanish, _) = scene.run("proofread", "status", "--format", "json").json()["targets"]
    assert [item["where"]["line"] for item in spanish["mistakes"]] == [2, 6, 10]
    (term,) = spanish["terms"]
    assert (term["cue"], term["line"], term["required"]) == (2, 5, "tren")

    markdown = scene.run("proofread", "status", "--format", "markdown").out
    assert "| `intro/es-MX` | has errors | subtitles/intro/es-MX.srt | 3 mistakes, 2" in markdown
    assert "| warning | subtitles/intro/es-MX.srt:7 | cue 2: \\<b\\> is not closed |  |" in markdown


def test_without_the_vendors_text_the_lock_knows_its_times(scene: Scene) -> None:
    shifted(scene, kept=False)
    out = scene.run("proofread", "status").out
    assert "error: subtitles/intro/es-MX.srt: has other cues or times than HeyGen's" in out
    re_review(scene)
    scene.forget()
    out = scene.run("proofread", "status").out
    assert "error: subtitles/intro/es-MX.srt: HeyGen's new session has other cues" in out


def test_hints_of_a_text_never_steer_a_terminal(scene: Scene) -> None:
    scene.text(b"1\n00:00:01,000 --> \x1b[31m\nx\n")
    ran = scene.run("proofread", "status")
    assert "intro/es-MX  has errors" in ran.out
    assert "\x1b" not in ran.out


def test_places_are_named_as_the_manifest_was(scene: Scene) -> None:
    shifted(scene)
    below = scene.folder / "below"
    below.mkdir()
    for name in ("localize.yaml", "localize.lock", "subtitles", ".localize"):
        (scene.folder / name).rename(below / name)
    out = scene.run("proofread", "status", "-f", "below/localize.yaml").out
    assert "error: below/subtitles/intro/es-MX.srt:2: cue 1" in out


def test_skipped_targets_are_not_listed(scene: Scene) -> None:
    text = scene.workspace.manifest.read_text()
    scene.workspace.write(text.replace("duration: 60", "duration: 60, skip: later"))
    assert scene.run("proofread", "status").out == "no targets under review\n"
    assert "no targets" in scene.run("proofread", "status", "--format", "markdown").out


def test_addresses_that_fit_none(scene: Scene) -> None:
    ran = scene.run("proofread", "status", "--target", "intro/es-MY")
    assert ran.code == 2
    assert "did you mean intro/es-MX" in ran.err
    assert scene.run("proofread", "status", "--target", "nothing").code == 2
    text = scene.workspace.manifest.read_text()
    scene.workspace.write(text.replace("{proofread: {approval: explicit}}", "{}"))
    ran = scene.run("proofread", "status", "--target", ES)
    assert ran.code == 2
    assert "fits no target with proofread" in ran.err
    assert scene.run("proofread", "status").out == "no targets under review\n"


def test_a_commit_approves_where_git_does(scene: Scene, workspace: Workspace) -> None:
    workspace.write(workspace.manifest.read_text().replace("approval: explicit", "approval: git"))
    scene.session(MACHINE)
    scene.text(EDITED)
    assert scene.stage() == "in_review"
    repository = Repository(workspace)
    assert scene.stage() == "in_review"
    repository.commit()
    assert scene.stage() == "approved"
    scene.text(MACHINE)
    assert scene.stage() == "in_review"


SUBCOMMANDS = ("status", "diff", "approve", "fix-times", "export", "import")


@pytest.mark.parametrize("name", SUBCOMMANDS)
def test_every_subcommand_has_examples(workspace: Workspace, name: str) -> None:
    ran = workspace.run("proofread", name, "--help")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(f"Usage: localize proofread {name} [OPTIONS]")
    _, _, rest = ran.out.partition("  Example")
    examples = rest.split("\n\n")[0].splitlines()[1:]
    assert examples
    assert all(line.startswith(f"    localize proofread {name}") for line in examples)
    assert "--format" in ran.out
    assert "--quiet" in ran.out


def test_the_help_lists_them_all(workspace: Workspace) -> None:
    out = workspace.run("proofread", "--help").out
    assert all(f"\n  {name} " in out for name in SUBCOMMANDS)
