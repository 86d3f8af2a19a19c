"""Where pulled files go, looked at on the disk before the first byte is fetched."""

from __future__ import annotations

import stat
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

from heygen_localize.errors import ManifestError, Problem
from heygen_localize.model import Manifest, MediaKind
from heygen_localize.pulls import Wanted

_OURS = frozenset({".git", ".localize"})
_HINT_LINK = "let outputs lead elsewhere, or replace the link by a folder"


def refuse_unsafe(manifest: Manifest, files: Sequence[Wanted]) -> None:
    """Make sure that every file can be put where it belongs, and nowhere else.

    Raises:
        ManifestError: one leads out of the manifest's folder by a link, over what the
            manifest reads, into git's folder or ours, where another goes too, or
            where no file can be put; all of them together.
    """
    root = manifest.path.parent.resolve()
    problems = list(_problems(root, _kept(manifest, root), files))
    if problems:
        raise ManifestError.of(problems)


def lies_inside(folder: Path, root: Path) -> bool:
    """Tell whether a folder lies in another once links are followed."""
    try:
        return folder.resolve().is_relative_to(root)
    except (OSError, RuntimeError):
        return False  # A circle of links.


def _kept(manifest: Manifest, root: Path) -> frozenset[str]:
    """Give the files that no other may be put over."""
    read = {
        root / media.reference
        for target in manifest.targets
        for media in target.media
        if media.kind is MediaKind.FILE
    }
    own = {manifest.path, manifest.lock_path}
    return frozenset(_same_file(path.resolve()) for path in read | own)


def _problems(root: Path, kept: frozenset[str], files: Sequence[Wanted]) -> Iterator[Problem]:
    owners: dict[str, Wanted] = {}
    followed = lru_cache(maxsize=4096)(_followed)
    for file in files:
        folder = followed((root / file.path).parent)
        if folder is None or not folder.is_relative_to(root):
            yield _problem(file, "output_leaves_folder", "leads out of the folder by a link")
            continue
        place = folder / Path(file.path).name
        owner = owners.setdefault(_same_file(place), file)
        if not _OURS.isdisjoint(part.casefold() for part in place.relative_to(root).parts):
            yield _problem(file, "output_protected", "leads into a folder of git or localize")
        elif _same_file(place) in kept:
            yield _problem(file, "output_protected", "is a file that the manifest reads")
        elif owner is not file:
            told = f"is by a link the same file as {owner.path!r}"
            yield _problem(file, "output_twice", told)
        elif blocked := _blocked(root, folder, place):
            yield _problem(file, "output_blocked", blocked)


def _followed(folder: Path) -> Path | None:
    try:
        return folder.resolve()
    except (OSError, RuntimeError):
        return None  # A circle of links.


def _blocked(root: Path, folder: Path, place: Path) -> str | None:
    """Say why no file can be put at a place, whose folder is free of links."""
    while folder != root and not folder.exists():
        folder = folder.parent
    if not folder.is_dir():
        return "needs a folder where a file stands"
    try:
        if place.is_symlink() and not place.resolve().is_relative_to(root):
            return "is a link that leads out of the folder"
        mode = place.stat().st_mode
    except FileNotFoundError:
        return None
    except (OSError, RuntimeError):
        return "cannot be looked at"
    if stat.S_ISDIR(mode):
        return "is a folder"
    return None if stat.S_ISREG(mode) else "is not a plain file"


def _problem(file: Wanted, code: str, told: str) -> Problem:
    hint = _HINT_LINK if "link" in told else "let outputs lead elsewhere"
    message = f"{file.address} ({file.kind}): {file.path!r} {told}"
    return Problem(code, message, file.where, hint)


def _same_file(path: Path) -> str:
    """Give what is equal for paths that some system takes for one file."""
    return unicodedata.normalize("NFC", path.as_posix()).casefold()
