"""Files to write that lead where none may: told by every command, before anything is paid."""

from __future__ import annotations

from pathlib import Path

import pytest
from workspaces import Workspace, creates

from heygen_localize.sandbox import Sandbox

MANIFEST = """\
version: 1
project: test
languages: [ja]
include: [inc.yaml]
videos:
  intro: {{source: "https://cdn.example.com/intro.mp4", duration: 60}}
{more}
"""
RESERVED = (
    ".git/hooks/{{ language.tag }}",
    ".GIT/{{ video.id }}/x.mp4",
    "a/.Git/{{ language.tag }}.mp4",
    ".g\u200cit/{{ language.tag }}.mp4",
    "git~1/{{ language.tag }}.mp4",
    "{{ language.tag }}/.git",
    ".localize/{{ video.id }}.mp4",
    ".Localize/localize/journal.jsonl",
)
READ = ("localize.yaml", "localize.lock", "inc.yaml", "LOCALIZE.yaml", "Inc.yaml")


def told(workspace: Workspace, sandbox: Sandbox, more: str) -> set[str]:
    """Give the codes that every command tells, none of which pays."""
    workspace.use(sandbox)
    workspace.write(MANIFEST.format(more=more))
    Path(workspace.folder / "inc.yaml").write_text("videos: {}\n")
    codes = []
    for command in (("validate",), ("plan",), ("apply", "--yes"), ("pull",)):
        ran = workspace.run(*command, "--format", "json")
        assert ran.code == 2, ran.err
        codes.append({problem["code"] for problem in ran.json()["errors"]})
    assert creates(sandbox) == 0
    assert codes == [codes[0]] * 4
    return codes[0]


@pytest.mark.parametrize("path", RESERVED, ids=ascii)
def test_outputs_lead_into_no_folder_of_gits_or_ours(
    workspace: Workspace, sandbox: Sandbox, path: str
) -> None:
    assert told(workspace, sandbox, f"outputs: {{video: '{path}'}}") == {"output_invalid"}


@pytest.mark.parametrize("folder", [".git", ".GIT", ".localize"])
def test_reviewed_texts_do_not_either(workspace: Workspace, sandbox: Sandbox, folder: str) -> None:
    path = f"{folder}/{{{{ video.id }}}}/{{{{ language.tag }}}}.srt"
    assert told(workspace, sandbox, f"defaults: {{proofread: {{srt: '{path}'}}}}")


@pytest.mark.parametrize("path", READ)
def test_outputs_take_the_place_of_nothing_that_the_manifest_reads(
    workspace: Workspace, sandbox: Sandbox, path: str
) -> None:
    assert told(workspace, sandbox, f"outputs: {{video: {path}}}") == {"output_twice"}


@pytest.mark.parametrize("path", [".github/x.mp4", ".gitkeep", "a.git/x.mp4", ".localized/x.mp4"])
def test_names_that_are_merely_like_them_are_allowed(workspace: Workspace, path: str) -> None:
    workspace.write(MANIFEST.format(more=f"outputs: {{video: {path}}}"))
    (workspace.folder / "inc.yaml").write_text("videos: {}\n")
    assert workspace.run("validate").code == 0
