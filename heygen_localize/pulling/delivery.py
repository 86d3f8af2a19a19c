"""The use case of `localize pull`: the finished files, where the manifest wants them."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from heygen_localize.clock import Clock, SystemClock
from heygen_localize.errors import LockfileError, Where
from heygen_localize.executor.book import LockBook
from heygen_localize.executor.interruption import Interruption
from heygen_localize.facts import load, select
from heygen_localize.guard import journal_path, only_one
from heygen_localize.journal import Journal
from heygen_localize.lock import Lock
from heygen_localize.model import LockUrls, Manifest
from heygen_localize.pulling.destinations import refuse_unsafe
from heygen_localize.pulling.landings import Landings
from heygen_localize.pulling.pool import Outcome, Pulled, Puller, PullTools
from heygen_localize.pulls import PullReport, PullRow, PullState, Wanted, Wishes, wishes

_SAVED_EVERY = 5.0
"""Seconds between two writings of the lockfile; what a kill takes from it, the landings have."""


@dataclass(frozen=True)
class PullRequest:
    """What is to be pulled. With `loopback`, sources may be on this machine: the sandbox's."""

    manifest: Path
    targets: tuple[str, ...] = ()
    loopback: bool = False


def check(request: PullRequest, clock: Clock | None = None) -> PullReport:
    """Tell which files are missing or differ. Asks nobody, and changes no file of the user's.

    Raises:
        UsageError: a `targets` pattern that fits no address.
        ManifestError, LockfileError: see `load`; or a file has no safe place.
    """
    manifest, _, wished = _wished(request)
    landings = Landings(manifest.path, clock or SystemClock())
    return _report(request, wished, [_looked_at(file, landings) for file in wished.files], True)


def pull(
    request: PullRequest, tools: PullTools, interruption: Interruption | None = None
) -> PullReport:
    """Fetch what is missing or differs. One file that fails does not stop the others.

    Raises:
        BusyError: another process works on the same manifest.
        DiskError: the folder for our own state cannot be made.
        UsageError, ManifestError, LockfileError: as `check`; or the lockfile cannot
            be written.
        Interrupted: a signal came; what was pulled is in the lockfile.
    """
    if not request.manifest.exists():
        load(request.manifest)  # which says what to do
    with only_one(request.manifest):
        manifest, lock, wished = _wished(request)
        landings = Landings(manifest.path, tools.clock)
        record = _Record(manifest, lock, tools.clock, interruption or Interruption())
        rows: list[PullRow] = []
        with Puller(manifest, tools, landings) as puller:
            try:
                for wanted in wished.files:
                    row = _looked_at(wanted, landings)
                    if row.state.to_do or (row.state is PullState.ABSENT and wanted.askable):
                        puller.add(wanted)
                        continue
                    rows.append(row)
                    record.found(wanted, row)
                for outcomes in puller.finish():
                    rows += (outcome.row for outcome in outcomes)
                    record.take(outcomes)
            finally:
                puller.close()
                record.take(puller.collect())
                record.save()
        if not request.targets:
            landings.tidy({file.path for file in wished.files})
    return replace(_report(request, wished, rows), stopped=puller.stopped)


class _Record:
    """Keeps the lock up to what was pulled."""

    def __init__(
        self, manifest: Manifest, lock: Lock, clock: Clock, interruption: Interruption
    ) -> None:
        keep_urls = manifest.lock_urls is LockUrls.KEEP
        journal = Journal(journal_path(manifest.path))
        importing = f"localize import -f {shlex.quote(str(manifest.path))}"
        self._book = LockBook(manifest.lock_path, lock, keep_urls, journal, clock, importing)
        self._clock, self._interruption = clock, interruption
        self._saved_at = clock.monotonic()
        self._changed = False

    def found(self, wanted: Wanted, row: PullRow) -> None:
        """Note a file that an earlier run pulled and had no time to note."""
        if row.file is not None and wanted.known is None:
            self._take(Pulled(wanted, row.file))

    def take(self, outcomes: Iterable[Outcome]) -> None:
        """Note what came, and the links that the vendor gave with it."""
        for outcome in outcomes:
            self._take(outcome)
        if self._clock.monotonic() - self._saved_at >= _SAVED_EVERY:
            self.save()

    def _take(self, outcome: Outcome) -> None:
        wanted, job = outcome.wanted, outcome.wanted.job
        if outcome.outputs is not None and outcome.outputs != job.outputs:
            self._book.renewed(wanted.address, job.translation_id, outcome.outputs)
            self._changed = True
        file = outcome.file if isinstance(outcome, Pulled) else None
        if file is not None and file != wanted.known:
            self._book.pulled(wanted.address, job.translation_id, wanted.kind, file)
            self._changed = True

    def save(self) -> None:
        """Write the lockfile, if anything was learned.

        Raises:
            LockfileError: it cannot be written.
        """
        self._saved_at = self._clock.monotonic()
        if self._changed:
            with self._interruption.shielded():
                self._book.save()
                self._changed = False


def _wished(request: PullRequest) -> tuple[Manifest, Lock, Wishes]:
    manifest, lock = load(request.manifest, loopback=request.loopback)
    if lock.merged:
        raise LockfileError(
            "the lockfile holds a merge conflict",
            code="lockfile_conflict",
            where=Where(file=manifest.lock_path.name),
            hint="localize apply settles it with the vendor, then pull again",
        )
    wished = wishes(manifest.targets, lock, select(request.targets, manifest, lock))
    refuse_unsafe(manifest, wished.files)
    return manifest, lock, wished


def _looked_at(wanted: Wanted, landings: Landings) -> PullRow:
    state, file = landings.look_at(wanted)
    return PullRow(wanted.address, wanted.kind, wanted.path, state, file)


def _report(
    request: PullRequest, wished: Wishes, rows: Iterable[PullRow], checked: bool = False
) -> PullReport:
    order = {(file.address, file.kind): place for place, file in enumerate(wished.files)}
    in_order = tuple(sorted(rows, key=lambda row: order[row.address, row.kind]))
    folder = request.manifest.parent.as_posix()
    return PullReport(in_order, wished.unrendered, None, folder, checked)
