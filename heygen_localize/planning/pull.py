"""Which files `pull` fetches, and what came of it. Pure."""

from __future__ import annotations

import hashlib
import posixpath
from collections import Counter
from collections.abc import Callable, Iterable
from enum import Enum

from msgspec import Struct
from msgspec.structs import replace

from heygen_localize.core.errors import NOWHERE, Diagnostic, ExitCode, LocalizeError, Where
from heygen_localize.core.lock import Lock, LockedJob, LockEntry, PulledFile
from heygen_localize.core.model import NO_OUTPUTS, JobStatus, OutputUrls, Target
from heygen_localize.core.objects import StoredObject, is_object

_LINKS = {
    "video": "video_url",
    "audio": "audio_url",
    "srt": "srt_caption_url",
    "vtt": "vtt_caption_url",
}
CAPTIONS = frozenset({"srt", "vtt"})


def link(outputs: OutputUrls, kind: str) -> str | None:
    """Return the link to one kind of file."""
    found: str | None = getattr(outputs, _LINKS[kind])
    return found


class PullFile(Struct, frozen=True):
    """A file that belongs at `path`, from the manifest's folder.

    `job` is the one whose files are good to use now; what is `staged` is of one that waits for
    its check, and stands aside until then. Where `required` is False, the job may well have no
    such file. `staging` is the folder of files that stand aside; `stored` is what was put into a
    bucket of this kind for the target before.
    """

    address: str
    kind: str
    path: str
    job: LockedJob
    required: bool = True
    where: Where = NOWHERE
    staged: bool = False
    staging: str | None = None
    stored: StoredObject | None = None

    @property
    def in_bucket(self) -> bool:
        """Whether it belongs into a bucket; `path` is its address then."""
        return is_object(self.path)

    @property
    def url(self) -> str | None:
        """Return the link that the lock has."""
        return link(self.job.outputs, self.kind)

    @property
    def stage(self) -> str | None:
        """Return where it stands aside, or stood: a place for each job."""
        if self.staging is None:
            return None
        name = self.address.replace("/", ".")
        job = hashlib.sha256(self.job.translation_id.encode()).hexdigest()[:12]
        ending = posixpath.splitext(self.path)[1]
        return f"{self.staging}/{name}-{job}.{self.kind}{ending}"

    @property
    def aside(self) -> PullFile:
        """Return the file as it stands aside; itself where it has no other place."""
        return replace(self, path=self.stage or self.path)

    @property
    def known(self) -> PulledFile | None:
        """Return what was pulled of it before, here or elsewhere."""
        return self.job.files.get(self.kind)

    @property
    def expected(self) -> bool:
        """Whether the job has the file, as far as the lock tells."""
        return self.required or self.url is not None or self.known is not None

    @property
    def askable(self) -> bool:
        """Whether asking the vendor may bring the file: it is due, or no link at all is known."""
        return self.expected or self.job.outputs == NO_OUTPUTS


class PullSet(Struct, frozen=True):
    """All files that are due, and the addresses of targets that have none yet."""

    files: tuple[PullFile, ...]
    unrendered: tuple[str, ...]


def files_to_pull(
    targets: Iterable[Target],
    lock: Lock,
    selected: frozenset[str] | None,
    staging: str,
) -> PullSet:
    """Return which files the targets should have by now, in the order of addresses.

    While a replacement renders, or has failed, they are those of the earlier job; while it waits
    for its check, its own stand aside in the folder `staging`. Targets that the manifest skips
    have none.
    """
    files: list[PullFile] = []
    unrendered = []
    for target in targets:
        if target.skip or (selected is not None and target.address not in selected):
            continue
        entry = lock.entries.get(target.address)
        if entry is None or not _rendered(entry):
            unrendered.append(target.address)
        else:
            files += files_of(target, entry, staging)
    return PullSet(tuple(files), tuple(unrendered))


def _rendered(entry: LockEntry) -> bool:
    return entry.held is not None or _served(entry) is not None


def _served(entry: LockEntry) -> LockedJob | None:
    served = entry.served
    return served if served is not None and served.status is JobStatus.COMPLETED else None


def files_of(target: Target, entry: LockEntry, staging: str) -> list[PullFile]:
    """Return which files one target should have by now, as `files_to_pull` does."""
    files: list[PullFile] = []
    served, held = _served(entry), entry.held
    if served is not None:
        files += [
            replace(file, staging=staging, stored=entry.objects.get(file.kind))
            for file in wanted(target, served)
        ]
    if held is not None:
        files += [
            replace(file, staging=staging, staged=True).aside for file in wanted(target, held)
        ]
    return files


