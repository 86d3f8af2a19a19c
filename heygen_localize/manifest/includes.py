"""Finds and reads the files that a manifest includes."""

from __future__ import annotations

import re
import stat
from collections.abc import Callable, Iterator
from fnmatch import translate
from functools import lru_cache
from itertools import takewhile
from pathlib import Path

from heygen_localize.core.errors import InputError
from heygen_localize.manifest.diagnostics import Diagnostics
from heygen_localize.manifest.document import Document
from heygen_localize.manifest.paths import ProjectPaths
from heygen_localize.manifest.schema import Part, check_structure
from heygen_localize.manifest.yaml_bounds import MAX_FILES, Room
from heygen_localize.manifest.yaml_reader import read_document
from heygen_localize.system import (
    STATE,
    UnsafePathError,
    entries,
    place_of,
    real_path,
    status,
)
from heygen_localize.system.unicode_names import mend_name, twin

_WILDCARDS = frozenset("*?[")
_ANY_DEPTH = "**"
_NOT_ENTERED = frozenset((".git", STATE))

MOST_NAMES = 100_000
"""Names that all patterns of a manifest together may look at."""


def included_files(
    manifest: Document, path: Path, paths: ProjectPaths, diagnostics: Diagnostics
) -> tuple[str, ...]:
    """List the files that the manifest at `path` includes, sorted, as problems call them."""
    found: dict[Path, str] = {}
    walk = _Walk(paths)
    for trail, pattern in manifest.texts(("include",)):
        where = manifest.at(trail)
        try:
            matches = walk.matches(pattern)
        except InputError as mistake:
            diagnostics.mistake(mistake, where)
            if mistake.first.code == _TOO_WIDE:
                break
            continue
        if len(found) + len(matches) > MAX_FILES:
            message = f"include leads to more than {MAX_FILES:,} files"
            diagnostics.error("include_too_wide", message, where, "put more videos into each")
            return ()
        for relative in matches:
            found.setdefault((paths.folder / relative).resolve(), relative)
        for link in walk.links:
            told = f"{link} is a link, and include does not look behind it"
            diagnostics.warn("include_link", told, where, "name what it leads to")
        if not matches:
            # A name is a promise; a wildcard may merely be early.
            report = diagnostics.warn if _WILDCARDS & set(pattern) else diagnostics.error
            other = twin(paths.folder / _without_wildcards(pattern))
            hint = (
                "paths begin at the folder of the manifest"
                if other is None
                else mend_name(_without_wildcards(pattern), other)
            )
            report("include_no_match", f"no file matches {pattern!r}", where, hint)
    found.pop(path.resolve(), None)
    return tuple((path.parent / relative).as_posix() for relative in sorted(found.values()))


def matching_files(paths: ProjectPaths, pattern: str) -> list[str]:
    """List the files that a pattern with wildcards matches, as `include` would find them.

    Raises:
        InputError: the pattern is none, leads out of the root, or is too wide.
    """
    return _Walk(paths).matches(pattern)


def has_wildcards(text: str) -> bool:
    """Return whether a text is a pattern of names."""
    return bool(_WILDCARDS & set(text))


def read_included(
    file: str, diagnostics: Diagnostics, paths: ProjectPaths, room: Room | None = None
) -> Document | None:
    """Read one included file; None where it is no YAML, which `diagnostics` then tell."""
    document = read_document(Path(file), file, diagnostics, paths.root, room)
    if document is not None:
        check_structure(document, Part.INCLUDED, diagnostics)
    return document


def _without_wildcards(pattern: str) -> str:
    """Return a pattern as far as it names files and folders."""
    parts = pattern.split("/")
    fixed = takewhile(lambda part: not _WILDCARDS & set(part), parts)
    return "/".join(fixed)


_TOO_WIDE = "include_too_wide"


class _Walk:
    """Finds the files that patterns match, each folder looked at once for each pattern.

    Only a link that itself is matched counts as a file; one to a folder is never entered.
    `links` are those that a pattern passed by.
    """

    def __init__(self, paths: ProjectPaths) -> None:
        self._paths = paths
        self._left = MOST_NAMES
        self.links: list[str] = []

    def matches(self, pattern: str) -> list[str]:
        """List the files that a pattern matches, relative to the manifest's folder.

        Raises:
            InputError: the pattern is none, leads out of the root, or is too wide.
        """
        parts = self._paths.relative(pattern).split("/")
        wrong = [part for part in parts if _ANY_DEPTH in part and part != _ANY_DEPTH]
        if wrong or parts == ["."]:
            told = "** stands alone between slashes" if wrong else "it names a folder"
            raise InputError("include_invalid", f"{pattern[:80]!r} matches no names: {told}")
        self.links = []
        try:
            if not _WILDCARDS & set(pattern):
                name, root = "/".join(parts), self._paths.root
                there = status(real_path(self._paths.folder / name, root))
                return [name] if there is not None else []
            return sorted(self._files(tuple(parts)))
        except UnsafePathError as unsafe:
            code, told = unsafe.first.code, f"{pattern!r} {unsafe.what}"
            raise InputError(code, told, "include regular files of the repository") from None
        except OSError:
            return []  # No file has such a name.
        except ValueError as reason:
            raise InputError(
                "include_invalid", f"{pattern[:80]!r} matches no names: {reason}"
            ) from None

    def _files(self, parts: tuple[str, ...]) -> Iterator[str]:
        up = next((n for n, part in enumerate(parts) if part != ".."), len(parts))
        todo = [("../" * up, _reached({up}, parts))]
        while todo:
            prefix, states = todo.pop()
            for name, is_folder, is_link in self._inside(prefix, states, parts):
                inner = set[int]()
                for state in states:
                    if parts[state] == _ANY_DEPTH:
                        inner.add(state)
                    elif _fits(parts[state])(name):
                        if state + 1 < len(parts):
                            inner.add(state + 1)
                        elif not is_folder:
                            yield prefix + name
                if not inner:
                    continue
                if is_link and not all(parts[state] == _ANY_DEPTH for state in inner):
                    self.links.append(prefix + name)
                elif is_folder and (name not in _NOT_ENTERED):
                    todo.append((f"{prefix}{name}/", _reached(inner, parts)))

    def _inside(
        self, prefix: str, states: frozenset[int], parts: tuple[str, ...]
    ) -> Iterator[tuple[str, bool, bool]]:
        """Walk over the names in a folder: whether each is a folder, and whether a link."""
        folder, root = self._paths.folder / prefix, self._paths.root
        wanted = {parts[state] for state in states}
        if not any(_WILDCARDS & set(part) for part in wanted):
            for name in wanted:
                with place_of(folder / name, root) as place:
                    found = place.look()
                if found is not None:
                    yield name, stat.S_ISDIR(found.st_mode), stat.S_ISLNK(found.st_mode)
            return
        for entry in entries(folder, root):
            self._left -= 1
            if self._left < 0:
                raise InputError(
                    _TOO_WIDE,
                    f"the patterns of include look at more than {MOST_NAMES:,} names",
                    "write narrower ones: name the folders",
                )
            yield entry.name, entry.is_dir(follow_symlinks=False), entry.is_symlink()


def _reached(states: set[int], parts: tuple[str, ...]) -> frozenset[int]:
    """Add where a pattern may stand besides: `**` also stands for no folder at all."""
    found = set(states)
    for state in sorted(states):
        while state < len(parts) and parts[state] == _ANY_DEPTH:
            state += 1
            found.add(state)
    return frozenset(state for state in found if state < len(parts))


@lru_cache(maxsize=256)
def _fits(part: str) -> Callable[[str], object]:
    return re.compile(translate(part)).match
