"""A manifest as it was at a git revision, with the files that it names."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from heygen_localize.core.errors import ManifestError, Where
from heygen_localize.core.languages import catalog_of
from heygen_localize.core.lock import Lock
from heygen_localize.core.model import Manifest
from heygen_localize.manifest import load_manifest
from heygen_localize.project.subtitle_files import with_texts
from heygen_localize.system.git_tree import tree_at
from heygen_localize.system.resources import language_names

_SUFFIXES = frozenset(
    {".yaml", ".yml", ".srt", ".vtt", ".mp4", ".m4v", ".mov", ".webm", ".mkv", ".avi"}
    | {".mp3", ".wav", ".m4a", ".aac", ".ogg", ".flac"}
)
"""Names of the files that a manifest may include, or be about."""


def manifest_at(path: Path, revision: str, lock: Lock, *, loopback: bool) -> Manifest:
    """Read a manifest as it was at a revision; what was committed there counts as approved.

    Languages are resolved by the lock, as the manifest of today.

    Raises:
        UsageError: there is no repository, no such revision, or no manifest in it.
        ManifestError: the manifest of then has mistakes.
        GitError: git does not tell.
    """
    catalog = catalog_of(tuple(language_names()))
    with tree_at(path, revision, _SUFFIXES) as (place, top):
        try:
            found = load_manifest(
                place, catalog, pinned=lock.languages(), loopback_sources=loopback
            )
        except ManifestError as error:
            raise ManifestError.of(
                replace(item, where=_told(item.where, top, revision)) for item in error.problems
            ) from None
        found = with_texts(found, replace(lock, project=found.project), all_committed=True)
    return replace(found, path=path)


def _told(where: Where, top: Path, revision: str) -> Where:
    """Name a place as git does: `v1.2:localize.yaml`."""
    file = (where.file or "").removeprefix(f"{top.as_posix()}/")
    return replace(where, file=f"{revision}:{file}")
