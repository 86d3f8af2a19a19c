"""The lockfile in git: brought together with what others made of it, by `localize lock`."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from workflow import StepError, event, manifest

_PATIENCE = 120.0
"""Seconds for two of the largest lockfiles."""

HIDDEN = ("INPUT_TOKEN", "INPUT_API_KEY", "HEYGEN_API_KEY", "GITHUB_ACTIONS")
"""What `localize lock` has no need of; the last, since its words become an annotation here."""


@dataclass(frozen=True)
class Lockfile:
    """The lockfile as the run left it.

    `path` is its way from the root of the repository, `before` what it was when the
    run began; None where there was none.
    """

    path: str
    after: bytes
    before: bytes | None


def merged(lockfile: Lockfile, theirs: bytes | None, *options: str) -> bytes:
    """Bring the run's lockfile together with what the branch holds by now.

    What comes out is always a lockfile of the manifest's project.

    Raises:
        StepError: ours is none, or theirs is another project's.
    """
    states = {"ours": lockfile.after, "base": lockfile.before, "theirs": theirs}
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder).resolve()
        command = [str(Path(os.environ["LOCALIZE_BIN"]) / "localize"), "lock", "merge", *options]
        command += ["--file", str(manifest()), "--output", str(place / "merged.lock")]
        for name, content in states.items():
            if content is not None:
                (place / f"{name}.lock").write_bytes(content)
                command += [f"--{name}", str(place / f"{name}.lock")]
        try:
            ended = subprocess.run(  # noqa: S603 - our own program, no shell
                command,
                env={name: text for name, text in os.environ.items() if name not in HIDDEN},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                check=False,
                timeout=_PATIENCE,
            )
        except subprocess.TimeoutExpired:
            raise StepError("localize lock merge takes too long", code=1) from None
        if ended.returncode:
            told = ended.stderr.decode("utf-8", "replace").strip().splitlines() or ["no word"]
            raise StepError(told[0].removeprefix("error: ")[:300], code=1)
        return (place / "merged.lock").read_bytes()


def base_branch() -> str:
    """Give the branch that the run is of."""
    return os.environ.get("GITHUB_REF_NAME") or str(event()["repository"]["default_branch"])


def proposing_branch(path: str) -> str:
    """Give the branch by which a lockfile is proposed in a pull request."""
    return "localize/" + slug(path)


def slug(path: str) -> str:
    """Give a path as a part of a branch's name: letters, digits and hyphens."""
    return re.sub(r"[^A-Za-z0-9]+", "-", path).strip("-")
