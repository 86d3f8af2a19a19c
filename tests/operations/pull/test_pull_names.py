"""Outputs whose names are there in another Unicode form: told before anything is fetched."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from pull_scene import Scene


@pytest.fixture(autouse=True)
def two_names(tmp_path: Path) -> None:
    (tmp_path / "é").touch()
    if (tmp_path / "e\u0301").exists():
        pytest.skip("this file system takes both forms for one name")


@pytest.mark.parametrize("name", ["vidéos/ja.mp4", "vidéo-ja.mp4", "été/ça/ja.mp4"])
@pytest.mark.parametrize(("written", "disk"), [("NFC", "NFD"), ("NFD", "NFC")])
def test_a_name_that_is_there_in_the_other_form(
    scene: Scene, name: str, written: str, disk: str
) -> None:
    there = scene.path(unicodedata.normalize(disk, name))
    there.parent.mkdir(parents=True, exist_ok=True)
    there.write_bytes(b"pulled on another system")
    template = unicodedata.normalize(written, name).replace("ja", "{{ language.tag }}")
    extra = f'outputs: {{video: "{template}"}}'
    scene.render("alpha", languages=("ja",), extra=extra)
    for arguments in ((), ("--check",)):
        ran = scene.pull(*arguments)
        assert ran.code == 2
        assert "differ in Unicode form only" in ran.err
        assert scene.fetches() == []
    assert there.read_bytes() == b"pulled on another system"

    there.unlink()
    for folder in there.relative_to(scene.workspace.folder).parents:
        if folder != Path():
            (scene.workspace.folder / folder).rmdir()
    assert scene.pull().code == 0
    assert scene.path(unicodedata.normalize(written, name)).stat().st_size > 1000


def test_names_that_are_there_as_written_are_none_of_it(scene: Scene) -> None:
    extra = 'outputs: {video: "vidéos/{{ language.tag }}.mp4"}'
    scene.render("alpha", languages=("ja",), extra=extra)
    scene.path("e\u0301").touch()
    assert scene.pull().code == 0
    assert scene.pull("--check").code == 0
