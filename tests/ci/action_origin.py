"""A repository at its origin, and checkouts of it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

MANIFEST = """\
version: 1
project: test
languages: [es-MX, ja]
videos:
"""


class Origin:
    """A bare repository, and checkouts of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bare = folder / "origin.git"
        self.git(folder, "init", "--quiet", "--bare", "--initial-branch=main", str(self.bare))
        self.git(self.bare, "config", "receive.autogc", "false")

    def git(self, place: Path, *arguments: str) -> str:
        named = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.com")
        named += ("-c", "maintenance.auto=false")
        ended = subprocess.run(
            ["git", *named, *arguments], cwd=place, capture_output=True, text=True, check=False
        )
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    def clone(self, name: str, *options: str) -> Path:
        address = self.bare.as_uri()
        self.git(self.folder, "clone", "--quiet", *options, address, name)
        return self.folder / name

    def commit(self, **files: str) -> None:
        """Let somebody commit files to main (`_` stands for a dot), in one process."""
        tip = self.bare / "refs/heads/main"
        lines = ["commit refs/heads/main", "committer Somebody <somebody@example.com> now"]
        lines += ["data 7", "by hand"] + ["from refs/heads/main^0"] * tip.exists()
        for name, text in files.items():
            size = len(text.encode())
            lines += [f"M 100644 inline {name.replace('_', '.')}", f"data {size}", text]
        told = "\n".join([*lines, ""]).encode()
        subprocess.run(
            ["git", "fast-import", "--quiet", "--date-format=now"],
            cwd=self.bare,
            input=told,
            check=True,
        )

    def show(self, path: str, branch: str = "main") -> str:
        return self.git(self.bare, "show", f"{branch}:{path}")

    def log(self, branch: str = "main") -> list[str]:
        return self.git(self.bare, "log", "--format=%s", branch).splitlines()

    def common(self, commit: str, branch: str) -> str:
        """Name the newest commit that two share, as GitHub does."""
        return self.git(self.bare, "merge-base", commit, branch).strip()

    def changed(self, branch: str = "main") -> list[str]:
        """Name the files of a branch's last commit."""
        return self.git(self.bare, "show", "--format=", "--name-only", branch).split()


def manifest(*videos: str) -> str:
    lines = (
        f"  {name}: {{source: 'https://cdn.example.com/{name}.mp4', duration: 60}}\n"
        for name in videos
    )
    return MANIFEST + "".join(lines)


def lock(**statuses: str) -> str:
    """Write a lockfile of these videos in Japanese, to the byte as localize does."""
    targets = {
        f"{video}/ja": {
            "attempts": 1,
            "fingerprint": "0" * 64,
            "language": "Japanese",
            "source": {},
            "status": status,
            "translation_id": f"tr_{video}",
        }
        for video, status in sorted(statuses.items())
    }
    document = {"lockfile_version": 1, "project": "test", "targets": targets}
    return json.dumps(document, indent=2, sort_keys=True) + "\n"


def held(origin: Origin, branch: str = "main") -> dict[str, str]:
    targets = json.loads(origin.show("localize.lock", branch))["targets"]
    return {address.split("/")[0]: entry["status"] for address, entry in targets.items()}
