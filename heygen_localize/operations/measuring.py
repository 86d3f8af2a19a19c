"""Files being measured, as many at once as there are processors, none of them twice."""

from __future__ import annotations

import hashlib
import queue
import threading
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import BinaryIO

from msgspec import Struct

from heygen_localize.core.errors import Diagnostic, FileError, LocalizeError
from heygen_localize.core.measurement import Measurement
from heygen_localize.media.measure import NOT_INSTALLED, measure
from heygen_localize.project.measured_files import MeasuredFiles
from heygen_localize.system import opened, root_of
from heygen_localize.system.causes import cause_of
from heygen_localize.system.paths import UnsafePathError

UNREAD, CHANGED = "media_unread", "media_changed"
NOTHING_TOLD = frozenset({UNREAD, CHANGED})
"""Codes of what says nothing of the file that was pulled: it could not be read, or is another."""
_PIECE = 1 << 20


class CheckWatcher:
    """Shows how a check goes on; this one shows nothing."""

    def measured(self, path: str, done: int, count: int) -> None:
        """Take notice of a file that was decoded, one of `count`."""


class MeasuredFile(Struct):
    """A file of the project, by its place and the hash of its bytes, and what is known of it.

    Without a hash it is not as it should be, and is not looked at.
    """

    path: str
    sha256: str | None = None
    problem: Diagnostic | None = None
    media: Measurement | None = None


def measure_all(
    manifest: Path,
    kept: MeasuredFiles,
    files: Sequence[MeasuredFile],
    workers: int,
    watcher: CheckWatcher,
) -> None:
    """Find out what each file is: from the cache, else by decoding it, which the cache keeps."""
    for file in files:
        file.media = None if file.sha256 is None else kept.load(file.sha256)
    waiting = [file for file in files if file.sha256 is not None and file.media is None]
    _in_threads(waiting, partial(_look, manifest, kept), workers, watcher)


def _look(manifest: Path, kept: MeasuredFiles, item: MeasuredFile) -> None:
    try:
        with opened(manifest.parent / item.path, root_of(manifest)) as file:
            media = measure(file, item.path)
            # What was there when it was hashed may be another file by now.
            if _hash_of(file) != item.sha256:
                item.problem = FileError(
                    CHANGED,
                    f"{item.path!r} changed while it was looked at",
                    "run localize check again when nothing writes to it",
                ).first
                return
    except LocalizeError as failure:
        if failure.first.code == NOT_INSTALLED:
            raise
        item.problem = failure.first
    except (OSError, UnsafePathError) as error:
        message = f"{item.path!r} cannot be read: {cause_of(error)}"
        item.problem = FileError(UNREAD, message).first
    else:
        item.media = media
        kept.save(item.sha256, media)


def _hash_of(file: BinaryIO) -> str:
    file.seek(0)
    found = hashlib.sha256()
    while piece := file.read(_PIECE):
        found.update(piece)
    return found.hexdigest()


def _in_threads(
    items: Sequence[MeasuredFile],
    work: Callable[[MeasuredFile], None],
    count: int,
    watcher: CheckWatcher,
) -> None:
    """Work on items side by side. An interruption leaves the threads, which are daemons, behind."""
    waiting: queue.SimpleQueue[MeasuredFile] = queue.SimpleQueue()
    done: queue.SimpleQueue[tuple[MeasuredFile, BaseException | None]] = queue.SimpleQueue()
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
        watcher.measured(item.path, number, len(items))
