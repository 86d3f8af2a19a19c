"""A manifest that a worker serves, read anew as it changes."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

from heygen_localize.core.errors import LocalizeError, StateError, UsageError
from heygen_localize.core.lock import Lock
from heygen_localize.core.model import LockUrls, Manifest, Target
from heygen_localize.operations.pull.destinations import refuse_unsafe
from heygen_localize.operations.pull.local_files import PulledFileCache
from heygen_localize.operations.state import shared_state
from heygen_localize.planning.pull import PullFile, files_to_pull, places, undelivered_of
from heygen_localize.project.process_lock import staging_of, state_folder
from heygen_localize.project.project import Project
from heygen_localize.project.state.postgres import PostgresState
from heygen_localize.system.clock import Clock
from heygen_localize.system.folder import status
from heygen_localize.system.paths import UnsafePathError, root_of

_LOOKED_AFTER = 10.0
"""Seconds after which a target that the manifest lacks is looked for in it anew."""


class Served:
    """A manifest, with the shared state that it names. Threads may ask for its targets."""

    def __init__(self, path: Path, clock: Clock, *, loopback: bool) -> None:
        self.path, self._clock, self._loopback = path, clock, loopback
        self._headed_at = self._moment()
        self.state = shared_state(path)
        self.project = self.state.names[0]
        self.cache = PulledFileCache(path, clock)
        self.staging, self._root = staging_of(path), root_of(path)
        self._reading = threading.Lock()
        self._take(self._read())

    def _read(self) -> Manifest:
        """Read the manifest, with what the state pins in it.

        Raises:
            ManifestError: it has mistakes, or its outputs have no safe place.
            StateError: the state cannot be read.
        """
        self._changed_at, self._read_at = self._moment(), self._clock.monotonic()
        state = PostgresState(self.path, self.state.address)
        try:
            project = Project.open(self.path, loopback=self._loopback, state=state)
        finally:
            state.database.close()
        refuse_unsafe(project.manifest, places(project.manifest.targets))
        return project.manifest

    def _moment(self) -> tuple[int, int] | None:
        found = status(self.path)
        return None if found is None else (found.st_mtime_ns, found.st_size)

    def _take(self, manifest: Manifest) -> None:
        self.manifest = manifest
        self._targets = {target.address: target for target in manifest.targets}

    @property
    def keep_urls(self) -> bool:
        """Whether the state keeps links."""
        return self.manifest.lock_urls is LockUrls.KEEP

    def moved(self) -> bool:
        """Return whether the manifest names its project or database otherwise by now.

        Not while it has mistakes: until then it is served as it was.

        Raises:
            StateError: the state cannot be read.
        """
        moment = self._moment()
        if moment == self._headed_at:
            return False
        try:
            found = Served(self.path, self._clock, loopback=self._loopback)
        except LocalizeError as error:
            if isinstance(error, StateError):
                raise
            found = self
        self._headed_at = moment
        ours, theirs = self.state, found.state
        return (ours.names, ours.address.url) != (theirs.names, theirs.address.url)

    def passed(self, manifest: Manifest) -> None:
        """Go on with the manifest that a pass has read."""
        with self._reading:
            self._take(manifest)
            self._read_at = self._clock.monotonic()

    def target(self, address: str) -> Target | None:
        """Return a target of the manifest as it is now; None where it has no such one.

        One that has become invalid is served as it was: its passes say what is wrong.
        """
        with self._reading:
            known = self._targets.get(address)
            old = self._clock.monotonic() - self._read_at >= _LOOKED_AFTER
            if self._moment() != self._changed_at or (known is None and old):
                try:
                    self._take(self._read())
                except LocalizeError as error:
                    if isinstance(error, StateError):
                        raise
            return self._targets.get(address)

    def undelivered(self, lock: Lock, *, here: bool) -> tuple[str, ...]:
        """Return the addresses of targets whose files are not all where they belong.

        Of a bucket the lock tells. Of a folder it tells only that a file was pulled once, by
        whatever machine and to wherever it belonged then: with `here`, the folder is looked at.
        """
        of_lock = undelivered_of(self.manifest.targets)
        found = {address for address, entry in lock.entries.items() if of_lock(address, entry)}
        if here:
            files = files_to_pull(self.manifest.targets, lock, None, self.staging).files
            found |= {file.address for file in files if self._lacks(file)}
        return tuple(sorted(found))

    def _lacks(self, file: PullFile) -> bool:
        if file.staged or file.in_bucket or file.known is None:
            return False
        try:
            there = status(self.path.parent / file.path, self._root)
        except (OSError, UnsafePathError):
            return True
        return there is None or there.st_size != file.known.size

    def read_lock(self) -> Lock:
        """Read what the state has of the project.

        Raises:
            StateError: the state cannot be read.
            LockfileError: what stands there is no lock.
        """
        state = PostgresState(self.path, self.state.address)
        try:
            return state.read() or Lock(self.project)
        finally:
            state.database.close()

    def parts_of(self, worker: int) -> Path:
        """Return the folder for beginnings of files that are one worker's: nobody else's."""
        return state_folder(self.path) / "workers" / str(worker)


def serve(paths: Sequence[Path], clock: Clock, *, loopback: bool) -> tuple[Served, ...]:
    """Read the manifests that a worker is to serve.

    Raises:
        UsageError: no shared state is named, they name several, or two are of one project.
        ManifestError: one has mistakes.
        StateError: the state cannot be read; or it lacks a project whose lockfile is there.
    """
    found = tuple(Served(path, clock, loopback=loopback) for path in dict.fromkeys(paths))
    if len({item.state.address.url for item in found}) > 1:
        raise UsageError(
            "the manifests keep their states in several databases",
            code="states_differ",
            hint="start a worker for each",
        )
    names = [item.project for item in found]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise UsageError(
            f"two of the manifests are of the project {twice}",
            code="project_twice",
            hint="name each project's manifest once",
        )
    for item in found:
        _refuse_lockfile_left_behind(item)
    return found


def _refuse_lockfile_left_behind(served: Served) -> None:
    lockfile = served.path.with_suffix(".lock")
    state = PostgresState(served.path, served.state.address)
    try:
        if status(lockfile) is not None and state.read() is None:
            raise StateError(
                f"{state.address.shown} has nothing of {served.project} yet, and {lockfile.name} "
                "is there",
                code="state_empty",
                hint="localize state import takes over the lockfile; without one, the first pass "
                "begins anew, and finds in the account what is there",
            )
    finally:
        state.database.close()
