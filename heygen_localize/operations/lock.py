"""Lockfiles checked against their manifest, and merged, for git and for CI."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from heygen_localize.core.errors import LockfileError, Where
from heygen_localize.core.lock import Lock
from heygen_localize.manifest.identity import project_names
from heygen_localize.project.lockfile.files import lock_text, read_lock
from heygen_localize.project.lockfile.merge import merge


@dataclass(frozen=True)
class MergeRequest:
    """The three states of a lockfile, each a file; None where there was none.

    With `own_approvals`, what theirs alone calls approved does not count. With
    `over_damaged`, theirs is passed over where it is no lockfile at all.
    """

    manifest: Path
    ours: Path
    base: Path | None = None
    theirs: Path | None = None
    own_approvals: bool = False
    over_damaged: bool = False


def check_lock(path: Path, manifest: Path) -> Lock:
    """Read a lockfile that is the manifest's, under the project's name or an earlier one.

    Raises:
        ManifestError: the manifest does not tell its project.
        LockfileError: there is none, it cannot be read, or it is another project's.
    """
    return _read(path, project_names(manifest))


def merge_locks(request: MergeRequest) -> str:
    """Merge two states of a manifest's lockfile; give the text of the result.

    Raises:
        ManifestError: the manifest does not tell its project.
        LockfileError: one of them cannot be read, or is another project's.
    """
    names = project_names(request.manifest)
    theirs = _read_theirs(request, names)
    lock = ours = _read_ours(request, names)
    if theirs is not None:
        lock = merge(_read_base(request, names), ours, theirs)
    if request.own_approvals:
        own = ours.approvals.items()
        lock = replace(lock, approvals=dict(sorted(lock.approvals.items() & own)))
    return lock_text(lock)


def _read_ours(request: MergeRequest, names: tuple[str, ...]) -> Lock:
    """Read our state; where there is theirs, ours may be nothing yet, as git tells it: empty."""
    path = request.ours
    if request.theirs is not None and (not path.exists() or path.stat().st_size == 0):
        return Lock(names[0])
    return _read(path, names)


def _read_theirs(request: MergeRequest, names: tuple[str, ...]) -> Lock | None:
    if request.theirs is None:
        return None
    try:
        return _read(request.theirs, names)
    except LockfileError as error:
        damaged = all(problem.code == "lockfile_invalid" for problem in error.problems)
        if request.over_damaged and damaged:
            return None
        raise


def _read_base(request: MergeRequest, names: tuple[str, ...]) -> Lock:
    """Read what both sides began with; what is no lockfile, they did not begin with."""
    try:
        return Lock(names[0]) if request.base is None else _read(request.base, names)
    except LockfileError:
        return Lock(names[0])


def _read(path: Path, names: tuple[str, ...]) -> Lock:
    lock = read_lock(path)
    if lock is None:
        raise LockfileError(f"there is no lockfile {path.name} here", where=Where(path.name))
    if lock.project not in names:
        raise LockfileError(
            f"{path.name} is a lockfile of another project than {names[0]!r}, the manifest's",
            code="lockfile_other_project",
            where=Where(path.name),
        )
    return lock
