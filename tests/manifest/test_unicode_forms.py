"""Names that differ in Unicode form only: told as such, with what to write or to rename."""

from __future__ import annotations

import re
import shutil
import unicodedata
from pathlib import Path

import media_samples
import pytest
import yaml
from manifest_project import HEAD, Project
from workspaces import Workspace

from heygen_localize.sandbox import Sandbox
from heygen_localize.system.unicode_names import twin

NAMES = ["vidéo.mp4", "vidéos/a.mp4", "été/où/ça.mp4", "が.mp4", "한국.mp4"]


def form_of(text: str, form: str) -> str:
    return unicodedata.normalize("NFC" if form == "NFC" else "NFD", text)


def copyable(hint: str | None) -> tuple[str, str]:
    """Give the two names of a hint, as YAML reads them."""
    there, written = re.findall(r'"[^"]*"', hint or "")
    return str(yaml.safe_load(there)), str(yaml.safe_load(written))


@pytest.fixture(autouse=True)
def two_names(tmp_path: Path) -> None:
    (tmp_path / "é").touch()
    if (tmp_path / "e\u0301").exists():
        pytest.skip("this file system takes both forms for one name")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("written", "disk"), [("NFC", "NFD"), ("NFD", "NFC")])
def test_a_source_of_the_other_form(project: Project, name: str, written: str, disk: str) -> None:
    project.write(media_samples.mp4(), form_of(name, disk))
    problem = project.video_mistake(f"source: '{form_of(name, written)}'")
    assert (problem.code, problem.where.path) == ("source_missing", "videos.intro.source")
    assert "differ in Unicode form only" in (problem.hint or "")
    assert copyable(problem.hint) == (form_of(name, disk), form_of(name, written))
    # What the hint says is enough.
    there = copyable(problem.hint)[0]
    assert project.video(f"source: '{there}'").source.reference == there


@pytest.mark.parametrize("name", ["é.yaml", "vidéos/*.yaml", "vidéos/a.yaml"])
def test_an_include_of_the_other_form(project: Project, name: str) -> None:
    project.write("videos: {}\n", form_of(name.replace("*", "b"), "NFD"))
    body = f"include: ['{name}']\nlanguages: [ja]\nvideos: {{a: {{source: 'asset:x'}}}}\n"
    if "*" in name:
        (told,) = (one for one in project.body(body).warnings if one.code == "include_no_match")
    else:
        told = project.mistake(body)
    assert told.code == "include_no_match"
    assert "differ in Unicode form only" in (told.hint or "")


def test_a_manifest_of_the_other_form(project: Project) -> None:
    project.write(HEAD, form_of("vidéos.yaml", "NFD"))
    project.path = Path("vidéos.yaml")
    (problem,) = project.problems()
    assert problem.code == "manifest_missing"
    assert "differ in Unicode form only" in (problem.hint or "")


def test_a_text_of_the_other_form_is_not_paid_for_again(
    workspace: Workspace, sandbox: Sandbox
) -> None:
    workspace.use(sandbox)
    workspace.write(
        "version: 1\nproject: test\nlanguages: [ja]\n"
        "defaults: {proofread: {srt: 'révisé/{{ video.id }}.{{ language.tag }}.srt'}}\n"
        "videos: {a: {source: 'https://cdn.example.com/a.mp4', duration: 9}}\n"
    )
    assert workspace.run("apply", "--yes").code == 0
    (workspace.folder / "révisé").rename(workspace.folder / form_of("révisé", "NFD"))
    workspace.lockfile.unlink()
    shutil.rmtree(workspace.folder / ".localize")
    asked = len(sandbox.requests())
    plan = workspace.run("plan")
    assert "propose" not in plan.out
    ran = workspace.run("apply", "--yes")
    assert "differ in Unicode form only" in ran.out + ran.err
    sent = [note for note in sandbox.requests()[asked:] if note.method == "POST"]
    assert not sent
    assert "differ in Unicode form only" in workspace.run("validate").err


def test_what_is_there_or_nowhere_has_no_twin(tmp_path: Path) -> None:
    (tmp_path / "ô").mkdir()
    for name in ("é", "ô", "ô/ö", "ü", "plain"):
        assert twin(tmp_path / name) is None
