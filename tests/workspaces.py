"""Folders with a manifest, and the command line run in them."""

from __future__ import annotations

import io
import json
import os
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from heygen_localize.cli.main import run
from heygen_localize.core.lock import Lock
from heygen_localize.project.lockfile import store as lockfile
from heygen_localize.sandbox import Sandbox

LANGUAGES = ("es-MX", "fr-FR", "ja")


@dataclass(frozen=True)
class Ran:
    """How a command line ended."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        """Read the report for machines."""
        return json.loads(self.out)


class Workspace:
    """A folder with a manifest in it, and the command line run from there."""

    def __init__(
        self,
        folder: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        self.folder = folder
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    @property
    def manifest(self) -> Path:
        return self.folder / "localize.yaml"

    @property
    def lockfile(self) -> Path:
        return self.folder / "localize.lock"

    def write(self, text: str) -> None:
        """Write the manifest."""
        self.manifest.write_text(text, encoding="utf-8")

    def write_videos(
        self,
        *videos: str,
        languages: tuple[str, ...] = LANGUAGES,
        extra: str = "",
    ) -> None:
        """Write a manifest of plain videos, each with a source of its own name."""
        lines = ["version: 1", "project: test", f"languages: [{', '.join(languages)}]"]
        lines += [extra] if extra else []
        lines.append("videos:")
        lines += [f"  {name}: {{source: 'https://cdn.example.com/{name}.mp4'}}" for name in videos]
        self.write("\n".join(lines) + "\n")

    def lock(self) -> Any:
        """Read the lockfile."""
        return json.loads(self.lockfile.read_text(encoding="utf-8"))

    def use(self, sandbox: Sandbox) -> None:
        """Lead the command line to a sandbox."""
        self._monkeypatch.setenv("HEYGEN_API_BASE", sandbox.base_url)
        self._monkeypatch.setenv("HEYGEN_API_KEY", sandbox.api_key)

    def run(self, *arguments: str) -> Ran:
        """Run one command line in the folder; give how it ended."""
        self._monkeypatch.chdir(self.folder)
        self._capsys.readouterr()
        code = run(arguments)
        captured = self._capsys.readouterr()
        return Ran(int(code), captured.out, captured.err)


def run_in(folder: Path, *arguments: str) -> Ran:
    """Run one command line in any folder; give how it ended."""
    streams = [io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2)]
    before = Path.cwd()
    os.chdir(folder)
    try:
        with redirect_stdout(streams[0]), redirect_stderr(streams[1]):
            code = run(arguments)
    finally:
        os.chdir(before)
    out, err = (stream.buffer.getvalue().decode() for stream in streams)
    return Ran(int(code), out, err)


def creates(sandbox: Sandbox) -> int:
    """Count the orders that a sandbox was sent."""
    route = "/v3/video-translations"
    return sum(note.method == "POST" and note.route == route for note in sandbox.requests())


def write_lock(path: Path, lock: Lock, keep_urls: bool) -> bool:
    """Write a lockfile as localize does; tell whether it was another one."""
    content = lockfile.lock_text(lock, keep_urls).encode()
    return not lockfile.says(path, content) and lockfile.write_lock(path, content)