def wanted(target: Target, job: LockedJob) -> list[PullFile]:
    """Return the files that a target should have of a completed job."""
    sound_alone = target.option("translate_audio_only") is True
    # A job of an earlier spec need not have what the manifest asks for by now.
    same = target.is_of(job.fingerprint)
    # Older jobs have captions only where they were asked for.
    absent = {"video"} if sound_alone else set[str]()
    absent |= set() if job.fingerprint in target.older else set(CAPTIONS)
    return [
        PullFile(
            target.address,
            output.kind,
            output.path,
            job,
            same and output.kind not in absent,
            target.where,
        )
        for output in target.outputs
    ]


def is_delivered(target: Target, entry: LockEntry) -> bool:
    """Return whether a target's files are where they belong, as far as the lock tells.

    So are those of a target that has none to deliver: not rendered, held, or skipped. Of a file in
    a folder the lock tells that it was pulled, not by which machine.
    """
    served = entry.served
    if target.skip or served is None or served.status is not JobStatus.COMPLETED:
        return True
    return all(_is_there(file, entry.objects.get(file.kind)) for file in wanted(target, served))


def _is_there(file: PullFile, stored: StoredObject | None) -> bool:
    known = file.known
    if known is None:
        return not file.required and file.url is None
    if not file.in_bucket:
        return True
    return stored is not None and (stored.at, stored.sha256) == (file.path, known.sha256)


def undelivered_of(targets: Iterable[Target]) -> Callable[[str, LockEntry], bool]:
    """Return what tells of a target's entry whether it has files to deliver."""
    by_address = {target.address: target for target in targets if target.outputs}

    def undelivered(address: str, entry: LockEntry) -> bool:
        target = by_address.get(address)
        return target is not None and not is_delivered(target, entry)

    return undelivered


def places(targets: Iterable[Target], selected: frozenset[str] | None = None) -> list[PullFile]:
    """Return every file that the targets will ever have, before there is a job to have it of."""
    nothing = LockedJob("", "", JobStatus.PENDING)
    return [
        file
        for target in targets
        if not target.skip and (selected is None or target.address in selected)
        for file in wanted(target, nothing)
    ]


UNREADY = "network_setup"
"""The code of problems of this machine that keep it from asking any host."""


class PullState(Enum):
    """What became of a file, or how it was found by a check."""

    PULLED = "pulled"
    UNCHANGED = "unchanged"
    FAILED = "failed"
    MISSING = "missing"
    DIFFERS = "differs"
    ABSENT = "absent"

    @property
    def to_do(self) -> bool:
        """Whether `pull` has work to do."""
        return self in (PullState.MISSING, PullState.DIFFERS)


class PullRow(Struct, frozen=True):
    """One file. `absent` files are those that the job does not have, and need not have."""

    address: str
    kind: str
    path: str
    state: PullState
    file: PulledFile | None = None
    problem: Diagnostic | None = None


class PullReport(Struct, frozen=True):
    """What a `pull` did, or a `pull --check` found.

    `stopped` is why the vendor could not be asked for links, where that was needed.
    `folder` is the manifest's, as the user would write it.
    """

    rows: tuple[PullRow, ...]
    unrendered: tuple[str, ...] = ()
    stopped: LocalizeError | None = None
    folder: str = "."
    checked: bool = False

    @property
    def counts(self) -> Counter[PullState]:
        """Count the files by state."""
        return Counter(row.state for row in self.rows)

    @property
    def pulled_bytes(self) -> int:
        """Add up what was fetched."""
        sizes = (row.file.size for row in self.rows if row.file and row.state is PullState.PULLED)
        return sum(sizes)

    @property
    def exit_code(self) -> ExitCode:
        """Say how it ended: the first that applies (docs/exit-codes.md)."""
        problems = {row.problem.code for row in self.rows if row.problem is not None}
        codes = {
            ExitCode.USAGE if UNREADY in problems else ExitCode.OK,
            self.stopped.exit_code if self.stopped is not None else ExitCode.OK,
            ExitCode.TARGETS_FAILED if self.counts[PullState.FAILED] else ExitCode.OK,
            ExitCode.CHANGES if any(row.state.to_do for row in self.rows) else ExitCode.OK,
        }
        return ExitCode.first_of(codes)
