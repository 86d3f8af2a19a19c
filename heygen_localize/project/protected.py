"""What an option that names a file to write may not name: files that the project needs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from heygen_localize.core.errors import LocalizeError, UsageError
from heygen_localize.manifest.diagnostics import Diagnostics, EnoughError
from heygen_localize.manifest.includes import included_files
from heygen_localize.manifest.paths import ProjectPaths
from heygen_localize.manifest.yaml_reader import read_document
from heygen_localize.system import STATE, root_of

_FOLDERS = frozenset((".git", STATE))
_YAML = frozenset((".yaml", ".yml"))
_SUBTITLES = ".srt"


def refuse_overwriting(
    option: str, path: Path, manifest: Path, *more: Path, lockfile: bool = False
) -> None:
    """Make sure that what is written goes over nothing that a project needs.

    That is the manifest, what it includes, its lockfile (unless that is what is written,
    with `lockfile`), subtitles, whatever lies in `.localize` or `.git`, and `more`.

    Raises:
        UsageError: it would.
    """
    kept = [manifest, *more, *([] if lockfile else [manifest.with_suffix(".lock")])]
    if (
        _inside(path, manifest)
        or any(_same(path, file) for file in kept)
        or _needed(path, manifest)
    ):
        raise UsageError(
            f"{option} {path} would write over the project's own file",
            hint=f"give {option} a file of its own",
        )


def _inside(path: Path, manifest: Path) -> bool:
    """Return whether a path lies in a folder of ours or git's, however that is spelled."""
    real, root = path.resolve().parent, root_of(manifest).resolve()
    below = real.relative_to(root) if real.is_relative_to(root) else real
    return any(part.casefold() in _FOLDERS for part in below.parts)


def _same(one: Path, other: Path) -> bool:
    """Return whether two paths are one file, also where the case of letters makes no difference."""
    try:
        return one.resolve() == other.resolve() or one.samefile(other)
    except OSError:
        return False


def _needed(path: Path, manifest: Path) -> bool:
    """Return whether a file that is there is subtitles, or read by the manifest."""
    if not path.is_file():
        return False
    suffix = path.suffix.casefold()
    try:
        included = list(_included(manifest))
    except (LocalizeError, EnoughError, OSError):
        return suffix in _YAML or suffix == _SUBTITLES  # What it includes, nobody knows.
    return suffix == _SUBTITLES or any(_same(path, file) for file in included)


def _included(manifest: Path) -> Iterator[Path]:
    if not manifest.exists():
        return
    diagnostics = Diagnostics()
    document = read_document(manifest, manifest.as_posix(), diagnostics)
    if document is None:
        raise EnoughError
    yield from map(Path, included_files(document, manifest, ProjectPaths.of(manifest), diagnostics))
