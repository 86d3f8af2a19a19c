"""The opened project: a manifest, its lockfile, and what stands beside them on the disk."""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from fnmatch import fnmatchcase
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from heygen_localize.core.errors import ManifestError, UsageError
from heygen_localize.core.gates import sync_gates
from heygen_localize.core.job_kind import JobKind
from heygen_localize.core.languages import catalog_of
from heygen_localize.core.lock import Lock
from heygen_localize.core.locked_target import sync_protection
from heygen_localize.core.model import LockUrls, Manifest
from heygen_localize.manifest import load_manifest as read_manifest
from heygen_localize.manifest import refuse_twins
from heygen_localize.media.local import FileCache
from heygen_localize.media.objects import ObjectFacts
from heygen_localize.planning.changes import learn_specs
from heygen_localize.planning.renames import move_renamed_sessions, without_false_languages
from heygen_localize.project.account import Account
from heygen_localize.project.file_state import named_state, state_of
from heygen_localize.project.journal import Answer
from heygen_localize.project.object_sources import locked_objects, objects_now
from heygen_localize.project.process_lock import cache_path, only_one
from heygen_localize.system.clock import Clock, SystemClock
from heygen_localize.system.resources import language_names

if TYPE_CHECKING:
    from heygen_localize.project.recorder import LockRecorder
    from heygen_localize.project.state.protocol import Answers, State, Store

LANGUAGE_CODES = frozenset({"language_unknown", "language_ambiguous"})
"""Mistakes that only HeyGen's list of today can settle."""


class Project(Struct, frozen=True):
    """A manifest with every option of every target, and its lockfile, brought up to it.

    `lock.origin` is the lockfile as it was read, which is what writing it starts from; `state`
    is where that is done.
    """

    manifest: Manifest
    lock: Lock
    state: State

    @classmethod
    def open(
        cls,
        path: Path,
        account: Account | None = None,
        *,
        loopback: bool = False,
        state: State | None = None,
    ) -> Project:
        """Read a manifest and its lockfile, for who writes neither.

        Without an account the bundled list of languages is used; with one,
        HeyGen's of today. With `loopback`, or an account that is there, sources may be
        on this machine. `state` is where its lockfile is: if not given, as the environment or the
        manifest say; but that is a stranger's word, which without an account is not followed.

        Raises:
            ManifestError: the manifest cannot be applied, with every mistake in it.
            LockfileError: the lockfile cannot be read or is another project's.
            StateError: the database that stands in its place cannot be read.
            GitError: git does not tell which subtitles are approved.
            ApiFailure: HeyGen's languages could not be read.
        """
        if path.exists():
            refuse_twins(path)
        given, state = state, state or state_of(path)
        try:
            found = state.read()
        except ManifestError:
            _read_manifest(path, None, account, loopback)  # which tells every mistake
            raise
        manifest = _read_manifest(path, found, account, loopback)
        if given is None and manifest.state is not None and not state.shared:
            named = named_state(path, manifest.state, trusted=account is not None)
            return cls.open(path, account, loopback=loopback, state=named)
        if found is not None and found.project not in (manifest.project, *manifest.formerly):
            state.read(manifest.project)
        lock = replace(found, project=manifest.project) if found else Lock(manifest.project)
        manifest, lock = without_false_languages(manifest, lock)
        lock = sync_gates(manifest.targets, sync_protection(manifest.targets, lock))
        lock = replace(lock, sessions=move_renamed_sessions(manifest.targets, lock.sessions))
        if any(target.proofread is not None for target in manifest.targets):
            # Here, since most projects have no texts, and reading them loads much.
            from heygen_localize.project.subtitle_files import with_texts

            manifest = with_texts(manifest, lock)
        return cls(manifest, learn_specs(manifest.targets, lock), state)

    @classmethod
    @contextmanager
    def locked(
        cls, path: Path, account: Account | None = None, *, loopback: bool = False
    ) -> Iterator[Project]:
        """Keep other processes away, and only then read the manifest and its lockfile.

        Raises:
            BusyError: another process works on the same manifest.
            DiskError: the folder for our own state cannot be made.
            ManifestError, LockfileError, GitError, ApiFailure: as `open`.
        """
        if not path.exists():
            cls.open(path)  # which says what to do
        with only_one(path), ExitStack() as held:
            yield cls.alone(path, account, held, loopback=loopback)

    @classmethod
    def alone(
        cls, path: Path, account: Account | None, held: ExitStack, *, loopback: bool = False
    ) -> Project:
        """Open a project to write its state, as the only one until `held` is closed.

        Raises:
            BusyError: somebody on another machine works on the same project.
            ManifestError, LockfileError, GitError, ApiFailure: as `open`.
        """
        state = state_of(path)
        held.enter_context(state.only_writer())
        project = cls.open(path, account, loopback=loopback, state=state)
        named = project.manifest.state
        if named is not None and not state.shared:
            state = named_state(path, named, trusted=True)
            held.enter_context(state.only_writer())
            project = cls.open(path, account, loopback=loopback, state=state)
        return project

    @property
    def journal(self) -> Answers:
        """The answers that are not in the lockfile yet."""
        return self.state.journal

    @property
    def pinned_ids(self) -> frozenset[str]:
        """The ids of the jobs that the manifest pins to targets."""
        return frozenset(target.job for target in self.manifest.targets if target.job is not None)

    def kinds(self, answers: Iterable[Answer]) -> tuple[JobKind, ...]:
        """Return the kinds of jobs to list: translations, and lip syncs where anything names one.

        `answers` are those of the journal, which is read once.
        """
        locked = self.lock
        ids = chain(
            self.pinned_ids,
            locked.deleted,
            (answer.translation_id for answer in answers),
            *((*entry.ids(), *entry.superseded) for entry in locked.entries.values()),
        )
        wanted = [target.kind for target in self.manifest.targets]
        if self.manifest.budgets.items:
            wanted += JobKind  # What left the manifest and a lost lockfile still cost.
        found = {JobKind.TRANSLATION, *wanted, *JobKind.of_all(ids)}
        return tuple(kind for kind in JobKind if kind in found)

    def select(self, patterns: Iterable[str], more: Iterable[str] = ()) -> frozenset[str] | None:
        """Return the addresses that the patterns fit; None where there are no patterns.

        `more` are addresses that there are besides those of the manifest and of the lock's jobs.

        Raises:
            UsageError: a pattern fits none.
        """
        addresses = {target.address for target in self.manifest.targets}
        addresses = addresses.union(self.lock.entries, more)

        def unknown(pattern: str) -> UsageError:
            return UsageError(
                f"{pattern} fits no target",
                code="target_unknown",
                hint=did_you_mean(pattern, addresses)
                or "addresses look like video/language: intro/es-MX, intro/*, */es-MX",
            )

        return frozenset(fitting(patterns, addresses, unknown)) or None

    def recorder(self, clock: Clock, lock: Lock | None = None) -> LockRecorder:
        """Return what enters a run's news into the lockfile, from `lock` on if that is given."""
        # Here, since most commands change nothing.
        from heygen_localize.project.recorder import LockRecorder

        importing = f"localize import -f {shlex.quote(str(self.manifest.path))}"
        store = self.store(lock or self.lock, clock.sleep)
        return LockRecorder(store, lock or self.lock, self.journal, clock, importing)

    def store(self, lock: Lock, pause: Callable[[float], None] = time.sleep) -> Store:
        """Return what writes the lockfile, which was as `lock` when it was read."""
        # Here, since most commands change nothing.
        from heygen_localize.planning.pull import undelivered_of

        keep_urls = self.manifest.lock_urls is LockUrls.KEEP
        return self.state.store(lock, keep_urls, pause, undelivered_of(self.manifest.targets))

    def save(self, lock: Lock) -> None:
        """Write the lockfile once.

        Raises:
            LockfileError: it cannot be written, or others made something of it that cannot be
                read.
        """
        self.store(lock).write(lock)


