"""Writing files so that a crash leaves the old one or the new one, never half of either."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path


def step(name: str) -> None:
    """Say that a step of keeping answers is done, to Python's audit hooks.

    The tests of crashes listen, and kill the process at each step in turn.
    """
    sys.audit("heygen_localize.step", name)


def write_atomically(path: Path, text: str, still: Callable[[], bool] = lambda: True) -> bool:
    """Put a text in place of a file: beside it, synced, renamed, and the folder synced.

    A file that is already there keeps its permissions. Line ends stay as given. `still` is
    asked last of all: where it says no, the old file stays; tell whether it was put.

    Raises:
        OSError: the disk is full, the folder read-only…; the old file is whole.
    """
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(path.stat().st_mode & 0o777 if path.exists() else 0o644)
        if not still():
            Path(name).unlink()
            return False
        Path(name).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise
    sync_folder(path.parent)
    return True


def write_new(path: Path, content: bytes, by_way_of: Path | None = None) -> bool:
    """Write a whole file where there is none; tell whether there was none.

    It is made in `by_way_of`, a folder of the same disk, else beside its place.

    Raises:
        OSError: the disk does not take it.
    """
    folder = by_way_of or path.parent
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=folder)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
        os.link(name, path)
    except FileExistsError:
        return False
    finally:
        with suppress(OSError):
            Path(name).unlink()
    sync_folder(path.parent)
    return True


def make_state_folder(folder: Path) -> None:
    """Make a folder under `.localize`, and keep git from seeing any of that.

    Raises:
        OSError: it cannot be made.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for around in (folder, *folder.parents):
        ignore = around / ".gitignore"
        if around.name == ".localize" and not ignore.exists():
            ignore.write_text("*\n", encoding="utf-8")


def sync_folder(folder: Path) -> None:
    """Make a rename in the folder last through a power cut, where the system can."""
    with suppress(OSError):  # Windows opens no folders, some network disks sync none
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
