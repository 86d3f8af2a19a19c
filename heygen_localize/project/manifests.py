"""Which manifest is meant, and which others a repository has."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from heygen_localize.core.encoding import text_of
from heygen_localize.core.errors import NotTextError, UsageError
from heygen_localize.core.names import DEFAULT_MANIFEST
from heygen_localize.system import UnsafePathError, absolute, names, read, root_of
from heygen_localize.system.git import repository, tracked

_PATTERN = "*.y*ml"
_LARGEST = 10_000_000
"""Bytes of a file that may be a manifest."""

_KEYS = (re.compile(r"(?m)^project\s*:"), re.compile(r"(?m)^(videos|include)\s*:"))
"""What every manifest has at its top, and hardly any other file; not whether it is sound."""


def nearest_manifest(name: str = DEFAULT_MANIFEST) -> Path:
    """Return the manifest of this folder, or of the nearest one above that has one.

    As with git, the repository's root is the last that is looked at. Above this folder only
    what belongs to whoever asks is taken, `.git` or not: a stranger's manifest, as in /tmp,
    would have a stranger's videos paid for. Where there is none it is this folder's.
    """
    here = absolute(Path(name))
    for folder in _above(here):
        if os.path.lexists(folder / name):
            return Path(os.path.relpath(folder / name)) if _is_ours(folder / name) else Path(name)
    return Path(name)


def _above(path: Path) -> Iterator[Path]:
    """Walk over the folders above a file's own, as far as they may be trusted."""
    root = root_of(path)
    inside = os.path.lexists(root / ".git")
    if os.path.lexists(path) or (inside and root == path.parent):
        return
    for folder in path.parents[1:]:
        if not (_is_ours(folder) and (inside or hasattr(os, "getuid"))):
            return
        yield folder
        if inside and folder == root:
            return


def _is_ours(path: Path) -> bool:
    """Return whether a file or folder belongs to whoever asks; where nothing tells, it does."""
    try:
        return not hasattr(os, "getuid") or path.lstat().st_uid == os.getuid()
    except OSError:
        return False


def every_manifest(folder: Path) -> list[Path]:
    """List the manifests that git tracks in the repository around a folder.

    Where there is no repository they are those of the folder itself.

    Raises:
        UsageError: there is none.
        GitError: there is a repository, and git does not tell what it tracks.
    """
    here = absolute(folder / "x").parent
    root = os.path.realpath(root_of(here / "x"))
    if repository(here) is None:
        named = [here / name for name in names(here) if fnmatchcase(name, _PATTERN)]
    else:  # one that nobody committed is nobody's word to pay
        named = list(tracked(here, _PATTERN))
    found = {Path(os.path.realpath(path)) for path in named}
    # By a link a repository could name a manifest of another one, and have it paid for.
    inside = (path for path in found if path.is_relative_to(root))
    manifests = sorted(path for path in inside if _is_manifest(path))
    if not manifests:
        raise UsageError(
            "this repository has no manifest",
            code="manifest_missing",
            hint="begin one: localize init; in a repository those count that git tracks (git add)",
        )
    return [Path(os.path.relpath(path, here)) for path in manifests]


def _is_manifest(path: Path) -> bool:
    if path.name == DEFAULT_MANIFEST:
        return path.is_file()
    try:
        text = text_of(read(path, _LARGEST))
    except (OSError, UnsafePathError, NotTextError):
        return False
    return all(key.search(text) for key in _KEYS)
