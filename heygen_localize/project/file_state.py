"""Where a project's state is: in files beside its manifest, unless a database is named."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from heygen_localize.core.lock import Lock, LockEntry
from heygen_localize.project.journal import Journal
from heygen_localize.project.lockfile.store import LockStore, read_lock
from heygen_localize.project.process_lock import journal_path

if TYPE_CHECKING:
    # Most projects have no database, and need nothing of what talks to one.
    from heygen_localize.core.unanswered import Unanswered
    from heygen_localize.project.state.protocol import State

_VARIABLE = "LOCALIZE_STATE"


def state_of(manifest: Path) -> State:
    """Return where a manifest's state is, as far as the environment says.

    Raises:
        StateError: the address is none.
    """
    if not is_shared():
        return FileState(manifest)
    from heygen_localize.core.state_address import state_address
    from heygen_localize.project.state.postgres import PostgresState

    return PostgresState(manifest, state_address(os.environ[_VARIABLE]))


def named_state(manifest: Path, address: str, *, trusted: bool) -> State:
    """Return the state that a manifest names.

    Raises:
        StateError: the address is none, or the manifest is not `trusted`: it may be a stranger's.
    """
    from heygen_localize.core.errors import StateError
    from heygen_localize.core.state_address import state_address
    from heygen_localize.project.state.postgres import PostgresState

    found = state_address(address, of_manifest=True)
    if not trusted:
        raise StateError(
            f"the manifest keeps its state in {found.shown}, and this command asks nobody",
            code="state_not_asked",
            hint=f"set {_VARIABLE} to that address, if it is your own",
        )
    return PostgresState(manifest, found)


def is_shared() -> bool:
    """Return whether the environment names a database."""
    return bool(os.environ.get(_VARIABLE, "").strip())


class FileState:
    """The state of a manifest whose lockfile lies beside it."""

    shared = False

    def __init__(self, manifest: Path) -> None:
        self._manifest = manifest
        self._lockfile = manifest.with_suffix(".lock")

    @property
    def name(self) -> str:
        """The lockfile's name."""
        return self._lockfile.name

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

    def store(
        self,
        lock: Lock,
        keep_urls: bool,
        pause: Callable[[float], None],
        undelivered: Callable[[str, LockEntry], bool],  # noqa: ARG002 - files have no workers
    ) -> LockStore:
        """Return what writes the lockfile, which was as `lock` when it was read."""
        return LockStore(self._lockfile, lock, keep_urls, pause)

    def orders(self, account: str) -> None:
        """Return None: what is ordered stands in the journal once it is answered, not before."""

    def unanswered(self) -> tuple[Unanswered, ...]:
        """Return nothing: of orders without an answer no file knows."""
        return ()

    def counted_on_elsewhere(self) -> dict[str, Lock]:
        """Return nothing: other lockfiles are found by git."""
        return {}
