"""How many targets a manifest may have, told before any of them is made."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from manifest_project import Project
from workspaces import Workspace

from heygen_localize.manifest import targets
from heygen_localize.manifest.targets import TargetBuilder
from heygen_localize.system.resources import language_names


def manifest(videos: int, languages: list[str]) -> str:
    lines = (f" v{number}: {{source: 'asset:a{number}'}}\n" for number in range(videos))
    return f"languages: {json.dumps(languages)}\nvideos:\n{''.join(lines)}"


def test_too_many_targets_are_one_mistake_and_none_is_made(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def made(*_: object) -> None:
        raise AssertionError("a target is made")

    monkeypatch.setattr(TargetBuilder, "targets", made)
    workspace.write("version: 1\nproject: test\n" + manifest(1_200, language_names()))
    ran = workspace.run("validate", "--format", "json")
    assert ran.code == 2
    (problem,) = ran.json()["errors"]
    assert problem["code"] == "too_many_targets"
    assert "more than 100,000 targets" in problem["message"]
    assert problem["hint"]


def test_the_bound_itself_is_allowed_and_counts_included_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(targets, "MOST_TARGETS", 6)
    project = Project(tmp_path)
    text = "include: [more.yaml]\n" + manifest(2, ["ja", "es-MX"])
    project.write("videos: {x: {source: 'asset:x'}}\n", "more.yaml")
    assert len(project.body(text).targets) == 6
    project.write("videos: {x: {source: 'asset:x'}, y: {source: 'asset:y'}}\n", "more.yaml")
    problem = project.mistake(text)
    assert problem.code == "too_many_targets"
    assert problem.where.file is not None
    assert problem.where.file.endswith("more.yaml")
