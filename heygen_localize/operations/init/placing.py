"""Files that are put where none is, or get the lines that they lack; nothing is written over."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path

from heygen_localize.core.errors import UsageError
from heygen_localize.system import read
from heygen_localize.system.causes import cause_of
from heygen_localize.system.files import append, make_folder, write_new

_LARGEST = 10_000_000
"""Bytes of a file of git's settings."""


class Done(Enum):
    """What became of a file."""

    WRITTEN = "written"
    EXTENDED = "extended"
    KEPT = "kept"


@dataclass(frozen=True)
class Step:
    """One file, what was done with it, and the lines that it got where it was there."""

    path: Path
    done: Done
    lines: tuple[str, ...] = ()


def put(path: Path, text: str) -> Step:
    """Write a file where there is none, and the folders around it.

    Raises:
        UsageError: the disk does not take it.
    """
    try:
        make_folder(path.parent)
        done = Done.WRITTEN if write_new(path, text.encode()) else Done.KEPT
    except OSError as error:
        raise unwritable(path, error) from None
    return Step(path, done)


def extend(path: Path, wanted: Sequence[str], *, whole_lines: bool = True) -> Step:
    """Append the lines that a file lacks, in its own line ends.

    Without `whole_lines` a line counts as there where one has the same first word.

    Raises:
        UsageError: the disk does not take it.
    """
    try:
        before = read(path, _LARGEST) if os.path.lexists(path) else None
        present = {
            _told(line, whole_lines)
            for line in (before or b"").decode(errors="replace").split("\n")
        }
        lines = tuple(line for line in wanted if _told(line, whole_lines) not in present)
        if before is None:
            return replace(put(path, "".join(f"{line}\n" for line in lines)), lines=lines)
        if lines:
            end = b"\r\n" if b"\r\n" in before else b"\n"
            gap = b"" if before.endswith(b"\n") or not before else end
            append(path, gap + b"".join(line.encode() + end for line in lines))
    except OSError as error:
        raise unwritable(path, error) from None
    return Step(path, Done.EXTENDED if lines else Done.KEPT, lines)


def _told(line: str, whole: bool) -> str:
    """Give what a line of git's files is about; slashes around a folder do not count."""
    text = line.strip()
    return text.strip("/") if whole else text.partition(" ")[0].partition("\t")[0].lstrip("/")


def unwritable(path: Path, error: OSError) -> UsageError:
    """Say that a file cannot be written, and why."""
    return UsageError(f"{path} cannot be written: {cause_of(error)}")
