"""A git repository whose videos are proofread before they are rendered."""

from __future__ import annotations

import subprocess
from pathlib import Path

from workspaces import Ran, Workspace

from heygen_localize.sandbox import Sandbox

MANIFEST = """\
version: 1
project: test
languages: [es-MX, ja]
defaults: {proofread: true}
videos:
  intro: {source: "https://cdn.example.com/intro.mp4", duration: 60}
"""


class Repository:
    """A workspace under git."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.folder = workspace.folder
        self.git("init", "--quiet", "--initial-branch=main")
        self.git("config", "user.email", "reviewer@example.com")
        self.git("config", "user.name", "Reviewer")
        (self.folder / ".gitignore").write_text(".localize/\nlocalized/\n")

    def git(self, *arguments: str) -> str:
        ended = subprocess.run(
            ["git", *arguments], cwd=self.folder, check=True, capture_output=True, text=True
        )
        return ended.stdout

    def commit(self) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", "review")

    def text(self, address: str = "intro/es-MX") -> Path:
        return self.folder / f"subtitles/{address}.srt"

    def edit(self, old: str, new: str, address: str = "intro/es-MX") -> None:
        path = self.text(address)
        content = path.read_text(encoding="utf-8")
        assert old in content
        path.write_text(content.replace(old, new, 1), encoding="utf-8")

    def machine(self) -> bytes:
        """Read the vendor's newest text, as it is kept."""
        name = self.workspace.lock()["proofreads"]["intro/es-MX"]["machine"]
        return (self.folder / f".localize/localize/proofreads/{name}.srt").read_bytes()

    def manifest(self, text: str = MANIFEST) -> None:
        self.workspace.write(text)

    def apply(self, *arguments: str, code: int = 0) -> Ran:
        ran = self.workspace.run("apply", "--yes", *arguments)
        assert ran.code == code, ran.err
        return ran


def proposed(sandbox: Sandbox) -> int:
    """Count the orders of sessions."""
    route = "/v3/video-translations/proofreads"
    return sum(note.method == "POST" and note.route == route for note in sandbox.requests())


def generated(sandbox: Sandbox) -> int:
    """Count the orders of renders."""
    return sum(note.route.endswith("/generate") for note in sandbox.requests())
