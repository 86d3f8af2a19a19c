"""State in files beside the manifest: the lockfile, which git shares, and the journal."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from heygen_localize.core.lock import Lock
from heygen_localize.project.journal import Journal
from heygen_localize.project.lockfile.store import LockStore, read_lock
from heygen_localize.project.process_lock import journal_path


class FileState:
    """The state of a manifest whose lockfile lies beside it."""

    def __init__(self, manifest: Path) -> None:
        self._manifest = manifest
        self._lockfile = manifest.with_suffix(".lock")

    @property
    def journal(self) -> Journal:
        """The file of the answers that are not in the lockfile yet."""
        return Journal(journal_path(self._manifest))

    def read(self, project: str | None = None) -> Lock | None:
        """Read the lockfile; None where there is none yet.

        Raises:
            LockfileError: it cannot be read, or belongs to another project than `project`.
        """
        return read_lock(self._lockfile, project)

    def only_writer(self) -> AbstractContextManager[None]:
        """Do nothing: of other machines a file knows nothing, and git merges."""
        return nullcontext()

    def store(self, lock: Lock, keep_urls: bool, pause: Callable[[float], None]) -> LockStore:
        """Return what writes the lockfile, which was as `lock` when it was read."""
        return LockStore(self._lockfile, lock, keep_urls, pause)
