"""Where paths of a checkout begin, what they may not lead to, and how that is told."""

from __future__ import annotations

import errno
import os
import stat
from itertools import pairwise
from pathlib import Path

from heygen_localize.core.errors import LocalizeError, Where
from heygen_localize.core.text import sanitize

STATE = ".localize"
"""The name of the folder of what is not for git."""

_GIT = ".git"


class UnsafePathError(LocalizeError):
    """Something in the checkout that is no regular file or folder stands in a path's way."""

    default_code = "path_unsafe"

    def __init__(self, path: Path, what: str, code: str | None = None) -> None:
        shown = sanitize(_shown(path), 300)
        super().__init__(
            f"this {what}",
            code=code,
            where=Where(file=shown),
            hint="a checkout can hold anything; put a regular file or folder there, or remove it",
        )
        self.what, self.told = what, f"{shown} {what}"


class TooLargeError(OSError):
    """A file that has more bytes than what it stands for can have."""

    def __init__(self, limit: int) -> None:
        super().__init__(errno.EFBIG, f"it is larger than {_megabytes(limit)}")


def absolute(path: Path) -> Path:
    """Return a whole path, of which `..` is taken off by its letters: no link is followed."""
    return Path(os.path.abspath(path))


def root_of(path: Path) -> Path:
    """Return the folder that a file's way is walked from.

    It is the nearest repository around it, else the file's own folder; of our own state the
    folder that `.localize` lies in. A link is no repository: it would be one's own way out.
    """
    # By strings: this is done for every file that is opened, and pathlib takes its time.
    chain = [os.path.dirname(os.path.abspath(path))]
    while (above := os.path.dirname(chain[-1])) != chain[-1]:
        chain.append(above)
    names = [os.path.basename(place) for place in chain]
    for depth, (name, outer) in enumerate(pairwise(names), 1):
        if name == STATE and outer != STATE:
            chain = chain[depth:]
            break
    for place in chain:
        if os.path.lexists(os.path.join(place, _GIT)) and not os.path.islink(place):
            return Path(place)
    return Path(chain[0])


def real_path(path: Path, root: Path) -> Path:
    """Return where a file to read lies that links inside the root may lead to.

    Raises:
        UnsafePathError: they lead out of it, or into git's own folder, which may hold secrets;
            only what git-annex keeps there is the repository's.
    """
    real, base = Path(os.path.realpath(path)), Path(os.path.realpath(root))
    if not real.is_relative_to(base):
        raise UnsafePathError(path, f"leads out of {root} by a link", "path_leaves_root")
    parts = tuple(part.casefold() for part in real.relative_to(base).parts)
    if _GIT in parts and parts[:3] != (_GIT, "annex", "objects"):
        raise UnsafePathError(path, "lies in git's own folder")
    return real


def refuse_irregular(status: os.stat_result, path: Path) -> None:
    """Make sure that a path leads to a regular file, and say what it is else.

    Raises:
        UnsafePathError: a link, a pipe, a device.
        IsADirectoryError: a folder.
    """
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if stat.S_ISLNK(status.st_mode):
        raise UnsafePathError(path, "is a link, and none is followed here")
    if not stat.S_ISREG(status.st_mode):
        raise UnsafePathError(path, "is no regular file")


def _shown(path: Path) -> str:
    try:
        way = os.path.relpath(path)
    except ValueError:  # Another drive of Windows.
        return path.as_posix()
    return path.as_posix() if way.startswith("..") else Path(way).as_posix()


def _megabytes(limit: int) -> str:
    return f"{limit // 1_000_000} MB" if limit >= 1_000_000 else f"{limit // 1000} kB"
