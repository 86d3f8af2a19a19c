"""Which manifest is meant, and which others a repository has."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from heygen_localize.core.encoding import text_of
from heygen_localize.core.errors import NotTextError, UsageError
from heygen_localize.system import UnsafePathError, absolute, names, read, root_of
from heygen_localize.system.git import tracked

DEFAULT_MANIFEST = "localize.yaml"
_PATTERN = "*.y*ml"
_LARGEST = 10_000_000
"""Bytes of a file that may be a manifest."""

_KEYS = (re.compile(r"(?m)^project\s*:"), re.compile(r"(?m)^(videos|include)\s*:"))
"""What every manifest has at its top, and hardly any other file; not whether it is sound."""


def nearest_manifest(name: str = DEFAULT_MANIFEST) -> Path:
    """Return the manifest of this folder, or of the nearest one above that has one.

    As with git, the repository's root is the last that is looked at; without a repository,
    the last is the one that belongs to whoever asks. Where there is none it is this folder's.
    """
    here = absolute(Path(name))
    found = next((place for place in _above(here) if os.path.lexists(place / name)), here.parent)
    return Path(name) if found == here.parent else Path(os.path.relpath(found / name))


def _above(path: Path) -> Iterator[Path]:
    """Walk over the folders from a file's own upwards, as far as they may be trusted."""
    root = root_of(path)
    inside = os.path.lexists(root / ".git")
    for folder in path.parents:
        # A stranger's manifest, as in /tmp, would have a stranger's videos paid for.
        if not inside and folder != path.parent and not _is_ours(folder):
            return
        yield folder
        if inside and folder == root:
            return


def _is_ours(folder: Path) -> bool:
    try:
        return hasattr(os, "getuid") and folder.stat().st_uid == os.getuid()
    except OSError:
        return False


def every_manifest(folder: Path) -> list[Path]:
    """List the manifests of the repository around a folder, those that git tracks and those here.

    Raises:
        UsageError: there is none.
        GitError: there is a repository, and git does not tell what it tracks.
    """
    here = absolute(folder / "x").parent
    root = os.path.realpath(root_of(here / "x"))
    beside = [here / name for name in names(here) if fnmatchcase(name, _PATTERN)]
    found = {Path(os.path.realpath(path)) for path in (*beside, *tracked(here, _PATTERN))}
    # By a link a repository could name a manifest of another one, and have it paid for.
    inside = (path for path in found if path.is_relative_to(root))
    manifests = sorted(path for path in inside if _is_manifest(path))
    if not manifests:
        raise UsageError(
            "this repository has no manifest",
            code="manifest_missing",
            hint="begin one: localize init; those count that git tracks, and those of this folder",
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
