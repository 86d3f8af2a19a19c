"""What the lock remembers of each target; `lockfile` reads and writes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from msgspec import Meta, Struct, field
from msgspec.structs import astuple, replace

from heygen_localize.core.kinds import Count, FileKind, Link, Moment, Seconds, Sha256, VendorId
from heygen_localize.core.languages import fits
from heygen_localize.core.locked_check import LockedCheck
from heygen_localize.core.locked_spec import LockedSpec
from heygen_localize.core.model import NO_OUTPUTS, Job, JobStatus, OutputUrls
from heygen_localize.core.objects import StoredObject
from heygen_localize.core.paid import PaidOrder
from heygen_localize.core.proofread import SessionStatus
from heygen_localize.core.spent import SpentOrder


class LockedSource(Struct, frozen=True, forbid_unknown_fields=True):
    """What a job was made from.

    `etag` and `last_modified` are what the server of the URL said of the file
    when the job was ordered: a later plan sees by them that it has changed.
    """

    url: str | None = None
    asset_id: str | None = None
    sha256: Sha256 | None = None
    etag: str | None = None
    last_modified: str | None = None

    def same_place(self, other: LockedSource) -> bool:
        """Return whether both name the same source, whatever is known of it besides."""
        if self.sha256 or other.sha256:
            return self.sha256 == other.sha256
        return (self.url, self.asset_id) == (other.url, other.asset_id)

    def changed_from(self, etag: str | None, last_modified: str | None) -> bool:
        """Return whether the server speaks of another file by now, as far as it can be known."""
        if self.etag and etag:
            return self.etag != etag
        known = self.last_modified and last_modified
        return bool(known) and self.last_modified != last_modified


class PulledFile(Struct, frozen=True, forbid_unknown_fields=True):
    """A file that was pulled: its content's hash, its size in bytes."""

    sha256: Sha256
    size: Annotated[int, Meta(ge=0)]


class LockedJob(Struct, frozen=True, forbid_unknown_fields=True):
    """What the lock remembers of one job.

    `public_url` is where the team itself serves its video. `sent` stands for what was
    sent along that does not change the output; unknown of jobs that were adopted. `files` are those
    pulled so far, by kind (`video`, `audio`, `srt`, `vtt`), `check` what they were found to be.
    What is `held` is not used before its check has passed, or a person took it as it is:
    `accepted` is the SHA-256 of the file then.
    """

    fingerprint: Sha256
    translation_id: VendorId
    status: JobStatus
    title: str | None = None
    duration: Seconds | None = None
    created_at: Moment | None = None
    failure_message: str | None = None
    source: LockedSource = LockedSource()
    outputs: OutputUrls = NO_OUTPUTS
    public_url: Link | None = None
    sent: Annotated[str, Meta(pattern=r"\A[0-9a-f]{16}\Z")] | None = None
    spec: LockedSpec | None = None
    files: Mapping[FileKind, PulledFile] = field(default_factory=dict)
    check: LockedCheck | None = None
    held: bool = False
    accepted: Sha256 | None = None

    @property
    def usable(self) -> bool:
        """Whether its files are good to use: it is rendered, and not held."""
        return self.status is JobStatus.COMPLETED and not self.held


class LockEntry(Struct, frozen=True):
    """What the lock remembers of a target.

    `serving` is the last usable job, kept until the one in `job` is
    usable too; `superseded` are the ids that other jobs took the place of. What is
    `protected` is never deleted, even after its video left the manifest. `objects` are what was
    put into buckets for it, by kind, whichever job they are of.
    """

    language: str
    job: LockedJob
    attempts: int = 1
    serving: LockedJob | None = None
    superseded: tuple[str, ...] = ()
    protected: bool = False
    objects: Mapping[FileKind, StoredObject] = field(default_factory=dict)

    @property
    def served(self) -> LockedJob | None:
        """Return the job whose files are good to use now."""
        return self.job if self.job.usable else self.serving

    @property
    def held(self) -> LockedJob | None:
        """Return the job that is rendered and waits for its check; None where none does."""
        return self.job if self.job.status is JobStatus.COMPLETED and self.job.held else None

    def ids(self) -> frozenset[str]:
        """Return every id that the entry still counts on."""
        jobs = (self.job, self.serving)
        return frozenset(job.translation_id for job in jobs if job is not None)


