"""The use case of `localize check`: the pulled files, measured and held against the rules."""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from msgspec import Struct

from heygen_localize.core.errors import Diagnostic, FileError, LocalizeError
from heygen_localize.core.measurement import CaptionMeasurement, Measurement
from heygen_localize.media.measure import captions_of, measure, require
from heygen_localize.operations.pull.local_files import PulledFileCache
from heygen_localize.operations.pull.pull import files_of
from heygen_localize.planning.check import (
    CheckFiles,
    CheckReport,
    CheckRow,
    Expected,
    Subject,
    files_to_check,
)
from heygen_localize.planning.check_rules import findings
from heygen_localize.planning.pull import PullFile, PullState
from heygen_localize.project.measured_files import MeasuredFiles
from heygen_localize.project.project import Project
from heygen_localize.system import TooLargeError, opened, read, root_of
from heygen_localize.system.causes import cause_of
from heygen_localize.system.clock import SystemClock
from heygen_localize.system.paths import UnsafePathError

_MAX_CAPTION_BYTES = 10_000_000


class CheckWatcher:
    """Shows how a check goes on; this one shows nothing."""

    def measured(self, path: str, done: int, count: int) -> None:
        """Take notice of a file that was decoded, one of `count`."""


class _Found(Struct):
    """What is known of a target's files so far."""

    files: CheckFiles
    sha256: str | None = None
    problem: Diagnostic | None = None
    media: Measurement | None = None


def check(
    manifest: Path,
    targets: Sequence[str],
    watcher: CheckWatcher,
    *,
    loopback: bool,
    workers: int | None = None,
) -> CheckReport:
    """Measure the files that were pulled, as many at once as there are processors.

    What was measured before, and is the same to the byte, is not decoded again. Nothing is
    fetched, and nothing but the cache is written.

    Raises:
        UsageError: a pattern that fits no address, or PyAV is not installed.
        ManifestError, LockfileError: see `Project.open`.
    """
    require()
    project = Project.open(manifest, loopback=loopback)
    pull_set = files_of(project, targets)
    wanted = files_to_check(project.manifest.targets, pull_set)
    pulled = PulledFileCache(manifest, SystemClock())
    kept = MeasuredFiles(manifest)
    found = [_Found(files, *_pulled(pulled, files.media)) for files in wanted]
    for item in found:
        item.media = None if item.sha256 is None else kept.load(item.sha256)
    waiting = [item for item in found if item.sha256 is not None and item.media is None]
    _in_threads(waiting, partial(_look, manifest, kept), workers or os.cpu_count() or 1, watcher)
    texts = {
        item.files.target.address: text
        for item in found
        if item.media is not None
        and (text := _captions(manifest, pulled, item.files.captions)) is not None
    }
    captions = captions_of(texts, {item.files.target.address: item.media for item in found})
    pulled.close()
    rows = tuple(_row(item, captions.get(item.files.target.address)) for item in found)
    return CheckReport(rows, pull_set.unrendered)


def _look(manifest: Path, kept: MeasuredFiles, item: _Found) -> None:
    path = item.files.media.path
    try:
        with opened(manifest.parent / path, root_of(manifest)) as file:
            item.media = measure(file, path)
    except LocalizeError as failure:
        item.problem = failure.first
    except (OSError, UnsafePathError) as error:
        message = f"{path!r} cannot be read: {cause_of(error)}"
        item.problem = FileError("media_unread", message).first
    else:
        kept.save(item.sha256 or "", item.media)


def _pulled(pulled: PulledFileCache, file: PullFile) -> tuple[str | None, Diagnostic | None]:
    """Return the hash of a file that is as it was pulled; else what is wrong with it, if known."""
    state, known, problem = pulled.look_at(file)
    here = known.sha256 if state is PullState.UNCHANGED and known is not None else None
    return here, problem


def _captions(manifest: Path, pulled: PulledFileCache, file: PullFile | None) -> bytes | None:
    if file is None or _pulled(pulled, file)[0] is None:
        return None
    try:
        return read(manifest.parent / file.path, _MAX_CAPTION_BYTES, root_of(manifest))
    except (OSError, UnsafePathError, TooLargeError):
        return None


def _row(item: _Found, captions: CaptionMeasurement | None) -> CheckRow:
    target, path = item.files.target, item.files.media.path
    if item.media is None:
        return CheckRow(target.address, path, problem=item.problem)
    subject = Subject(Expected.of(target), item.media, captions)
    broken = findings(subject, item.files.rules)
    return CheckRow(target.address, path, broken, item.media, captions)


def _in_threads(
    items: Sequence[_Found], work: Callable[[_Found], None], count: int, watcher: CheckWatcher
) -> None:
    """Work on items side by side. An interruption leaves the threads, which are daemons, behind."""
    waiting: queue.SimpleQueue[_Found] = queue.SimpleQueue()
    done: queue.SimpleQueue[tuple[_Found, BaseException | None]] = queue.SimpleQueue()
    for item in items:
        waiting.put(item)

    def run() -> None:
        while True:
            try:
                item = waiting.get_nowait()
            except queue.Empty:
                return
            try:
                work(item)
            except BaseException as error:  # told by the thread that waits
                done.put((item, error))
            else:
                done.put((item, None))

    for _ in range(min(count, len(items))):
        threading.Thread(target=run, name="check", daemon=True).start()
    for number in range(1, len(items) + 1):
        item, error = done.get()
        if error is not None:
            raise error
        watcher.measured(item.files.media.path, number, len(items))
