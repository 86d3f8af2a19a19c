"""Bringing files to their places, and the lock up to what came: for a pull, or beside an apply."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from heygen_localize.core.lock import PulledFile
from heygen_localize.core.model import Manifest, OutputUrls
from heygen_localize.core.objects import StoredObject
from heygen_localize.operations.events import Event, EventKind, Pulse, Transfer, Watcher
from heygen_localize.operations.pull.local_files import PulledFileCache
from heygen_localize.operations.pull.workers import DownloadPool, Outcome, PullTools
from heygen_localize.planning.pull import (
    PullFile,
    PullReport,
    PullRow,
    PullSet,
    PullState,
    files_to_pull,
)
from heygen_localize.project.process_lock import staging_of
from heygen_localize.project.recorder import LockRecorder
from heygen_localize.system.files import make_folder, move, remove
from heygen_localize.system.folder import entries, place_of
from heygen_localize.system.paths import UnsafePathError, root_of
from heygen_localize.system.signals import Interruption

_SAVED_EVERY = 5.0
"""Seconds between two writings of the lockfile; what a kill takes from it, the cache have."""


class Recorder(Protocol):
    """What notes of the lock what came; `WorkingLock` and `LockRecorder` say what of."""

    def note_links(self, address: str, translation_id: str, outputs: OutputUrls) -> None:
        """Note links that were signed anew."""

    def note_pulled(self, address: str, translation_id: str, kind: str, file: PulledFile) -> None:
        """Note a file that was pulled, with the job that it came from."""

    def note_stored(self, address: str, kind: str, stored: StoredObject) -> None:
        """Note what was put into a bucket for a target."""

    def rested(self) -> bool:
        """Return whether it may be written again by now."""

    def save(self) -> None:
        """Write it."""


class Delivery:
    """Fetches what is missing or differs of the files that it is told of.

    As a context, it stops what is under way at its end, and writes the lockfile.
    One file that fails does not stop the others.
    """

    def __init__(
        self,
        manifest: Manifest,
        recorder: Recorder,
        tools: PullTools,
        interruption: Interruption,
        cache: PulledFileCache | None = None,
    ) -> None:
        self._manifest, self._recorder = manifest, recorder
        self._clock, self._interruption = tools.clock, interruption
        self._cache = cache or PulledFileCache(manifest.path, tools.clock)
        self._pool = DownloadPool(manifest, tools, self._cache)
        self._rows: dict[tuple[str, str, bool], PullRow] = {}
        self._folder, self._root = manifest.path.parent, root_of(manifest.path)
        self._asked: set[tuple[str, str, str]] = set()
        self._saved_at = tools.clock.monotonic()
        self._changed = False

    def __enter__(self) -> Delivery:
        return self

    def __exit__(self, *exception: object) -> None:
        self._pool.close()
        self._cache.close()
        self.take()
        self._save()

    def want(self, files: Iterable[PullFile]) -> None:
        """Have files fetched, but for those that are there, or were asked for in this run."""
        due = [file for file in files if self._is_due(file)]
        self._pool.add(due)

    def want_aside(self, files: Iterable[PullFile]) -> None:
        """Have files fetched that are not in their places, to where they stand aside."""
        gone = (PullState.MISSING, PullState.ABSENT)
        self.want(file.aside for file in files if self._cache.look_at(file)[0] in gone)

    def _is_due(self, wanted: PullFile) -> bool:
        asked = (wanted.address, wanted.kind, wanted.job.translation_id)
        if asked in self._asked:
            return False
        self._asked.add(asked)
        if wanted.in_bucket:
            return True  # whoever fetches asks the bucket first
        state, file, _ = self._cache.look_at(wanted)
        if state.to_do and (file := self._out_of_stage(wanted)) is not None:
            state = PullState.PULLED
        if state.to_do or (state is PullState.ABSENT and wanted.askable):
            return True
        self._rows[_name(wanted)] = PullRow(wanted.address, wanted.kind, wanted.path, state, file)
        if file is not None and wanted.known is None:
            # An earlier run pulled it, and had no time to note it.
            self._note(Outcome(wanted, None, file))
        return False

    def take(self) -> None:
        """Note what has come since, without waiting."""
        self._take(self._pool.collect())

    def finish(self) -> None:
        """Wait for the rest."""
        for _ in self.coming():
            pass

    def coming(self) -> Iterator[None]:
        """Wait for the rest, with a moment now and then for who has to look around."""
        for outcomes in self._pool.finish():
            self._take(outcomes)
            yield

    def tidy(self, pull_set: PullSet) -> None:
        """Forget what was known of other files than these."""
        self._cache.tidy({file.path for file in pull_set.files})
        named = {Path(file.path).name for file in pull_set.files if file.staged}
        staging = self._folder / staging_of(self._manifest.path)
        with suppress(OSError, UnsafePathError):
            for entry in entries(staging, self._root):
                if entry.name not in named:
                    remove(staging / entry.name)

    def _out_of_stage(self, wanted: PullFile) -> PulledFile | None:
        """Put a file in its place that stood aside for a check; None where none does."""
        if wanted.staged or wanted.stage in (None, wanted.path) or wanted.known is None:
            return None
        aside = wanted.aside
        state, file, _ = self._cache.look_at(aside)
        if state is not PullState.UNCHANGED or file is None:
            return None
        destination = self._folder / wanted.path
        try:
            make_folder(destination.parent, self._root)
            with place_of(self._folder / aside.path, self._root) as old:
                landed = move(old, destination, self._root)
        except (OSError, UnsafePathError):
            return None  # it is fetched then, which tells what is wrong
        self._cache.add(wanted, file, None if landed is None else landed.st_mtime_ns)
        return file

    def report(self, pull_set: PullSet) -> PullReport:
        """Say what became of these files."""
        rows = (self._rows.get(_name(file)) for file in pull_set.files)
        folder = self._manifest.path.parent.as_posix()
        found = tuple(row for row in rows if row is not None)
        return PullReport(found, pull_set.unrendered, self._pool.stopped, folder)

    def _take(self, outcomes: list[Outcome]) -> None:
        for outcome in outcomes:
            self._rows[_name(outcome.wanted)] = outcome.row
            self._note(outcome)
        if self._clock.monotonic() - self._saved_at >= _SAVED_EVERY and self._recorder.rested():
            self._save()

    def _note(self, outcome: Outcome) -> None:
        wanted, job = outcome.wanted, outcome.wanted.job
        if outcome.outputs is not None and outcome.outputs != job.outputs:
            self._recorder.note_links(wanted.address, job.translation_id, outcome.outputs)
            self._changed = True
        if outcome.file is not None and outcome.file != wanted.known:
            self._recorder.note_pulled(
                wanted.address, job.translation_id, wanted.kind, outcome.file
            )
            self._changed = True
        if outcome.stored is not None and outcome.stored != wanted.stored:
            self._recorder.note_stored(wanted.address, wanted.kind, outcome.stored)
            self._changed = True

    def _save(self) -> None:
        self._saved_at = self._clock.monotonic()
        if self._changed:
            with self._interruption.shielded():
                self._recorder.save()
                self._changed = False


def _name(file: PullFile) -> tuple[str, str, bool]:
    return file.address, file.kind, file.staged


class PullDuringApply(Watcher):
    """Has the files of each target fetched as its job ends; shows events as `inner` does.

    `selected` are the addresses that the run is about; None for all.
    """

    def __init__(
        self,
        inner: Watcher,
        manifest: Manifest,
        recorder: LockRecorder,
        delivery: Delivery,
        selected: frozenset[str] | None,
    ) -> None:
        self._inner, self._manifest, self._recorder = inner, manifest, recorder
        self._delivery, self._selected = delivery, selected
        self._targets = {target.address: target for target in manifest.targets}

    def begin(self) -> None:
        """Fetch the files of jobs that ended in earlier runs."""
        self._want(self._selected)

    def happened(self, event: Event) -> None:
        """Take notice of an event."""
        self._inner.happened(event)
        if event.kind in (EventKind.COMPLETED, EventKind.ADOPTED) and event.address is not None:
            self._want_of(event.address)
        self._delivery.take()

    def waiting(self, pulse: Pulse) -> None:
        """Take notice that the run waits; what has come meanwhile is noted."""
        self._inner.waiting(pulse)
        self._delivery.take()

    def moved(self, transfer: Transfer) -> None:
        """Take notice of a piece of a file."""
        self._inner.moved(transfer)

    def finish(self) -> PullReport:
        """Wait for what is still under way, and say what became of all."""
        self._want(self._selected)  # a replacement that failed leaves the earlier files
        self._delivery.finish()
        return self._delivery.report(self._files_to_pull(self._selected))

    def _want(self, addresses: frozenset[str] | None) -> None:
        self._delivery.want(self._files_to_pull(addresses).files)

    def _want_of(self, address: str) -> None:
        targets = [self._targets[address]] if address in self._targets else []
        lock = self._recorder.of((address,))
        found = files_to_pull(targets, lock, None, staging_of(self._manifest.path))
        self._delivery.want(found.files)

    def _files_to_pull(self, addresses: frozenset[str] | None) -> PullSet:
        staging = staging_of(self._manifest.path)
        return files_to_pull(self._manifest.targets, self._recorder.lock, addresses, staging)
