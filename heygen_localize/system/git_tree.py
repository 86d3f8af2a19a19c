"""Files of a git revision, put where they can be read as those of the work tree.

Their content comes as git keeps it: no filter that a configuration names runs.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from heygen_localize.core.errors import UsageError
from heygen_localize.system.files import make_folder
from heygen_localize.system.folder import created
from heygen_localize.system.git import ask, repository

_ENTRY = re.compile(r"100[0-7]{3} blob ([0-9a-f]{40,64}) +([0-9]+)\t(.+)", re.DOTALL)
_REVISION = re.compile(r"[\w./@{}^~+:-]{1,200}")
_LARGEST = 2 * 1024**3
"""Bytes of a file; a larger one is no part of a repository."""


@contextmanager
def tree_at(file: Path, revision: str, suffixes: Collection[str]) -> Iterator[tuple[Path, Path]]:
    """Give the place of a file of a revision, among those with such suffixes, and their root.

    Raises:
        UsageError: there is no repository, no such revision, or no such file in it.
        GitError: git does not tell.
    """
    root = repository(file.parent)
    if root is None:
        raise UsageError(
            f"{file} is in no git repository, so that it has no revisions", code="no_repository"
        )
    name = (file.parent.resolve() / file.name).relative_to(root).as_posix()
    commit = _commit(root, revision)
    found = _files(root, commit)
    if name not in found:
        raise UsageError(f"{revision} has no {name}", code="revision_lacks_manifest")
    with TemporaryDirectory(prefix="localize-") as folder:
        top = Path(folder).resolve()
        # With that, what is beside the manifest's folder is part of the tree too.
        make_folder(top / ".git", top)
        for path, blob in found.items():
            if path == name or PurePosixPath(path).suffix.lower() in suffixes:
                place = top / path
                make_folder(place.parent, top)
                with created(place, top) as content:
                    ask(root, root, "cat-file", "blob", blob, into=content)
        yield top / name, top


def _commit(root: Path, revision: str) -> str:
    if not _REVISION.fullmatch(revision) or revision.startswith(("-", "^")) or ".." in revision:
        raise UsageError(
            f"{revision!r} is no revision of git",
            code="revision_unknown",
            hint="name one commit, branch or tag: the manifest as it is now is the other side",
        )
    found = ask(root, root, "rev-list", "--max-count=1", "--ignore-missing", f"{revision}^0", "--")
    if not found.strip():
        raise UsageError(f"git knows no revision {revision!r}", code="revision_unknown")
    return found.strip()


def _files(root: Path, commit: str) -> dict[str, str]:
    """Return the regular files of a commit, with the names of their contents."""
    listed = ask(root, root, "ls-tree", "-r", "-z", "-l", "--full-tree", commit)
    matches = (_ENTRY.fullmatch(entry) for entry in listed.split("\0"))
    return {
        match[3]: match[1] for match in matches if match is not None and int(match[2]) <= _LARGEST
    }
