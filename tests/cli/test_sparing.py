"""No option that names a file to write takes one that the project needs."""

from __future__ import annotations

import pytest
from workspaces import Workspace

MANIFEST = """\
version: 1
project: test
languages: [ja]
include: [inc.yaml, more.json]
videos:
  intro: {source: "https://cdn.example.com/intro.mp4", duration: 60}
"""
FILES = {
    "inc.yaml": "videos: {a: {source: 'asset:a'}}\n",
    "more.json": '{"videos": {"b": {"source": "asset:b"}}}\n',
    "subtitles/intro/ja.srt": "1\n00:00:01,000 --> 00:00:02,000\na\n",
    "localize.lock": '{"lockfile_version": 1, "project": "test", "targets": {}}\n',
    ".localize/localize/journal.jsonl": "",
}
OPTIONS = (
    ("plan", "--offline", "--out"),
    ("plan", "--offline", "--markdown"),
    ("apply", "--yes", "--markdown"),
    ("schema", "--output"),
    ("report", "--force", "--html"),
    ("lock", "merge", "--output"),
)


@pytest.mark.parametrize("name", ["localize.yaml", *FILES])
@pytest.mark.parametrize("option", OPTIONS, ids=" ".join)
def test_a_file_of_the_project_stays(
    workspace: Workspace, option: tuple[str, ...], name: str
) -> None:
    workspace.write(MANIFEST)
    for path, text in FILES.items():
        place = workspace.folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    before = (workspace.folder / name).read_bytes()
    ran = workspace.run(*option, name)
    if option[0] == "lock" and name == "localize.lock":
        assert ran.code == 0, ran.err
        return  # which is what it is for
    assert ran.code == 2, ran.err
    assert (workspace.folder / name).read_bytes() == before


@pytest.mark.parametrize("option", OPTIONS, ids=" ".join)
def test_a_manifest_that_cannot_be_read_keeps_what_it_may_include(
    workspace: Workspace, option: tuple[str, ...]
) -> None:
    workspace.write(MANIFEST + "  : [\n")
    (workspace.folder / "inc.yaml").write_text(FILES["inc.yaml"])
    assert workspace.run(*option, "inc.yaml").code == 2
    assert (workspace.folder / "inc.yaml").read_text() == FILES["inc.yaml"]


def test_a_file_of_its_own_is_written_again(workspace: Workspace) -> None:
    workspace.write(MANIFEST)
    for path, text in list(FILES.items())[:2]:
        (workspace.folder / path).write_text(text)
    for _ in range(2):
        for option, name in ((OPTIONS[0], "p.json"), (OPTIONS[1], "p.md"), (OPTIONS[3], "s.json")):
            assert workspace.run(*option, name).code == 0
            assert (workspace.folder / name).stat().st_size


@pytest.mark.parametrize("name", ["prod.yaml", "prod.lock"])
def test_a_schema_takes_no_place_of_another_manifest_or_its_lockfile(
    workspace: Workspace, name: str
) -> None:
    (workspace.folder / "prod.yaml").write_text(MANIFEST)
    assert workspace.run("schema", "-o", name).code == 2
    assert (workspace.folder / "prod.yaml").read_text() == MANIFEST
    assert workspace.run("schema", "-o", "other.yaml").code == 0
