"""Opening files of a checkout, in which a stranger may have put links, pipes and devices.

A path is walked from its root, folder by folder, each opened by the one before it, and no
link is followed on the way (`openat` with `O_NOFOLLOW`; where a system lacks that, each part
is looked at first). Only regular files are opened, without waiting, and read within a bound.
The way to the root itself may hold links: it is the user's.

UnsafePathError is raised where a link is in the way or no regular file stands in a place, and
OSError where something is not there or may not be opened, IsADirectoryError for a folder.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from msgspec import Struct

from heygen_localize.system.paths import (
    TooLargeError,
    UnsafePathError,
    absolute,
    refuse_irregular,
    root_of,
)
from heygen_localize.system.trace import current

_BY_FOLDER = {os.open, os.stat, os.mkdir, os.unlink, os.rename, os.link} <= os.supports_dir_fd
_CLOSED = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
_PATIENT = _CLOSED | _NO_LINK | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)
# A folder that may be entered and not listed is no obstacle where the system knows O_PATH.
_FOLDER = _CLOSED | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_PATH", os.O_RDONLY)


class Place(Struct, frozen=True):
    """A name in a folder that was reached without a link; `folder` is None where paths are used."""

    name: str
    path: Path
    folder: int | None

    def look(self) -> os.stat_result | None:
        """Return what stands here, following nothing; None where nothing does."""
        try:
            status = os.stat(self.name, dir_fd=self.folder, follow_symlinks=False)
        except FileNotFoundError:
            status = None
        if (trace := current()) is not None:
            trace.note_stat(self.path, status)
        return status

    def refuse_irregular(self, *, to_write: bool = False) -> os.stat_result | None:
        """Make sure that a regular file stands here, or none; say which.

        A file with another name elsewhere is not written into: a copy made of hard links
        would change with it.
        """
        status = self.look()
        if status is not None:
            refuse_irregular(status, self.path)
            if to_write and status.st_nlink > 1:
                raise UnsafePathError(self.path, "is a file that has another name elsewhere")
        return status

    def open(self, flags: int, mode: int = 0o666, *, to_write: bool = False) -> int:
        """Open the regular file here, and nothing that opening waits for or changes."""
        self.refuse_irregular(to_write=to_write)
        try:
            handle = os.open(self.name, flags | _PATIENT, mode, dir_fd=self.folder)
        except OSError as error:
            if error.errno in (errno.ELOOP, errno.ENXIO):
                raise UnsafePathError(self.path, "is no regular file") from None
            raise
        try:
            refuse_irregular(os.fstat(handle), self.path)
        except BaseException:
            os.close(handle)
            raise
        return handle

    def remove(self) -> None:
        """Remove what stands here, a link itself rather than what it leads to."""
        os.unlink(self.name, dir_fd=self.folder)

    def move(self, other: Place) -> None:
        """Put the file here in the place of another, at once."""
        other.refuse_irregular()
        os.replace(self.name, other.name, src_dir_fd=self.folder, dst_dir_fd=other.folder)

    def set_time(self, moment: int) -> None:
        """Set the time of change of what stands here, in nanoseconds since 1970."""
        links = self.folder is None  # Only there no system follows none.
        os.utime(self.name, ns=(moment, moment), dir_fd=self.folder, follow_symlinks=links)

    def set_mode(self, mode: int) -> None:
        """Set the permissions of the file here from a mode, where the system has such."""
        if hasattr(os, "fchmod"):
            handle = self.open(os.O_RDONLY)
            try:
                os.fchmod(handle, mode & 0o777)
            finally:
                os.close(handle)

    def sync(self) -> None:
        """Make what happened in the folder last through a power cut, where the system can."""
        with suppress(OSError):  # Windows opens no folders, some network disks sync none
            name = "." if self.folder is not None else str(self.path.parent)
            handle = os.open(name, os.O_RDONLY | _CLOSED, dir_fd=self.folder)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)


@contextmanager
def place_of(path: Path, root: Path | None = None, *, make: bool = False) -> Iterator[Place]:
    """Walk to the folder of a path, and hold it open meanwhile; with `make`, make what lacks."""
    whole = absolute(path)
    base = root_of(whole) if root is None else absolute(root)
    if not whole.is_relative_to(base) or whole == base:
        raise UnsafePathError(path, f"lies outside of {base}")
    *around, name = whole.relative_to(base).parts
    if not _BY_FOLDER:
        for depth in range(len(around)):
            _look_at_folder(base.joinpath(*around[: depth + 1]), None, make=make)
        yield Place(str(whole), whole, None)
        return
    handle = os.open(base, _FOLDER)
    try:
        for depth, part in enumerate(around):
            here = Place(part, base.joinpath(*around[: depth + 1]), handle)
            try:
                inner = _entered(here, make=make)
            except FileNotFoundError:
                if (trace := current()) is not None:
                    trace.note_stat(whole, None)
                raise
            os.close(handle)
            handle = inner
        yield Place(name, whole, handle)
    finally:
        os.close(handle)


class Folder:
    """A folder that was reached without a link, held open for many places in it.

    It is let go of with the last that hold it: threads may still work there as a run ends.
    """

    def __init__(self, path: Path, root: Path | None = None) -> None:
        self._handle: int | None = None
        self._root = root
        with place_of(path / "x", root) as inside:
            self._path = inside.path.parent
            if inside.folder is not None:
                self._handle = os.dup(inside.folder)

    def place(self, name: str) -> Place:
        """Return a place in it, which is good as long as the folder is held."""
        if self._handle is None:
            with place_of(self._path / name, self._root) as place:
                return place
        return Place(name, self._path / name, self._handle)

    def __del__(self) -> None:
        if self._handle is not None:
            os.close(self._handle)


def _entered(here: Place, *, make: bool) -> int:
    try:
        return os.open(here.name, _FOLDER | _NO_LINK, dir_fd=here.folder)
    except FileNotFoundError:
        if not make:
            raise
    except OSError as error:
        _look_at_folder(here.path, here)
        raise error from None
    with suppress(FileExistsError):
        os.mkdir(here.name, dir_fd=here.folder)
    return _entered(here, make=False)


def _look_at_folder(path: Path, here: Place | None, *, make: bool = False) -> None:
    status = (here or Place(str(path), path, None)).look()
    if status is None:
        if make:
            path.mkdir(exist_ok=True)
        return
    if stat.S_ISLNK(status.st_mode):
        raise UnsafePathError(path, "is a link, and none is followed here")


def status(path: Path, root: Path | None = None) -> os.stat_result | None:
    """Return what is known of a regular file; None where there is none."""
    try:
        with place_of(path, root) as place:
            return place.refuse_irregular()
    except (FileNotFoundError, NotADirectoryError):
        return None


def opened(path: Path, root: Path | None = None) -> BinaryIO:
    """Open a regular file for reading."""
    with place_of(path, root) as place:
        return os.fdopen(place.open(os.O_RDONLY), "rb")


def created(path: Path, root: Path | None = None) -> BinaryIO:
    """Open a file for writing that is not there yet."""
    with place_of(path, root) as place:
        return os.fdopen(place.open(os.O_WRONLY | os.O_CREAT | os.O_EXCL), "wb")


def read(path: Path, limit: int, root: Path | None = None) -> bytes:
    """Read a regular file of at most so many bytes; of a larger one not a single byte.

    Raises:
        UnsafePathError: a link is in the way, or it is no regular file.
        TooLargeError: it has more bytes, or grows while it is read.
        OSError: it is not there, or cannot be read.
    """
    with opened(path, root) as stream:
        size = os.fstat(stream.fileno()).st_size
        if size > limit:
            raise TooLargeError(limit)
        content = stream.read(limit + 1 if size == limit else size + 1)
        while len(content) <= limit and (more := stream.read(limit + 1 - len(content))):
            content += more
    if len(content) > limit:
        raise TooLargeError(limit)
    if (trace := current()) is not None:
        trace.note_content(absolute(path), content)
    return content


def entries(folder: Path, root: Path | None = None) -> Iterator[os.DirEntry[str]]:
    """Walk over what lies in a folder that no link leads to; over nothing where it is not there."""
    trace, seen = current(), list[os.DirEntry[str]]()
    whole = trace is None
    try:
        for entry in _entries(folder, root):
            if trace is not None:
                seen.append(entry)
            yield entry
        whole = True
    finally:
        if trace is not None:
            trace.note_listing(absolute(folder), seen if whole else None)


def _entries(folder: Path, root: Path | None) -> Iterator[os.DirEntry[str]]:
    with suppress(FileNotFoundError, NotADirectoryError), place_of(folder / "x", root) as inside:
        if inside.folder is None:
            with os.scandir(folder) as found:
                yield from found
            return
        handle = os.open(".", os.O_RDONLY | _CLOSED, dir_fd=inside.folder)
        try:
            with os.scandir(handle) as found:
                yield from found
        finally:
            os.close(handle)


def names(folder: Path) -> list[str]:
    """List the names in a folder that no link leads to, sorted; none where it is not there."""
    return sorted(entry.name for entry in entries(folder))
