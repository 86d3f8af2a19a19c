"""A sandbox with finished jobs, and a folder that their files are pulled into."""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import requests
from workspaces import LANGUAGES, Ran, Workspace

from heygen_localize.project.project import load_manifest
from heygen_localize.sandbox import Sandbox

FILES = "/files/"
CAPTIONS = "defaults: {mode: speed}"
"""Says nothing: what such a manifest has pulled are the usual files, captions too."""

FILMS = "outputs: {video: 'localized/{{ video.id }}/{{ language.tag }}.mp4'}"


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


class Scene:
    """One sandbox and one workspace whose targets are rendered."""

    def __init__(self, sandbox: Sandbox, workspace: Workspace) -> None:
        self.sandbox, self.workspace = sandbox, workspace
        workspace.use(sandbox)

    def render(self, *videos: str, languages: tuple[str, ...] = LANGUAGES, extra: str = "") -> None:
        """Write a manifest of plain videos and have all targets rendered."""
        self.write_videos(*videos, languages=languages, extra=extra)
        self.apply()

    def write_videos(
        self, *videos: str, languages: tuple[str, ...] = LANGUAGES, extra: str = ""
    ) -> None:
        """Write a manifest of plain videos; only those are pulled, but for `CAPTIONS`."""
        if not any(word in extra for word in ("outputs:", "audio_only", CAPTIONS)):
            extra = f"{extra}\n{FILMS}".strip()
        self.workspace.write_videos(*videos, languages=languages, extra=extra)

    def as_ordered_with_captions(self, *addresses: str) -> None:
        """Let the lockfile say what it did of jobs for which captions were asked for."""
        targets = {
            target.address: target for target in load_manifest(self.workspace.manifest).targets
        }

        def change(entries: Any) -> None:
            for address in addresses:
                entries[address]["fingerprint"] = targets[address].older[0]

        self.edit_lock(change)

    def apply(self) -> None:
        ran = self.workspace.run("apply", "--yes", "--quiet")
        assert ran.code == 0, ran.err

    def pull(self, *arguments: str) -> Ran:
        return self.workspace.run("pull", *arguments)

    def report(self, *arguments: str) -> Any:
        """Pull with a report for machines; the exit code stands in it."""
        return self.pull("--format", "json", *arguments).json()

    def path(self, name: str) -> Path:
        return self.workspace.folder / name

    def content(self, name: str) -> bytes:
        return self.path(name).read_bytes()

    def served(self, address: str, link: str = "video_url") -> bytes:
        """Fetch what the vendor has for a target, by the link of the lockfile."""
        url = self.workspace.lock()["targets"][address]["outputs"][link]
        answer = requests.get(url, timeout=10)
        assert answer.status_code == 200
        return answer.content

    def edit_lock(self, change: Callable[[Any], None]) -> None:
        """Change the entries of the lockfile by hand."""
        document = self.workspace.lock()
        change(document["targets"])
        self.workspace.lockfile.write_text(json.dumps(document), encoding="utf-8")

    def count(self) -> int:
        """Count the requests so far."""
        return len(self.sandbox.requests())

    def fetches(self, since: int = 0) -> list[Any]:
        """Give the requests for files."""
        notes = self.sandbox.requests()[since:]
        return [note for note in notes if note.path.startswith(FILES)]

    def from_the_start(self, since: int = 0) -> Counter[str]:
        """Count, for each file, how often it was sent from its start, whole or not."""
        return Counter(note.path for note in self.fetches(since) if note.status == 200)

    def put_part(self, content: bytes) -> None:
        """Put other bytes into the one file that is begun, and leave its time alone."""
        (part,) = self.parts()
        status = part.stat()
        part.write_bytes(content)
        os.utime(part, ns=(status.st_atime_ns, status.st_mtime_ns))

    def parts(self) -> list[Path]:
        """Give the files that are begun and not done."""
        return sorted(self.workspace.folder.rglob("*.part"))
