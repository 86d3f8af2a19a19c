"""One `apply` for each manifest on a machine, and a look whether the disk will take answers."""

from __future__ import annotations

import errno
import json
import os
import re
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from heygen_localize.core.errors import BusyError, DiskError, Where
from heygen_localize.system import STATE, names, opened, read
from heygen_localize.system.causes import cause_of
from heygen_localize.system.files import lockable, make_state_folder, remove, write_atomically

_PROBE = ".localize-probe-"
_MAX_OWNER_BYTES = 1_000_000


_NO_LOCKS = frozenset({errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP})
"""What a file system without locks answers: NFS mounted with `nolock`, some of FUSE."""

_LET_GO_WITHIN = 0.5
"""Seconds; a git that a killed run was about to start holds its lock for a moment longer."""


def state_folder(manifest: Path) -> Path:
    """Return the folder of what is not for git: `.localize/NAME/` beside the manifest."""
    return manifest.parent / STATE / manifest.stem


def journal_path(manifest: Path) -> Path:
    """Return the file of the answers that are not in the lockfile yet."""
    return state_folder(manifest) / "journal.jsonl"


def staging_of(manifest: Path) -> str:
    """Return the folder, from the manifest's, of files that wait for their check."""
    return f"{STATE}/{manifest.stem}/staged"


def cache_path(manifest: Path, name: str) -> Path:
    """Return a file of what was learned and may be forgotten: CI may keep this folder."""
    return state_folder(manifest) / "cache" / name


@contextmanager
def only_one(manifest: Path) -> Iterator[None]:
    """Keep other processes from applying the manifest meanwhile.

    Raises:
        BusyError: one does already; the message names it.
        UnsafePathError: something else stands in the place of a file or folder of ours.
        DiskError: the folder for it cannot be made.
        UsageError, BucketError: as `only_one_anywhere`.
    """
    # Commands that only read need no lock, and it takes a while to load.
    from filelock import FileLock, Timeout

    from heygen_localize.project.object_lock import only_one_anywhere

    folder = state_folder(manifest)
    try:
        make_state_folder(folder)
    except OSError as error:
        raise _disk_error(folder, error) from None
    owner = folder / "owner.json"
    try:
        # filelock opens the file by its path, and empties it.
        path = lockable(folder / "apply.lock")
        _refuse_lockless(path)
        lock = FileLock(path)
        lock.acquire(timeout=_LET_GO_WITHIN)
    except Timeout:
        raise BusyError(
            f"another localize applies {manifest.name}: {_described(owner)}",
            where=Where(file=str(manifest)),
            hint="wait for it to end, then run this again: nothing is paid twice",
        ) from None
    except OSError as error:
        raise _disk_error(folder, error) from None
    try:
        _sweep(manifest)
        with suppress(OSError):
            write_atomically(
                owner, json.dumps({"pid": os.getpid(), "command": shlex.join(sys.argv)})
            )
        with only_one_anywhere(manifest.name):
            yield
    finally:
        with suppress(OSError):
            remove(owner)
        lock.release()


def _refuse_lockless(path: Path) -> None:
    """See whether the file system keeps locks.

    The library would make do with a file whose presence means "locked", warn of it, and
    leave it behind when it is killed.
    """
    try:
        import fcntl
    except ImportError:  # Windows, whose locks every file system there has.
        return
    with opened(path) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno in _NO_LOCKS:
                raise DiskError(
                    f"the file system of {path.parent} keeps no locks ({cause_of(error)}), so "
                    "two runs at once could order the same",
                    code="no_file_locks",
                    where=Where(file=str(path.parent)),
                    hint="work on a local disk, or mount this one with locks (NFS: without "
                    "nolock); nothing was ordered",
                ) from None


def _sweep(manifest: Path) -> None:
    """Remove what a run that was killed while it wrote has left beside the manifest."""
    own = rf"\.{re.escape(manifest.stem)}\.lock\..*\.tmp|{_PROBE}.*|\.{_PROBE}.*\.tmp"
    _remove(manifest.parent, re.compile(own))
    _remove(state_folder(manifest) / "proofreads", re.compile(r"\..*\.tmp"))


def _remove(folder: Path, stale: re.Pattern[str]) -> None:
    with suppress(OSError):
        for name in names(folder):
            if stale.fullmatch(name):
                with suppress(OSError):
                    remove(folder / name)


def refuse_full_disk(folder: Path, size: int) -> None:
    """Write and remove a file of so many bytes, to learn before paying what a disk refuses.

    Raises:
        DiskError: no room, no right to write, no such folder.
    """
    probe = folder / f"{_PROBE}{os.getpid()}"
    try:
        write_atomically(probe, " " * max(size, 4096))
    except OSError as error:
        raise _disk_error(folder, error) from None
    finally:
        with suppress(OSError):
            remove(probe)


def _described(owner: Path) -> str:
    try:
        found = json.loads(read(owner, _MAX_OWNER_BYTES))
        return f"process {int(found['pid'])}, {str(found['command'])[:200]!r}"
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return "an unknown process"


def _disk_error(folder: Path, error: OSError) -> DiskError:
    cause = cause_of(error)
    hint = cause.hint or "make room, or give this user permission to write"
    return DiskError(
        f"{folder} cannot be written to: {cause}",
        where=Where(file=str(folder)),
        hint=f"{hint}; nothing was ordered",
    )
