"""Paths that a manifest names: they stay inside the repository, and work on every system."""

from __future__ import annotations

import posixpath
import re
import unicodedata
from functools import lru_cache
from pathlib import Path

from msgspec import Struct

from heygen_localize.core.errors import InputError
from heygen_localize.system import STATE, UnsafePathError, absolute, names, root_of

_PORTS = tuple(f"{port}{number}" for port in ("com", "lpt") for number in "0123456789¹²³")
_DEVICES = frozenset(("con", "prn", "aux", "nul", "conin$", "conout$", *_PORTS))
_UNSAFE = re.compile('[\x00-\x1f\x7f-\x9f<>:"|?*\\\\]')
"""What Windows allows in no name; `\\` parts folders there and not elsewhere."""

_RESERVED = frozenset((".git", "git~1", STATE))
_DRIVE = re.compile(r"[A-Za-z]:")
_LONGEST_NAME = 255
"""Bytes, on the usual file systems."""


class ProjectPaths(Struct, frozen=True):
    """Where a manifest's paths begin, and what they may not leave.

    `folder` is the manifest's; `root` the repository around it, or else the
    same folder.
    """

    folder: Path
    root: Path

    @classmethod
    def of(cls, manifest: Path) -> ProjectPaths:
        """Return those of a manifest: its root is the nearest folder around it with `.git`."""
        whole = absolute(manifest)
        return cls(whole.parent, root_of(whole))

    def locate(self, text: str) -> tuple[Path, str]:
        """Return the file that a path names, and the path in its shortest form.

        Raises:
            InputError: the path is absolute, leaves the root by `..`, or is not
                written in the way that every system reads. Links are looked at where it
                is opened.
        """
        reference = self.relative(text)
        return self.folder / reference, reference

    def relative(self, text: str) -> str:
        """Return a path in its shortest form, having looked at its letters only.

        Raises:
            InputError: as `locate`.
        """
        if "\\" in text:
            raise InputError("path_invalid", f"{text!r} holds a backslash", "write / instead")
        if text.startswith("/") or _DRIVE.match(text):
            raise InputError(
                "path_absolute",
                f"{text!r} is an absolute path, which holds on one machine only",
                "write it relative to the manifest's folder",
            )
        reference = posixpath.normpath(text)
        outside = posixpath.normpath((self.folder / reference).as_posix())
        if not Path(outside).is_relative_to(self.root):
            raise InputError(
                "path_leaves_root",
                f"{text!r} leads out of {self.root}",
                "only files of the same repository (or else folder) are read",
            )
        return reference

    def holds(self, path: Path) -> bool:
        """Return whether a path lies inside the root once its links are followed."""
        try:
            return path.resolve().is_relative_to(self.root.resolve())
        except (OSError, RuntimeError):
            return False  # A circle of links.


def beside(path: Path) -> list[str]:
    """Return the names in a path's folder; none where they cannot be had."""
    try:
        return names(path.parent)
    except (OSError, UnsafePathError):
        return []


def check_output_path(path: str) -> None:
    """Make sure that a file can be written there, inside of the folder, on every system.

    Raises:
        InputError: it cannot.
    """
    folder, slash, name = path.rpartition("/")
    sound = _is_folder(folder) if slash else not _DRIVE.match(path)
    if sound and _wrong_with_name(name) is None:
        return
    if path.startswith("/") or _DRIVE.match(path):
        raise InputError(
            "output_absolute", f"{path!r} is absolute", "write it relative to the manifest's folder"
        )
    for name in path.split("/"):
        wrong = _wrong_with_name(name)
        if wrong is not None:
            told, hint = wrong
            raise InputError("output_invalid", f"{path!r} has a part that {told}: {name!r}", hint)


@lru_cache(maxsize=1024)
def _is_folder(path: str) -> bool:
    """Return whether a path of folders is one that files can be written to."""
    absolute = path.startswith("/") or _DRIVE.match(path)
    return not absolute and all(_wrong_with_name(name) is None for name in path.split("/"))


def _is_reserved(name: str) -> bool:
    """Return whether some system takes a name for git's folder or that of our own state."""
    if name.isascii():
        return name.lower() in _RESERVED
    # macOS passes over what shows nothing, Windows knows short names; git minds both.
    shown = "".join(char for char in name if unicodedata.category(char) != "Cf")
    return unicodedata.normalize("NFC", shown).casefold() in _RESERVED


@lru_cache(maxsize=4096)
def _wrong_with_name(name: str) -> tuple[str, str] | None:
    """Return why a name cannot be one, and how to mend it."""
    unsafe = _UNSAFE.search(name)
    if name == "..":
        return ("may lead out of the folder", "write a path inside the manifest's folder")
    if unsafe:
        character = repr(unsafe.group())
        return (
            f"holds {character}, which not every system allows in names",
            "write / between folders" if unsafe.group() == "\\" else f"leave out the {character}",
        )
    if name in ("", "."):
        return ("is no name", "write one / between folders, and a name behind the last")
    if _is_reserved(name):
        return ("is kept for git or for our own state", "write a folder of another name")
    if name[-1] in ". ":
        return (f"ends in {name[-1]!r}, which Windows drops", "let it end in something else")
    if len(name.encode()) > _LONGEST_NAME:
        return (f"has more than {_LONGEST_NAME} bytes", "write a shorter one")
    # To Windows it is one whatever follows its first dot.
    if name.partition(".")[0].rstrip(" ").casefold() in _DEVICES:
        return ("Windows keeps for a device", f"put something before it, such as v-{name}")
    return None