def load_manifest(path: Path | str, account: Account | None = None) -> Manifest:
    """Read a manifest, resolved: every target with every option, as its lockfile pins it.

    Raises:
        ManifestError: it cannot be applied, with every mistake in it.
        LockfileError: its lockfile cannot be read.
    """
    return Project.open(Path(path), account).manifest


def _read_manifest(
    path: Path, lock: Lock | None, account: Account | None, loopback: bool
) -> Manifest:
    """Read a manifest by the bundled languages, and by the account's where those differ."""
    files = FileCache(cache_path(path, "files.json"), SystemClock())
    objects = ObjectFacts(locked_objects(lock))
    pinned = lock.languages() if lock is not None else {}
    here = loopback or (account is not None and account.loopback)

    def read(names: Iterable[str]) -> Manifest:
        catalog = catalog_of(tuple(names))
        return read_manifest(
            path, catalog, pinned=pinned, loopback_sources=here, files=files, objects=objects
        )

    names = language_names()
    if account is None:
        return read(names)
    found: Manifest | ManifestError
    try:
        found = read(names)
    except ManifestError as error:
        if any(item.code not in LANGUAGE_CODES for item in error.problems):
            raise
        found = error
    if objects.asked:
        # What is ordered, kept or deleted is decided by what they are now.
        objects = ObjectFacts(objects_now(sorted(objects.asked)))
        found = read(names) if isinstance(found, Manifest) else found
    today = account.client.languages()
    if set(today) != set(names):
        return read(today)
    if isinstance(found, ManifestError):
        raise found
    return found


def fits_any(address: str, patterns: Iterable[str]) -> bool:
    """Return whether one of some globs fits an address."""
    return any(fnmatchcase(address, pattern) for pattern in patterns)


def fitting(
    patterns: Iterable[str],
    addresses: Iterable[str],
    unknown: Callable[[str], UsageError],
) -> set[str]:
    """Return the addresses that globs fit.

    Raises:
        UsageError: what `unknown` makes of a pattern that fits none.
    """
    known, chosen = tuple(addresses), set[str]()
    for pattern in patterns:
        found = {address for address in known if fits_any(address, (pattern,))}
        if not found:
            raise unknown(pattern)
        chosen |= found
    return chosen


def did_you_mean(pattern: str, addresses: Iterable[str]) -> str | None:
    """Return the hint that names addresses much like a pattern; None where there are none."""
    from difflib import get_close_matches

    near = get_close_matches(pattern, addresses, 3, 0.5)
    return "did you mean " + ", ".join(near) + "?" if near else None
