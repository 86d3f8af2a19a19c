"""Files of the checkout, where a stranger may have put anything under any name.

Read are regular files of a bounded size, through no link at any level, and without
waiting, as at a pipe. Standard library alone: the first step runs before anything is
installed. `localize` has rules of its own for what it opens.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

LARGEST = 32 * 1024 * 1024
"""Bytes of a lockfile; `localize` reads none that is larger."""

_READING = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
_BY_FOLDER = bool(_NO_LINK) and os.open in os.supports_dir_fd


class NotRegularError(Exception):
    """Something else than a regular file, or one that is too large, stands under a name."""


def read(path: Path, largest: int = LARGEST) -> bytes | None:
    """Read a file, named from the root of the checkout, where we are; None where there is none.

    Raises:
        NotRegularError: it is no regular file of at most `largest` bytes, reached by no link.
    """
    try:
        handle = _opened(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        # A link gives ELOOP or ENOTDIR, a socket ENXIO.
        told = f"{path.as_posix()} is no regular file that can be read, or leads over a link"
        raise NotRegularError(f"{told} ({error.strerror})") from None
    found = os.fstat(handle)
    if not stat.S_ISREG(found.st_mode):
        os.close(handle)
        raise NotRegularError(f"{path.as_posix()} is no regular file")
    with os.fdopen(handle, "rb") as file:
        content = file.read(largest + 1) if found.st_size <= largest else None
    if content is None or len(content) > largest:
        raise NotRegularError(f"{path.as_posix()} is larger than {largest // 1024**2} MiB")
    return content


def write(path: Path, content: bytes) -> None:
    """Put a file in the place of what `read` has looked at, never through a link."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    made = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o644)
    with os.fdopen(made, "wb") as file:
        file.write(content)
    beside.replace(path)


def linked(path: Path) -> bool:
    """Tell whether a link stands anywhere on the way to a file or folder, itself included."""
    return any(_is_link(part) for part in (path, *path.parents))


def _opened(path: Path) -> int:
    if not _BY_FOLDER:
        # Windows: between looking and opening nobody else works in the checkout.
        if linked(path) or not stat.S_ISREG(path.lstat().st_mode):
            raise OSError(0, "looked at before it was opened")
        return os.open(path, _READING)
    folder = os.open(path.anchor or ".", os.O_RDONLY | os.O_DIRECTORY)
    try:
        for name in path.parent.relative_to(path.anchor).parts:
            below = os.open(name, os.O_RDONLY | os.O_DIRECTORY | _NO_LINK, dir_fd=folder)
            os.close(folder)
            folder = below
        return os.open(path.name, _READING | _NO_LINK, dir_fd=folder)
    finally:
        os.close(folder)


def _is_link(path: Path) -> bool:
    try:
        found = path.lstat()
    except OSError:
        return False
    reparsed = getattr(found, "st_file_attributes", 0) & 0x400  # Windows: junctions too
    return stat.S_ISLNK(found.st_mode) or bool(reparsed)
