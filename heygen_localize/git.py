"""What git says of files: whether they are committed as they stand."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Collection
from pathlib import Path

_PATIENCE = 60.0
"""Seconds for git to look at the files of a large repository."""


def committed(folder: Path, paths: Collection[str]) -> frozenset[str] | None:
    """Give those of the paths, counted from the folder, that HEAD has exactly as they stand.

    None where there is no repository, or no git to ask.
    """
    # Of a link git keeps where it leads, and nothing of the text there.
    existing = sorted(
        path for path in paths if (folder / path).is_file() and not (folder / path).is_symlink()
    )
    if not existing:
        return frozenset() if _is_repository(folder) else None
    found = _git(folder, "ls-files", "-z", "--", *existing)
    changed = _git(
        folder, "status", "--porcelain", "-z", "--no-renames", "--untracked-files=all", "--", "."
    )
    if found is None or changed is None:
        return None
    prefix = (_git(folder, "rev-parse", "--show-prefix") or "").removesuffix("\n")
    touched = {entry[3:] for entry in changed.split("\0") if entry}
    return frozenset(
        path for path in found.split("\0") if path and f"{prefix}{path}" not in touched
    )


def tracked(folder: Path, pattern: str) -> tuple[Path, ...] | None:
    """Give the files of the work tree around a folder that git tracks under such a name.

    None where there is a repository, and no git that tells of it: it is not there, or
    refuses, as where the folder is another user's.
    """
    here = folder.resolve()
    if not any((parent / ".git").exists() for parent in (here, *here.parents)):
        return ()
    top = _git(folder, "rev-parse", "--show-toplevel")
    found = _git(folder, "ls-files", "-z", "--full-name", "--", f":(top){pattern}", literal=False)
    if top is None or found is None:
        return None
    root = Path(top.removesuffix("\n"))
    return tuple(root / path for path in found.split("\0") if path)


def _is_repository(folder: Path) -> bool:
    return _git(folder, "rev-parse", "--git-dir") is not None


def _git(folder: Path, *arguments: str, literal: bool = True) -> str | None:
    """Run a git command that only looks; None where it does not come to an answer.

    With `literal`, paths are taken as they stand, whatever pattern they look like.
    """
    settings = {"GIT_LITERAL_PATHSPECS": str(int(literal)), "GIT_OPTIONAL_LOCKS": "0"}
    try:
        ended = subprocess.run(  # noqa: S603 - our own words, and paths behind `--`
            ["git", "-c", "core.quotepath=off", *arguments],  # noqa: S607 - the user's git
            cwd=folder,
            env={**os.environ, **settings, "LC_ALL": "C"},
            capture_output=True,
            check=False,
            timeout=_PATIENCE,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return ended.stdout.decode("utf-8", "surrogateescape") if ended.returncode == 0 else None
