"""The use case of `localize pull`: the finished files, where the manifest wants them."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

from heygen_localize.core.errors import LockfileError, Where
from heygen_localize.core.lock import Lock
from heygen_localize.core.model import LockUrls, Manifest
from heygen_localize.operations.pull.delivery import Delivery
from heygen_localize.operations.pull.destinations import refuse_unsafe
from heygen_localize.operations.pull.local_files import PulledFileCache
from heygen_localize.operations.pull.workers import PullTools
from heygen_localize.planning.pull import PullReport, PullRow, PullSet, files_to_pull
from heygen_localize.project.journal import Journal
from heygen_localize.project.process_lock import journal_path, only_one
from heygen_localize.project.project import load, select
from heygen_localize.project.recorder import LockRecorder
from heygen_localize.system.clock import Clock, SystemClock
from heygen_localize.system.signals import Interruption


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
    landings = PulledFileCache(manifest.path, clock or SystemClock())
    rows = (
        PullRow(file.address, file.kind, file.path, *landings.look_at(file))
        for file in wished.files
    )
    folder = request.manifest.parent.as_posix()
    return PullReport(tuple(rows), wished.unrendered, None, folder, checked=True)


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
        keep_urls = manifest.lock_urls is LockUrls.KEEP
        journal = Journal(journal_path(manifest.path))
        importing = f"localize import -f {shlex.quote(str(manifest.path))}"
        book = LockRecorder(manifest.lock_path, lock, keep_urls, journal, tools.clock, importing)
        with Delivery(manifest, book, tools, interruption or Interruption()) as delivery:
            for wanted in wished.files:
                delivery.want(wanted)
            delivery.finish()
        if not request.targets:
            delivery.tidy(wished)
    return delivery.report(wished)


def _wished(request: PullRequest) -> tuple[Manifest, Lock, PullSet]:
    manifest, lock = load(request.manifest, loopback=request.loopback)
    if lock.merged:
        raise LockfileError(
            "the lockfile holds a merge conflict",
            code="lockfile_conflict",
            where=Where(file=manifest.lock_path.name),
            hint="localize apply settles it with the vendor, then pull again",
        )
    wished = files_to_pull(manifest.targets, lock, select(request.targets, manifest, lock))
    refuse_unsafe(manifest, wished.files)
    return manifest, lock, wished
