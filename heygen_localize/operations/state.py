"""A shared state made, filled, written out for git, and looked at."""

from __future__ import annotations

from collections.abc import Mapping
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
from heygen_localize.project.lockfile.store import lock_text, read_lock, says, write_lock
from heygen_localize.project.process_lock import only_one
from heygen_localize.project.project import Project
from heygen_localize.project.state.overview import Standing, standing
from heygen_localize.project.state.postgres import PostgresState
from heygen_localize.project.state.schema import migrate


class Overview(Struct, frozen=True):
    """How a shared state stands; `exported` says whether the lockfile is what export would write.

    Links do not count. None where there is no lockfile.
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


def export_lockfile(
    manifest: Path, output: Path | None = None, *, links: bool = False
) -> tuple[Path, bool]:
    """Write the shared state out as a lockfile; return where, and whether it changed.

    `links` has those that the state keeps written too: each opens its file to whoever has it.

    Raises:
        StateError: there is nothing in it, or it cannot be read.
        LockfileError: the file cannot be written.
    """
    return _put(output or manifest.with_suffix(".lock"), _read(shared_state(manifest)), links)


def export_by_file(
    manifest: Path, *, links: bool = False, loopback: bool = False
) -> tuple[tuple[Path, bool], ...]:
    """Write a lockfile beside each file that the manifest includes, with the targets of that file.

    The manifest's own has all others. Return where they are, and whether each changed.

    Raises:
        ManifestError: the manifest has mistakes.
        StateError, LockfileError: see `export_lockfile`; or another project's lockfile, or
            something else, stands in such a place.
    """
    state = shared_state(manifest)
    lock = _read(state)
    targets = Project.open(manifest, loopback=loopback, state=state).manifest.targets
    files = {
        target.address: Path(target.where.file).with_suffix(".lock")
        for target in targets
        if target.where.file is not None
    }
    own = manifest.with_suffix(".lock")
    parts = sorted({own, *files.values()})
    for path in parts:
        read_lock(path, lock.project)
    return tuple(_put(path, _part(lock, path, files, own), links) for path in parts)


def _part(lock: Lock, path: Path, files: Mapping[str, Path], other: Path) -> Lock:
    """Return what a lock has of the addresses of one file; uploads and deletions stay in each."""

    def belongs(address: str) -> bool:
        return files.get(address, other) == path

    return replace(
        lock,
        entries={name: entry for name, entry in lock.entries.items() if belongs(name)},
        sessions={name: session for name, session in lock.sessions.items() if belongs(name)},
        approvals={name: text for name, text in lock.approvals.items() if belongs(name)},
        paid={name: order for name, order in lock.paid.items() if belongs(order.address)},
        spent={name: order for name, order in lock.spent.items() if belongs(order.address)},
    )


def _put(path: Path, lock: Lock, links: bool) -> tuple[Path, bool]:
    content = lock_text(lock, links).encode()
    return path, not says(path, content) and write_lock(path, content)


def _read(state: PostgresState) -> Lock:
    lock = state.read()
    if lock is None:
        raise StateError(
            f"{state.address.shown} has nothing of {state.names[0]} yet",
            code="state_empty",
            hint="localize state import takes over the lockfile; localize apply begins anew, and "
            "finds in the account what is there",
        )
    return lock


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
        same = lock_text(lockfile, keep_urls=False) == lock_text(_read(state), keep_urls=False)
    return Overview(state.address.shown, found, state.unanswered(), same)
