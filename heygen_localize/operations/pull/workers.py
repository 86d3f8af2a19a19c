"""Fetching many files side by side: threads download, the caller alone changes the lock."""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, TypeVar

from msgspec import Struct, field
from msgspec.structs import replace

from heygen_localize.buckets.buckets import Buckets
from heygen_localize.core.errors import Diagnostic, DownloadError, LinkRefused, LocalizeError
from heygen_localize.core.lock import PulledFile
from heygen_localize.core.model import Manifest, OutputUrls
from heygen_localize.core.objects import StoredObject
from heygen_localize.heygen.client import Client
from heygen_localize.operations.pull.download import PIECE, Bounds, Part, Stopped, fetch
from heygen_localize.operations.pull.links import Links
from heygen_localize.operations.pull.local_files import PulledFileCache
from heygen_localize.operations.pull.nature import fault_of
from heygen_localize.operations.pull.object_part import ObjectPart
from heygen_localize.operations.pull.objects import (
    Found,
    Placed,
    adopted,
    look_at,
    part_for,
    stored_of,
)
from heygen_localize.operations.pull.part_file import Part as FilePart
from heygen_localize.operations.pull.part_file import PartOf, Parts
from heygen_localize.planning.pull import PullFile, PullRow, PullState
from heygen_localize.project.process_lock import state_folder
from heygen_localize.system import opened, root_of
from heygen_localize.system.causes import cause_of
from heygen_localize.system.clock import Clock, SystemClock
from heygen_localize.system.files import make_folder
from heygen_localize.system.web import Web, WebRefusal

_Taken = TypeVar("_Taken")

_THREADS = 8
_POLL_SECONDS = 0.5
"""Seconds between two looks around while nothing comes."""

_SHUTDOWN_SECONDS = 0.5
"""Seconds that downloads under way get to stop; what they have by then lies on the disk."""


class Outcome(Struct, frozen=True):
    """What came of a file: it is in place, or `problem` tells why it could not be had.

    `file` is None, too, where the job has none, and need not. `outputs` are links given since. Of
    an object, `stored` is what the lockfile keeps; where `found`, it was there already.
    """

    wanted: PullFile
    outputs: OutputUrls | None
    file: PulledFile | None = None
    problem: Diagnostic | None = None
    stored: StoredObject | None = None
    found: bool = False

    @property
    def row(self) -> PullRow:
        """Its line of the report."""
        wanted, state = self.wanted, PullState.ABSENT
        if self.problem is not None:
            state = PullState.FAILED
        elif self.file is not None:
            state = PullState.UNCHANGED if self.found else PullState.PULLED
        return PullRow(wanted.address, wanted.kind, wanted.path, state, self.file, self.problem)


class TransferWatcher:
    """Shows how files come in; this one shows nothing."""

    def added(self, wanted: PullFile) -> None:
        """Take notice of a file that is due."""

    def moved(self, wanted: PullFile, done: int, total: int | None) -> None:
        """Take notice of bytes that came; from any thread. Both count from the file's start."""

    def ended(self, row: PullRow) -> None:
        """Take notice of a file that is done with."""


class PullTools(Struct, frozen=True):
    """What pulling works with. `open_client` is asked for only where a link is needed.

    `parts` is where beginnings of files lie, if not in the manifest's own folder of them.
    """

    web: Web
    open_client: Callable[[], Client]
    clock: Clock = field(default_factory=SystemClock)
    watcher: TransferWatcher = field(default_factory=TransferWatcher)
    buckets: Buckets = field(default_factory=Buckets)
    parts: Path | None = None


