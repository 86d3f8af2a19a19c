"""What other lockfiles count on, so that no manifest has another one's jobs deleted."""

from __future__ import annotations

import os
from collections.abc import Container, Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from msgspec.structs import replace

from heygen_localize.core.encoding import is_pointer
from heygen_localize.core.errors import Diagnostic, GitError, LockfileError, Where
from heygen_localize.core.lock import Lock
from heygen_localize.core.text import sanitize, subtitle_bytes
from heygen_localize.project.lockfile.reader import decode_lock
from heygen_localize.project.lockfile.store import MAX_LOCKFILE_BYTES
from heygen_localize.system import UnsafePathError, names, read, status
from heygen_localize.system.causes import cause_of
from heygen_localize.system.git import tracked

_PATTERN = "*.lock"
_OURS = (b'"lockfile_version"', b'"translation_id"')
"""What stands in our lockfiles, damaged ones too, and not in those of package managers."""


def counted_on_elsewhere(lock_path: Path, exported: Container[str] = ()) -> dict[str, str]:
    """Return the ids of jobs and sessions that other lockfiles count on, each with one's path.

    Those are looked at that lie beside this one, and those that git tracks in the same
    work tree: its index names them, and no folder has to be walked. Those of the `exported`
    projects, whose state is in a database, only say what that said, and count on nothing.

    Raises:
        LockfileError: one of them cannot be read, or git does not name them, so what
            they count on is not known.
    """
    found: dict[str, str] = {}
    for path in _others(lock_path):
        name = Path(os.path.relpath(path, lock_path.parent)).as_posix()
        lock = _read(path, sanitize(name, 200))
        for job in counted_on(lock) if lock is not None and lock.project not in exported else ():
            found.setdefault(job, sanitize(name, 200))
    return found


def _others(own: Path) -> Iterator[Path]:
    try:
        elsewhere = tracked(own.parent, _PATTERN)
    except GitError as error:
        raise LockfileError(
            "git does not tell which other lockfiles there are, which may count on the jobs: "
            f"{error}",
            code="other_lockfile_unreadable",
            where=Where(file=own.name),
            hint=f"{error.problems[0].hint}; nothing was deleted",
        ) from None
    beside = [own.parent / name for name in names(own.parent) if fnmatchcase(name, _PATTERN)]
    seen = {os.path.realpath(own)}
    for path in (*beside, *elsewhere):
        real = os.path.realpath(path)
        if real not in seen:
            seen.add(real)
            yield path


def _read(path: Path, name: str) -> Lock | None:
    """Read a lockfile; None where it is none of ours."""
    try:
        if status(path) is None:
            return None
        content = read(path, MAX_LOCKFILE_BYTES)
        # What stands for a lockfile may be ours, and who reads it says so.
        ours = is_pointer(content) or any(mark in subtitle_bytes(content) for mark in _OURS)
        return decode_lock(content, Where(file=path.name)) if ours else None
    except (UnsafePathError, IsADirectoryError):
        return None  # No command takes a link or a pipe for its lockfile.
    except OSError as error:
        raise _unreadable(Diagnostic("", f"it cannot be read: {cause_of(error)}"), name) from None
    except LockfileError as error:
        raise _unreadable(error.problems[0], name) from None


def _unreadable(problem: Diagnostic, name: str) -> LockfileError:
    fix = "restore it from git, or move it away if no manifest uses it any more"
    if problem.code == "lockfile_newer" and problem.hint:
        fix = problem.hint
    return LockfileError(
        f"what {name} counts on is not known: {problem.message}",
        code="other_lockfile_unreadable",
        where=replace(problem.where, file=name) if problem.where.path else Where(file=name),
        hint=f"{fix}; nothing was deleted",
    )


def counted_on(lock: Lock) -> Iterator[str]:
    """Walk over the ids that a lock needs, of jobs and of proofread sessions.

    What only `superseded` names, nobody needs.
    """
    for session in lock.sessions.values():
        yield session.proofread_id
    for entry in lock.entries.values():
        yield from entry.ids()
        if entry.protected:
            yield from entry.superseded
