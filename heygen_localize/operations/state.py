"""A shared state made, filled, written out for git, and looked at."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from heygen_localize.core.errors import StateError, UsageError
from heygen_localize.core.lock import Lock
from heygen_localize.core.unanswered import Unanswered
from heygen_localize.manifest.identity import heading
from heygen_localize.operations.lock import check_lock
from heygen_localize.project.file_state import FileState, named_state, state_of
from heygen_localize.project.lockfile.merge import merge
from heygen_localize.project.lockfile.store import lock_text, says, write_lock
from heygen_localize.project.process_lock import only_one
from heygen_localize.project.state.overview import Standing, standing
from heygen_localize.project.state.postgres import PostgresState
from heygen_localize.project.state.schema import migrate


class Overview(Struct, frozen=True):
    """How a shared state stands; `exported` says whether the lockfile is what export would write.

    None where there is no lockfile.
    """

    where: str
    standing: Standing
    unanswered: tuple[Unanswered, ...]
    exported: bool | None


def shared_state(manifest: Path) -> PostgresState:
    """Return the shared state that the environment or the manifest names.

    Raises:
        UsageError: neither does.
        StateError: the address is none.
        ManifestError: the manifest cannot be read.
    """
    state = state_of(manifest)
    named = heading(manifest).state if isinstance(state, FileState) else None
    if named is not None:
        state = named_state(manifest, named, trusted=True)
    if not isinstance(state, PostgresState):
        raise UsageError(
            "no shared state is named",
            code="state_unnamed",
            hint="set LOCALIZE_STATE=postgresql://user@host:5432/database",
        )
    return state


def initialize(manifest: Path) -> tuple[str, int, int]:
    """Make the tables; return where, and their version before and now.

    Raises:
        StateError: they are of a later version, or this user may not.
    """
    state = shared_state(manifest)
    return state.address.shown, *migrate(state.database)


def import_lockfile(manifest: Path) -> tuple[str, Lock]:
    """Bring a lockfile into the shared state; what both have is merged. Return where, and all.

    Raises:
        BusyError: somebody works on the project.
        LockfileError: there is no lockfile, or it cannot be read.
        StateError: the database cannot be written.
    """
    state = shared_state(manifest)
    with only_one(manifest), ExitStack() as held:
        held.enter_context(state.only_writer())
        found = check_lock(manifest.with_suffix(".lock"), manifest)
        project = state.names[0]
        there = state.read() or Lock(project)
        lock = merge(Lock(project), there, replace(found, project=project))
        kept = state.store(lock, state.heading.keep_urls, lambda _: None).write(lock)
    return state.address.shown, kept


def export_lockfile(manifest: Path, output: Path | None = None) -> tuple[Path, bool]:
    """Write the shared state out as a lockfile; return where, and whether it changed.

    Raises:
        StateError: there is nothing in it, or it cannot be read.
        LockfileError: the file cannot be written.
    """
    content = _text(shared_state(manifest)).encode()
    path = output or manifest.with_suffix(".lock")
    return path, not says(path, content) and write_lock(path, content)


def _text(state: PostgresState) -> str:
    lock = state.read()
    if lock is None:
        raise StateError(
            f"{state.address.shown} has nothing of {state.names[0]} yet",
            code="state_empty",
            hint="localize state import takes over the lockfile; localize apply begins anew, and "
            "finds in the account what is there",
        )
    return lock_text(lock, state.heading.keep_urls)


def look(manifest: Path) -> Overview:
    """Look at the shared state, without changing it.

    Raises:
        StateError: it cannot be reached, or is not set up.
    """
    state = shared_state(manifest)
    found = standing(state)
    lockfile = FileState(manifest).read()
    same = None
    if lockfile is not None and found.version:
        same = lock_text(lockfile, state.heading.keep_urls) == _text(state)
    return Overview(state.address.shown, found, state.unanswered(), same)
