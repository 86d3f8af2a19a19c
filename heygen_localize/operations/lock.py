"""Lockfiles checked against their manifest, and merged; the lock of several machines broken."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from heygen_localize.core.errors import BusyError, LockfileError, TakenError, UsageError, Where
from heygen_localize.core.lock import Lock
from heygen_localize.manifest.identity import project_names
from heygen_localize.project.lockfile.merge import merge
from heygen_localize.project.lockfile.store import lock_text, read_lock
from heygen_localize.project.object_lock import EXPIRES, VARIABLE, lock_of
from heygen_localize.system.clock import Clock


def check_lock(path: Path, manifest: Path) -> Lock:
    """Read a lockfile that is the manifest's, under the project's name or an earlier one.

    Raises:
        ManifestError: the manifest does not tell its project.
        LockfileError: there is none, it cannot be read, or it is another project's.
    """
    return _read(path, project_names(manifest))


def break_lock(text: str, clock: Clock) -> str:
    """Take the lock of an object from a process that shows no life; return what was done.

    Raises:
        UsageError: no lock is named.
        BusyError: who holds it lives.
        BucketError, BucketUnreachable: the bucket does not let us.
    """
    lock = lock_of(text)
    if lock is None:
        raise UsageError(
            f"{VARIABLE} names no lock",
            code="lock_unnamed",
            hint=f"set {VARIABLE}=s3://BUCKET/NAME, as the runs have it",
        )
    found = lock.held()
    if found is None:
        return "Nobody holds the lock"
    seen, holder = found
    clock.sleep(EXPIRES)
    try:
        again = lock.held()
        if again is None:
            return "Nobody holds the lock any more"
        if again[0] != seen:
            raise TakenError("a heartbeat came")
        lock.break_it(seen)
    except TakenError:
        raise BusyError(
            f"the lock is held, and its holder lives: {holder}",
            code="lock_held",
            hint="wait for it to end, or end that process",
        ) from None
    return f"Broken: the lock was held by {holder}"


def merge_locks(
    manifest: Path,
    ours: Path,
    base: Path | None,
    theirs: Path | None,
    *,
    own_approvals: bool = False,
    over_damaged: bool = False,
) -> str:
    """Merge two states of a manifest's lockfile, each a file; return the text of the result.

    `base` is what both began with. None stands for a state that there is not. With
    `own_approvals`, what theirs alone calls approved does not count. With `over_damaged`,
    theirs is passed over where it is no lockfile at all.

    Raises:
        ManifestError: the manifest does not tell its project.
        LockfileError: one of them cannot be read, or is another project's.
    """
    names = project_names(manifest)
    other = None if theirs is None else _read_theirs(theirs, names, over_damaged)
    # Where there is theirs, ours may be nothing yet, as git tells it: empty.
    if theirs is not None and (not ours.exists() or ours.stat().st_size == 0):
        own = Lock(names[0])
    else:
        own = _read(ours, names)
    lock = own if other is None else merge(_read_base(base, names), own, other)
    if own_approvals:
        approvals = lock.approvals.items() & own.approvals.items()
        lock = replace(lock, approvals=dict(sorted(approvals)))
    return lock_text(lock)


def _read_theirs(path: Path, names: tuple[str, ...], over_damaged: bool) -> Lock | None:
    try:
        return _read(path, names)
    except LockfileError as error:
        damaged = all(problem.code == "lockfile_invalid" for problem in error.problems)
        if over_damaged and damaged:
            return None
        raise


def _read_base(path: Path | None, names: tuple[str, ...]) -> Lock:
    """Read what both sides began with; what is no lockfile, they did not begin with."""
    try:
        return Lock(names[0]) if path is None else _read(path, names)
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
