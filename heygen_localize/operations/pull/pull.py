"""The use case of `localize pull`: the finished files, where the manifest wants them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from heygen_localize.buckets.buckets import Buckets
from heygen_localize.core.errors import LockfileError, Where
from heygen_localize.operations.pull.delivery import Delivery
from heygen_localize.operations.pull.destinations import refuse_unsafe
from heygen_localize.operations.pull.local_files import PulledFileCache
from heygen_localize.operations.pull.objects import check_all
from heygen_localize.operations.pull.workers import PullTools
from heygen_localize.planning.pull import PullReport, PullRow, PullSet, files_to_pull
from heygen_localize.project.process_lock import staging_of
from heygen_localize.project.project import Project
from heygen_localize.system.clock import SystemClock
from heygen_localize.system.signals import Interruption


def check(manifest: Path, targets: Sequence[str], *, loopback: bool) -> PullReport:
    """Return which files are missing or differ. Asks nobody but buckets, and changes nothing.

    With `loopback`, sources may be on this machine: the sandbox's.

    Raises:
        UsageError: a `targets` pattern that fits no address.
        ManifestError, LockfileError: see `Project.open`; or a file has no safe place.
    """
    project = Project.open(manifest, loopback=loopback)
    pull_set = files_of(project, targets)
    cache = PulledFileCache(manifest, SystemClock())
    in_buckets = check_all(Buckets(), [file for file in pull_set.files if file.in_bucket])
    objects = {(row.address, row.kind): row for row in in_buckets}
    rows = tuple(
        objects[file.address, file.kind]
        if file.in_bucket
        else PullRow(file.address, file.kind, file.path, *cache.look_at(file))
        for file in pull_set.files
    )
    cache.close()
    folder = manifest.parent.as_posix()
    return PullReport(rows, pull_set.unrendered, None, folder, checked=True)


def pull(
    manifest: Path,
    targets: Sequence[str],
    tools: PullTools,
    interruption: Interruption,
    *,
    loopback: bool,
) -> PullReport:
    """Fetch what is missing or differs. One file that fails does not stop the others.

    Raises:
        BusyError: another process works on the same manifest.
        DiskError: the folder for our own state cannot be made.
        UsageError, ManifestError, LockfileError: as `check`; or the lockfile cannot
            be written.
        Interrupted: a signal came; what was pulled is in the lockfile.
    """
    with Project.locked(manifest, loopback=loopback) as project:
        pull_set = files_of(project, targets)
        recorder = project.recorder(tools.clock)
        with Delivery(project.manifest, recorder, tools, interruption) as delivery:
            delivery.want(pull_set.files)
            delivery.finish()
        if not targets:
            delivery.tidy(pull_set)
    return delivery.report(pull_set)


def files_of(project: Project, targets: Sequence[str]) -> PullSet:
    """Return which files the targets that the globs fit should have.

    Raises:
        UsageError: a pattern that fits no address.
        LockfileError: it holds a merge conflict, or a file has no safe place.
    """
    manifest, lock = project.manifest, project.lock
    refuse_conflict(project)
    selected = project.select(targets)
    pull_set = files_to_pull(manifest.targets, lock, selected, staging_of(manifest.path))
    refuse_unsafe(manifest, [file for file in pull_set.files if not file.staged])
    return pull_set


def refuse_conflict(project: Project) -> None:
    """Refuse to work with a lockfile that git could not merge.

    Raises:
        LockfileError: it holds a merge conflict.
    """
    if project.lock.merged:
        raise LockfileError(
            "the lockfile holds a merge conflict",
            code="lockfile_conflict",
            where=Where(file=project.manifest.lock_path.name),
            hint="run localize apply, which resolves it, then pull again",
        )
