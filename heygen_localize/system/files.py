"""Writing files so that a crash leaves the old one or the new one, never half of either.

Nothing is written through a link, nor into anything but a regular file (`system.folder`):
UnsafePathError is raised where one is in the way, OSError where the disk is full, a folder is
gone or may not be written to. What was there before is whole then.
"""

from __future__ import annotations

import errno
import hashlib
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from heygen_localize.system import STATE, Place, names, place_of, root_of, status

_LONGEST_STEM = 200
"""Bytes of a name that fit into that of a temporary file."""

_PIECE = 1024 * 1024
_NO_HARD_LINKS = frozenset(
    {errno.EPERM, errno.EACCES, errno.EMLINK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP}
    | {errno.EXDEV, errno.EINVAL}
)
"""What exFAT, SMB and FUSE answer to a hard link."""


def step(name: str) -> None:
    """Say that a step of keeping answers is done, to Python's audit hooks.

    The tests of crashes listen, and kill the process at each step in turn.
    """
    sys.audit("heygen_localize.step", name)


def write_atomically(
    path: Path,
    content: str | bytes,
    root: Path | None = None,
    still: Callable[[], bool] = lambda: True,
) -> bool:
    """Put a content in place of a file: beside it, synced, renamed, and the folder synced.

    A file that is already there keeps its permissions, a new one has those of the user's
    umask; so everywhere here. Line ends stay as given. `root` is what the path is walked
    from, see `system.root_of`; so everywhere here, too. `still` is asked last of all: where
    it says no, the old file stays; return whether it was put.
    """
    with place_of(path, root) as place:
        there = place.refuse_irregular()
        with _beside(place, [_bytes(content)], there) as made:
            if not still():
                return False
            made.move(place)
        place.sync()
    return True


def write_new(
    path: Path, content: bytes, root: Path | None = None, by_way_of: Path | None = None
) -> bool:
    """Write a whole file where there is none; return whether there was none.

    It is made in `by_way_of`, a folder of the same disk, else beside its place.
    """
    with (
        place_of(path, root) as place,
        place_of((by_way_of or path.parent) / path.name, root) as workshop,
        _beside(workshop, [content], None) as made,
    ):
        try:
            os.link(made.name, place.name, src_dir_fd=made.folder, dst_dir_fd=place.folder)
        except FileExistsError:
            return False
        except OSError as error:
            if error.errno not in _NO_HARD_LINKS:
                raise
            if not _put_new(made, place):
                return False
        place.sync()
    return True


def _put_new(made: Place, place: Place) -> bool:
    """Move a file to where none is, on a disk without hard links; return whether there was none.

    The name is taken first, by an empty file, so that no other file can be replaced: what
    somebody writes into that one is seen by its size. Only a kill between the two leaves it.
    """
    try:
        handle = place.open(os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    try:
        os.close(handle)
        taken = place.look()
        if taken is None or taken.st_size > 0:
            return False
        made.move(place)
    except BaseException:
        with suppress(OSError):
            taken = place.look()
            if taken is not None and taken.st_size == 0:
                place.remove()
        raise
    return True


def append(path: Path, content: str | bytes, *, sync: bool = False) -> None:
    """Write behind what a file holds; with `sync` it is on the disk when this returns."""
    with place_of(path) as place:
        fresh = place.look() is None
        handle = place.open(os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666, to_write=True)
        with os.fdopen(handle, "ab") as file:
            file.write(_bytes(content))
            file.flush()
            if sync:
                os.fsync(file.fileno())
        if sync and fresh:
            place.sync()


def to_append(path: Path) -> BinaryIO:
    """Open a file, made where it lacks, for lines that each write puts behind the rest."""
    with place_of(path) as place:
        handle = place.open(os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666, to_write=True)
        return os.fdopen(handle, "ab", buffering=0)


def truncate(path: Path, size: int) -> None:
    """Cut a file off behind so many bytes."""
    with place_of(path) as place:
        handle = place.open(os.O_WRONLY, to_write=True)
        try:
            os.ftruncate(handle, size)
        finally:
            os.close(handle)


def remove(path: Path) -> None:
    """Remove a file, or a link that stands in its place; nothing where there is none."""
    with suppress(FileNotFoundError, NotADirectoryError), place_of(path) as place:
        place.remove()


def remove_folder(folder: Path) -> None:
    """Remove a folder of files, and those in it; nothing where there is none."""
    with suppress(FileNotFoundError, NotADirectoryError), place_of(folder) as place:
        for name in names(folder):
            remove(folder / name)
        os.rmdir(place.name, dir_fd=place.folder)


def move(old: Place, destination: Path, root: Path | None = None) -> os.stat_result | None:
    """Put a file in the place of another at once, also where that is another disk; look at it.

    The permissions there stay, where there is one.
    """
    with place_of(destination, root) as new:
        replaced = new.refuse_irregular()
        if replaced is not None:
            old.set_mode(replaced.st_mode)
        try:
            old.move(new)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            there = old.refuse_irregular()
            with _beside(new, _pieces(old), there) as made:
                if there is not None:
                    made.set_time(there.st_mtime_ns)
                made.move(new)
            old.remove()
        return new.look()


def make_folder(folder: Path, root: Path | None = None) -> None:
    """Make a folder and those around it."""
    base = root_of(folder) if root is None else root
    while root is None and base != base.parent and not base.exists():
        base = base.parent
    with place_of(folder / "x", base, make=True):
        pass


def make_state_folder(folder: Path) -> None:
    """Make a folder under `.localize`, and keep git from seeing any of that."""
    make_folder(folder)
    for around in (folder, *folder.parents):
        if around.name == STATE and status(around / ".gitignore") is None:
            write_new(around / ".gitignore", b"*\n")


def lockable(path: Path) -> Path:
    """Make a file that a lock can be put on, or see that it is one; return its path."""
    with place_of(path) as place:
        os.close(place.open(os.O_RDWR | os.O_CREAT, 0o666, to_write=True))
    return path


@contextmanager
def _beside(place: Place, pieces: Iterable[bytes], like: os.stat_result | None) -> Iterator[Place]:
    """Write a new temporary file into a place's folder; it goes, unless it is moved meanwhile.

    Its permissions are `like` those of another, else the system's for new files.
    """
    stem = place.path.name
    if len(stem.encode()) > _LONGEST_STEM:
        stem = hashlib.sha256(stem.encode()).hexdigest()
    path = place.path.with_name(f".{stem}.{os.urandom(4).hex()}.tmp")
    made = Place(path.name if place.folder is not None else str(path), path, place.folder)
    mode = 0o666 if like is None else 0o600
    handle = made.open(os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(handle, "wb") as file:
            for piece in pieces:
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        if like is not None:
            made.set_mode(like.st_mode)
        yield made
    finally:
        with suppress(OSError):
            made.remove()


def _pieces(place: Place) -> Iterator[bytes]:
    with os.fdopen(place.open(os.O_RDONLY), "rb") as stream:
        while piece := stream.read(_PIECE):
            yield piece


def _bytes(content: str | bytes) -> bytes:
    return content if isinstance(content, bytes) else content.encode()
