"""Finds and reads the files that a manifest includes."""

from __future__ import annotations

from itertools import takewhile
from pathlib import Path

from heygen_localize.manifest.document import Document
from heygen_localize.manifest.findings import Findings, MistakeError
from heygen_localize.manifest.paths import Grounds
from heygen_localize.manifest.reader import read_document
from heygen_localize.manifest.structure import Part, check_structure
from heygen_localize.names import mend_name, twin

_WILDCARDS = frozenset("*?[")


def included_files(
    manifest: Document, path: Path, grounds: Grounds, findings: Findings
) -> tuple[str, ...]:
    """List the files that the manifest at `path` includes, sorted, as problems call them."""
    found: dict[Path, str] = {}
    for trail, pattern in manifest.texts(("include",)):
        where = manifest.at(trail)
        try:
            matches = _matches(pattern, grounds)
        except MistakeError as mistake:
            findings.mistake(mistake, where)
            continue
        for relative in matches:
            found.setdefault((grounds.folder / relative).resolve(), relative)
        if not matches:
            # A name is a promise; a wildcard may merely be early.
            report = findings.warn if _WILDCARDS & set(pattern) else findings.error
            other = twin(grounds.folder / _without_wildcards(pattern))
            hint = (
                "paths begin at the folder of the manifest"
                if other is None
                else mend_name(_without_wildcards(pattern), other)
            )
            report("include_no_match", f"no file matches {pattern!r}", where, hint)
    found.pop(path.resolve(), None)
    return tuple((path.parent / relative).as_posix() for relative in sorted(found.values()))


def read_included(file: str, findings: Findings) -> Document | None:
    """Read one included file; None where it is no YAML, which `findings` then tell."""
    document = read_document(Path(file), file, findings)
    if document is not None:
        check_structure(document, Part.INCLUDED, findings)
    return document


def _without_wildcards(pattern: str) -> str:
    """Give a pattern as far as it names files and folders."""
    parts = pattern.split("/")
    fixed = takewhile(lambda part: not _WILDCARDS & set(part), parts)
    return "/".join(fixed)


def _matches(pattern: str, grounds: Grounds) -> list[str]:
    """List the files that a pattern matches, relative to the manifest's folder.

    Raises:
        MistakeError: the pattern is none, or leads out of the root.
    """
    relative = grounds.relative(pattern)
    if any("**" in part and part != "**" for part in relative.split("/")):
        raise MistakeError(
            "include_invalid", f"{pattern[:80]!r} matches no names: ** stands alone between slashes"
        )
    try:
        paths = [path for path in grounds.folder.glob(relative) if path.is_file()]
    except OSError:
        return []  # No file has such a name; Python 3.13 says as much by itself.
    except (ValueError, IndexError) as error:
        raise MistakeError(
            "include_invalid", f"{pattern[:80]!r} matches no names: {error}"
        ) from error
    for path in paths:
        if not grounds.holds(path):
            raise MistakeError(
                "path_leaves_root",
                f"{path.name!r}, which {pattern!r} matches, leads out of {grounds.root} by a link",
                "include files of the same repository (or else folder)",
            )
    return [path.relative_to(grounds.folder).as_posix() for path in paths]