class DownloadPool:
    """Downloads what is added, a few files at a time, until it is closed.

    Whoever adds files has checked their places (`destinations.refuse_unsafe`).
    """

    def __init__(self, manifest: Manifest, tools: PullTools, cache: PulledFileCache) -> None:
        self._folder = manifest.path.parent
        self._root = root_of(manifest.path)
        self._parts = Parts(tools.parts or state_folder(manifest.path) / "parts")
        self._made: set[Path] = set()
        self._placed = Placed()
        self._tools, self._cache = tools, cache
        self._links = Links(tools.open_client, tools.clock, manifest)
        self._bounds = Bounds(manifest.limits.max_download, threading.Event())
        self._waiting: queue.SimpleQueue[PullFile | None] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._change = threading.Condition()
        self._done: deque[Outcome | BaseException] = deque()
        self._open = 0

    @property
    def stopped(self) -> LocalizeError | None:
        """Why the vendor is not asked for links any more; None where nothing keeps from it."""
        return self._links.ended

    def add(self, files: Sequence[PullFile]) -> None:
        """Have files fetched."""
        self._links.ask_together(files)
        for wanted in files:
            self._add(wanted)

    def _add(self, wanted: PullFile) -> None:
        self._open += 1
        self._tools.watcher.added(wanted)
        self._waiting.put(wanted)
        if len(self._threads) < min(_THREADS, self._open):
            # Nothing waits for these: an exit must not depend on a host that hangs.
            thread = threading.Thread(target=self._work, name="pull", daemon=True)
            self._threads.append(thread)
            thread.start()

    def collect(self) -> list[Outcome]:
        """Return what came of files since the last time, without waiting."""
        found: list[Outcome] = []
        while self._done:
            outcome = self._done.popleft()
            if isinstance(outcome, BaseException):
                raise outcome
            self._open -= 1
            self._tools.watcher.ended(outcome.row)
            found.append(outcome)
        return found

    def finish(self) -> Iterator[list[Outcome]]:
        """Return what comes of the rest, as it comes; now and then nothing."""
        while self._open:
            with self._change:
                if not self._done:
                    self._change.wait(_POLL_SECONDS)
            yield self.collect()

    def close(self) -> None:
        """Stop, done or not; what has come so far of a file stays for the next time."""
        self._bounds.stop.set()
        for _ in self._threads:
            self._waiting.put(None)
        for thread in self._threads:
            thread.join(_SHUTDOWN_SECONDS / len(self._threads))

    def _work(self) -> None:
        while not self._bounds.stop.is_set():
            wanted = self._waiting.get()
            if wanted is None:
                return
            outcome: Outcome | BaseException
            try:
                outcome = self._outcome(wanted)
            except Stopped:
                return
            except BaseException as bug:  # Raised again where it is collected.
                outcome = bug
            with self._change:
                self._done.append(outcome)
                self._change.notify_all()

    def _outcome(self, wanted: PullFile) -> Outcome:
        try:
            if wanted.in_bucket:
                with self._placed.at(wanted) as wanted:
                    outcome = self._outcome_of_object(wanted)
                    self._placed.note(outcome.stored)
                return outcome
            file = self._fetched(wanted, self._download)
        except (WebRefusal, LocalizeError, OSError) as error:
            problem = _problem(error, wanted)
            return Outcome(wanted, self._links.renewed(wanted), problem=problem)
        return Outcome(wanted, self._links.renewed(wanted), file)

    def _outcome_of_object(self, wanted: PullFile) -> Outcome:
        buckets = self._tools.buckets
        found = look_at(buckets, wanted)
        if found.state is PullState.UNCHANGED:
            return Outcome(wanted, None, wanted.known, found=True)
        seen, known = adopted(buckets, wanted, found), wanted.known
        if seen is not None and known is not None:
            stored = stored_of(wanted, seen, known.sha256)
            return Outcome(wanted, None, known, stored=stored, found=True)
        if found.state is PullState.ABSENT and not wanted.askable:
            return Outcome(wanted, None)

        def send(wanted: PullFile, url: str) -> ObjectPart:
            part = part_for(buckets, wanted, found)
            self._fetch(wanted, url, part)
            return part

        part = self._from_stage(wanted, found) or self._fetched(wanted, send)
        links = self._links.renewed(wanted)
        if part is None or part.seen is None:
            return Outcome(wanted, links)
        file = PulledFile(part.sha256, part.seen.size)
        return Outcome(wanted, links, file, stored=stored_of(wanted, part.seen, part.sha256))

    def _from_stage(self, wanted: PullFile, found: Found) -> ObjectPart | None:
        """Send a file that stood aside until its check; None where none does."""
        if wanted.stage is None or wanted.known is None:
            return None
        aside = wanted.aside
        state, file, _ = self._cache.look_at(aside)
        if state is not PullState.UNCHANGED or file is None:
            return None
        part = part_for(self._tools.buckets, wanted, found)
        part.restart(None, file.size)
        try:
            with opened(self._folder / aside.path, self._root) as stream:
                while piece := stream.read(PIECE):
                    part.add(piece)
            if part.sha256 != file.sha256:
                return None  # it was changed as it was read
            part.land(self._tools.clock.now())
        finally:
            part.close()
        return part

    def _fetched(self, wanted: PullFile, take: Callable[[PullFile, str], _Taken]) -> _Taken | None:
        url = self._links.first(wanted)
        if url is not None:
            try:
                return take(wanted, url)
            except LinkRefused:
                url = self._links.refresh(wanted, url)
        if url is not None:
            return take(wanted, url)
        if not wanted.required:
            return None
        raise DownloadError(
            f"HeyGen gives no link to the {wanted.kind} of the job",
            code="file_missing",
            hint="right after a job ends that may take some minutes: run localize pull again",
        )

    def _download(self, wanted: PullFile, url: str) -> PulledFile:
        destination = self._folder / wanted.path
        if destination.parent not in self._made:
            make_folder(destination.parent, self._root)
            self._made.add(destination.parent)
        of = PartOf(wanted.address, wanted.kind, wanted.job.translation_id)
        part = FilePart(self._parts, of, destination, self._root)
        file = self._fetch(wanted, url, part)
        self._cache.add(wanted, file, part.moment)
        return file

    def _fetch(self, wanted: PullFile, url: str, part: Part) -> PulledFile:
        def progress(done: int, total: int | None) -> None:
            self._tools.watcher.moved(wanted, done, total)

        def judge(stream: BinaryIO, size: int) -> str | None:
            return fault_of(stream, size, wanted.kind, wanted.job.duration)

        bounds = replace(self._bounds, judge=judge)
        fetched = fetch(self._tools.web, url, part, bounds, self._tools.clock, progress)
        return PulledFile(fetched.sha256, fetched.size)


def _problem(error: WebRefusal | LocalizeError | OSError, wanted: PullFile) -> Diagnostic:
    if isinstance(error, LocalizeError):
        return replace(error.first, where=wanted.where)
    if isinstance(error, WebRefusal):
        message = f"the link is not followed: {error}"
        hint = "the lockfile or a file host names an address that is not public https"
        return Diagnostic("download_refused", message, wanted.where, hint)
    cause = cause_of(error)
    hint = cause.hint or "make room, or give this user permission to write"
    message = f"the disk does not take the file: {cause}"
    return Diagnostic("output_unwritable", message, wanted.where, hint)
