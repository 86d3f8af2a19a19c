"""Where `localize pull` does not write, and whom it does not ask."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from pull_scene import FILMS, Scene

unix = pytest.mark.skipif(os.name == "nt", reason="links and pipes need rights there")


@pytest.fixture
def rendered(scene: Scene) -> Scene:
    scene.render("alpha", languages=("ja", "fr-FR"))
    return scene


def refused(scene: Scene, *arguments: str) -> list[Any]:
    """Pull, which must be refused before any byte; give the problems."""
    before = scene.count()
    ran = scene.pull("--format", "json", *arguments)
    assert ran.code == 2
    assert scene.count() == before
    assert scene.pull("--check").code == 2
    problems: list[Any] = ran.json()["errors"]
    return problems


def outside(scene: Scene) -> Path:
    folder = scene.workspace.folder.parent / "outside"
    folder.mkdir()
    return folder


@unix
def test_a_folder_that_leads_out(rendered: Scene) -> None:
    other = outside(rendered)
    rendered.path("localized").symlink_to(other)
    problems = refused(rendered)
    assert [problem["code"] for problem in problems] == ["output_leaves_folder"] * 2
    assert "alpha/fr-FR (video): 'localized/alpha/fr-FR.mp4'" in problems[0]["message"]
    assert problems[0]["where"]["line"]
    assert not list(other.iterdir())


@unix
def test_a_file_that_leads_out(rendered: Scene) -> None:
    victim = outside(rendered) / "victim"
    victim.write_text("mine")
    rendered.path("localized/alpha").mkdir(parents=True)
    rendered.path("localized/alpha/ja.mp4").symlink_to(victim)
    (problem,) = refused(rendered)
    assert problem["code"] == "output_leaves_folder"
    assert victim.read_text() == "mine"


@unix
def test_links_within_the_folder_are_not_followed_either(rendered: Scene) -> None:
    rendered.path("store").mkdir()
    rendered.path("localized").symlink_to("store")
    problems = refused(rendered)
    assert {problem["code"] for problem in problems} == {"output_leaves_folder"}
    assert "localized is a link, and none is followed" in problems[0]["message"]
    assert not list(rendered.path("store").iterdir())


@unix
def test_a_part_that_leads_out(rendered: Scene) -> None:
    """A link in the place of what is begun is not written through."""
    victim = outside(rendered) / "victim"
    victim.write_text("mine")
    rendered.sandbox.set_faults(
        "cut_download=1:9000 on GET times 1", "drop_before=1 on GET after 1"
    )
    rendered.pull("--target", "alpha/ja")
    rendered.sandbox.set_faults()
    (part,) = rendered.parts()
    part.unlink()
    part.symlink_to(victim)
    assert rendered.pull().code == 0
    assert victim.read_text() == "mine"
    assert rendered.content("localized/alpha/ja.mp4") == rendered.served("alpha/ja")


@unix
def test_a_circle_of_links(rendered: Scene) -> None:
    rendered.path("localized").symlink_to("localized")
    codes = {problem["code"] for problem in refused(rendered)}
    assert codes <= {"output_leaves_folder", "output_blocked"}


@unix
def test_what_is_no_plain_file(rendered: Scene) -> None:
    rendered.path("localized/alpha/ja.mp4").mkdir(parents=True)
    os.mkfifo(rendered.path("localized/alpha/fr-FR.mp4"))
    first, second = refused(rendered)
    assert first["message"].endswith("is not a plain file")
    assert second["message"].endswith("is a folder")
    assert {first["code"], second["code"]} == {"output_blocked"}


def test_a_file_where_a_folder_is_needed(rendered: Scene) -> None:
    rendered.path("localized").write_text("mine")
    assert {problem["code"] for problem in refused(rendered)} == {"output_blocked"}
    assert rendered.path("localized").read_text() == "mine"


@unix
@pytest.mark.parametrize(
    ("link", "target", "template"),
    [
        ("x", "y", ".git/hooks/{{ language.tag }}"),
        ("x", "y", "deep/.Localize/{{ language.tag }}"),
    ],
)
def test_what_is_git_s_and_ours(rendered: Scene, link: str, target: str, template: str) -> None:
    text = rendered.workspace.manifest.read_text().replace(FILMS, "")
    rendered.workspace.write(text + f"outputs: {{video: '{template}'}}\n")
    rendered.path(".git").mkdir()
    rendered.path(link).symlink_to(target)
    assert {problem["code"] for problem in refused(rendered)} == {"output_invalid"}


def _lead_to(scene: Scene, url: str) -> None:
    scene.edit_lock(lambda targets: targets["alpha/ja"]["outputs"].update(video_url=url))


@pytest.mark.parametrize(
    "url",
    [
        "http://files.example.com/a.mp4",
        "https://10.0.0.1/a.mp4",
        "https://169.254.169.254/latest/meta-data",
        "https://[fd00::1]/a.mp4",
    ],
)
def test_links_to_where_nobody_goes(rendered: Scene, url: str) -> None:
    _lead_to(rendered, url)
    report = rendered.report()
    assert report["exit_code"] == 1
    (failure,) = report["failures"]
    assert failure["code"] == "download_refused"
    assert failure["addresses"] == ["alpha/ja"]
    assert report["summary"]["pulled"] == 1


def test_a_redirect_to_a_private_address(rendered: Scene) -> None:
    _lead_to(rendered, f"{rendered.sandbox.base_url}/source/private.mp4")
    (failure,) = rendered.report()["failures"]
    assert failure["message"].startswith("the link is not followed: ")


def test_a_page_in_place_of_the_file(rendered: Scene) -> None:
    _lead_to(rendered, f"{rendered.sandbox.base_url}/source/page.mp4")
    (failure,) = rendered.report()["failures"]
    assert failure["code"] == "download_not_a_file"
    assert not rendered.path("localized/alpha/ja.mp4").exists()


def test_loopback_is_for_the_sandbox_alone(
    rendered: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEYGEN_API_BASE", "https://api.heygen.com")
    before = rendered.count()
    report = rendered.report()
    assert report["summary"]["failed"] == 2
    assert rendered.count() == before


def test_the_key_goes_to_the_vendor_alone(rendered: Scene) -> None:
    _lead_to(rendered, f"{rendered.sandbox.base_url}/source/moved.mp4")
    rendered.sandbox.set_faults("forbid_file=1 on GET times 1")
    assert rendered.pull().code == 0
    assert not rendered.sandbox.key_leaks()
    assert any(note.path == "/source/good.mp4" for note in rendered.sandbox.requests())


def test_two_pulls_at_once(rendered: Scene) -> None:
    from heygen_localize.project.process_lock import only_one

    with only_one(rendered.workspace.manifest):
        assert rendered.pull().code == 2
        assert rendered.pull("--check").code == 5
