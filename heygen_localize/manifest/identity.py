"""Whose a lockfile is: of one manifest alone, whose project has these names."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path

from msgspec import Struct

from heygen_localize.core.errors import Diagnostic, ManifestError, Where
from heygen_localize.core.model import LockUrls
from heygen_localize.manifest.diagnostics import Diagnostics
from heygen_localize.manifest.yaml_reader import read_document
from heygen_localize.system import names

SUFFIXES = (".yaml", ".yml")


def refuse_twins(path: Path) -> None:
    """Make sure that a manifest's lockfile and state are its own.

    `x.yaml` and `x.yml` have one lockfile, `x.lock`; `X.yaml` and `x.yaml` too, where a disk
    takes their names for the same, as it does on most laptops.

    Raises:
        ManifestError: another manifest beside it has the same; or it is named as a lockfile.
    """
    where = Where(file=path.as_posix())
    if path.suffix.lower() == ".lock":
        raise ManifestError(
            f"{path.name} is the name of a lockfile, not of a manifest",
            code="manifest_is_lockfile",
            where=where,
            hint="name the manifest: -f localize.yaml",
        )
    others = _twins(path)
    if others:
        named = " and ".join([path.name, *others])
        raise ManifestError(
            f"{named} share the lockfile {path.stem}.lock",
            code="manifests_share_lockfile",
            where=where,
            hint="each would take the other's jobs for orphans: rename one of them, its lockfile "
            "too (nothing is ordered again)",
        )


def _twins(path: Path) -> list[str]:
    try:
        beside = names(path.parent)
    except OSError:
        return []  # whoever reads the manifest will say what is wrong
    alike = [
        name
        for name in beside
        if name != path.name
        and Path(name).suffix.lower() in SUFFIXES
        and _folded(Path(name).stem) == _folded(path.stem)
    ]
    return [name for name in alike if not _is_same(path, path.with_name(name))]


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def _is_same(path: Path, other: Path) -> bool:
    """Return whether two names are one file's, on a disk that does not part them."""
    try:
        one, two = path.lstat(), other.lstat()
    except OSError:
        return False
    return os.path.samestat(one, two) and one.st_nlink == 1


class Heading(Struct, frozen=True):
    """What a manifest says of itself: the project's `names`, the present one first.

    `state` is the database that it names, if any; `keep_urls` says whether links are kept.
    """

    names: tuple[str, ...]
    state: str | None
    keep_urls: bool


def project_names(path: Path) -> tuple[str, ...]:
    """Read how the project is called, and how it was called before (`formerly`).

    Raises:
        ManifestError: it cannot be read, or names no project.
    """
    return heading(path).names


def heading(path: Path) -> Heading:
    """Read what a manifest says of itself.

    Nothing that the manifest includes or names is read, so that a lockfile can still be
    judged where the rest has mistakes by now.

    Raises:
        ManifestError: it cannot be read, or names no project.
    """
    diagnostics = Diagnostics()
    document = read_document(path, path.as_posix(), diagnostics)
    if document is None:
        raise ManifestError.of(diagnostics.errors())
    project = document.data.get("project")
    if not isinstance(project, str):
        where = Where(path.as_posix())
        raise ManifestError.of([Diagnostic("missing", "the manifest names no project", where)])
    names = (project, *(name for _, name in document.texts(("formerly",))))
    state = document.data.get("state")
    urls = document.get(("lock", "urls"))
    return Heading(names, state if isinstance(state, str) else None, urls != LockUrls.NONE.value)
