"""Files that we make follow the umask, and those that are replaced keep their permissions."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from workspaces import Workspace, run_in

from heygen_localize.sandbox import Sandbox

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")

MANIFEST = """\
version: 1
project: test
defaults: {enable_caption: true}
languages: [es-MX]
outputs: {video: "out/{{ video.id }}.mp4", srt: "out/{{ video.id }}.srt"}
videos:
  intro: {source: "https://cdn.example.com/intro.mp4", duration: 60}
  talk: {source: "https://cdn.example.com/talk.mp4", duration: 60, proofread: true}
"""


def run(folder: Path, umask: str, *arguments: str) -> None:
    """Run a command line under an umask."""
    before = os.umask(int(umask, 8))
    try:
        ended = run_in(folder, *arguments)
    finally:
        os.umask(before)
    assert ended.code == 0, ended.err


def made(folder: Path) -> dict[str, int]:
    """Return the permissions of all that is in a folder."""
    return {
        str(path.relative_to(folder)): stat.S_IMODE(path.lstat().st_mode)
        for path in sorted(folder.rglob("*"))
    }


@pytest.mark.parametrize("umask", ["077", "002", "022"])
def test_all_that_is_made_follows_the_umask(
    workspace: Workspace, sandbox: Sandbox, umask: str
) -> None:
    workspace.use(sandbox)
    workspace.write(MANIFEST)
    folder, mask = workspace.folder, int(umask, 8)
    run(folder, umask, "plan", "--out", "plan.json", "--markdown", "plan.md")
    run(folder, umask, "apply", "--yes", "--pull", "--markdown", "run.md")
    run(folder, umask, "report", "-o", "page.html")
    run(folder, umask, "schema", "-o", "schema.json")
    run(folder, umask, "proofread", "export", "-o", "sheets")
    begun = ("init", "-f", "new.yaml", "--source", "https://example.com/a.mp4", "-l", "ja")
    run(folder, umask, *begun, "--no-input", "--github")
    found = made(folder)
    del found["localize.yaml"]
    for name in (
        "localize.lock",
        "out/intro.mp4",
        "out/intro.srt",
        "plan.json",
        "plan.md",
        "new.yaml",
    ):
        assert name in found
    assert "subtitles/talk/es-MX.srt" in found
    assert any(name.endswith(".csv") for name in found)
    wrong = {
        name: oct(mode)
        for name, mode in found.items()
        if mode != (0o777 if (folder / name).is_dir() else 0o666) & ~mask
    }
    assert not wrong


@pytest.mark.parametrize("mode", [0o600, 0o664])
def test_what_is_replaced_keeps_its_permissions(
    workspace: Workspace, sandbox: Sandbox, mode: int
) -> None:
    workspace.use(sandbox)
    workspace.write(MANIFEST)
    folder = workspace.folder
    run(folder, "022", "apply", "--yes", "--pull")
    run(folder, "022", "report", "-o", "page.html")
    names = ("localize.lock", "page.html", "out/intro.mp4", "out/intro.srt")
    for name in names:
        (folder / name).chmod(mode)
    before = {name: (folder / name).read_bytes() for name in names}
    workspace.write(MANIFEST.replace("intro.mp4", "other.mp4"))
    run(folder, "022", "apply", "--yes", "--pull")
    run(folder, "022", "report", "-o", "page.html")
    assert (folder / "out/intro.mp4").read_bytes() != before["out/intro.mp4"]
    assert (folder / "localize.lock").read_bytes() != before["localize.lock"]
    assert {name: made(folder)[name] for name in names} == dict.fromkeys(names, mode)