class LockedSession(Struct, frozen=True, forbid_unknown_fields=True):
    """What the lock remembers of a target's proofread session.

    `fingerprint` is of what the session is made from. `machine` is the SHA-256 of
    HeyGen's text, `cues` stands for its cues and their times; both are unknown
    until it was fetched. `uploaded` is the text that the session was given since;
    `earlier` are the cues of the session before it, which the text was written for.
    `unusable` is why its text cannot be used, though it was paid for. `approved` is the
    SHA-256 of the approved text that it was ordered for, or given. `attempts` counts the
    sessions since the last one that came to something, this one included.
    """

    fingerprint: Sha256
    proofread_id: VendorId
    status: SessionStatus
    attempts: Count = 1
    created_at: Moment | None = None
    failure_message: str | None = None
    machine: Sha256 | None = None
    cues: Sha256 | None = None
    uploaded: Sha256 | None = None
    earlier: Sha256 | None = None
    unusable: str | None = None
    approved: Sha256 | None = None

    @property
    def text(self) -> str | None:
        """The SHA-256 of the text that the session would be rendered from."""
        return self.uploaded or self.machine

    def in_vain(self, approved: str | None) -> bool:
        """Return whether it brought no text, or no render of this `approved` one (its SHA-256).

        To ask of a session that is over, while the render is still wanted. One that was over
        before people approved its text was not in vain.
        """
        return not self.cues or (approved is not None and self.approved == approved)


class Lock(Struct, frozen=True, eq=False):
    """The lockfile: what each target was, when it was last looked at.

    `assets` are the ids of uploaded files by their SHA-256. `sessions` are proofread sessions and
    `approvals` the SHA-256 of the texts that people approved by command, both by address.
    `deleted` are ids that we deleted at HeyGen within the last day, with HeyGen's time of it in
    seconds since 1970: a key may still be answered with one; `paid` is what was paid for of all
    that was ever deleted, `spent` what budgets count. `merged` is what was read from both sides
    of a conflict: only hints. `origin` is what it was read as, None where there was no file: what
    is written later is merged with what others made of that meanwhile.
    """

    project: str
    entries: Mapping[str, LockEntry] = field(default_factory=dict)
    assets: Mapping[str, str] = field(default_factory=dict)
    sessions: Mapping[str, LockedSession] = field(default_factory=dict)
    approvals: Mapping[str, str] = field(default_factory=dict)
    deleted: Mapping[str, int] = field(default_factory=dict)
    paid: Mapping[str, PaidOrder] = field(default_factory=dict)
    spent: Mapping[str, SpentOrder] = field(default_factory=dict)
    merged: bool = False
    origin: LockOrigin | None = None

    def __eq__(self, other: object) -> bool:
        """Return whether both say the same of the project, however they were read."""
        return isinstance(other, Lock) and self._facts() == other._facts()

    def _facts(self) -> tuple[object, ...]:
        return astuple(self)[:-2]  # all but how it was read

    def languages(self) -> dict[str, str]:
        """Return the names that tags were resolved to: a locked address never resolves anew.

        A name of another language than its tag's is none: it was written by hand.
        """
        pairs = (
            (address.partition("/")[2], entry.language) for address, entry in self.entries.items()
        )
        return {tag: name for tag, name in pairs if fits(tag, name)}


class LockOrigin(Struct, frozen=True):
    """What a lockfile held when it was read: the lock, and the SHA-256 of its bytes."""

    digest: bytes
    lock: Lock


def follow(previous: LockEntry | None, language: str, job: LockedJob, attempts: int) -> LockEntry:
    """Return a target's next entry, now that `job` is the one that it counts on.

    A replacement never takes the old dub down: the last usable job stays as
    `serving` until the new one is usable, and only then counts as superseded.
    """
    if previous is None:
        return LockEntry(language, job, attempts)
    serving = previous.served
    passed = set(previous.superseded)
    if previous.job.status.live:
        passed.add(previous.job.translation_id)
    if serving is not None:
        passed.add(serving.translation_id)
    if job.usable or (serving is not None and serving.translation_id == job.translation_id):
        serving = None
    passed -= {job.translation_id}
    if serving is not None:
        passed -= {serving.translation_id}
    superseded = tuple(sorted(passed))
    return replace(
        previous,
        language=language,
        job=job,
        attempts=attempts,
        serving=serving,
        superseded=superseded,
    )


def observe(known: LockedJob, job: Job) -> LockedJob:
    """Bring what the lock has of a job up to what HeyGen says now.

    Links are kept where they still name the same files: HeyGen signs them
    anew at every answer, and a lockfile that changes at every run is noise.
    """
    same = known.outputs.same_files(job.outputs)
    elsewhere = known.outputs.reachable and not same
    return replace(
        known,
        status=job.status,
        duration=job.duration if job.duration is not None else known.duration,
        created_at=job.created_at if job.created_at is not None else known.created_at,
        failure_message=job.failure_message,
        outputs=known.outputs if same else job.outputs,
        files={} if elsewhere else known.files,
    )


def counting_on(entry: LockEntry, job: Job) -> LockEntry:
    """Return a target's entry, counting on another job of the same content from now on."""
    known = replace(
        entry.job,
        translation_id=job.id,
        title=job.title,
        outputs=NO_OUTPUTS,
        files={},
        sent=None,
        check=None,
        accepted=None,
    )
    return follow(entry, entry.language, observe(known, job), entry.attempts)
