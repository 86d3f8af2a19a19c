"""The records that a sandbox keeps: jobs, proofread sessions, assets, requests, kept answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any


class JobStatus(str, Enum):
    """The vendor's words for how far a translation or a lip sync is."""

    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"


class ProofreadStatus(str, Enum):
    """The vendor's words for how far a proofread session is."""

    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"


class AssetStatus(str, Enum):
    """How far an asset is."""

    PENDING = "pending"
    UPLOADED = "uploaded"
    COMPLETED = "completed"


@dataclass(frozen=True, kw_only=True)
class Record:
    """What all records that calls name have in common.

    Attributes:
        id: The vendor's name for it.
        created_at: When it was made, in seconds since the epoch.
        deleted_at: When it was deleted, or None.
    """

    id: str
    created_at: float
    deleted_at: float | None = None

    @property
    def seen_from(self) -> float:
        """From when on it can be found, in seconds since the epoch."""
        return self.created_at

    def gone_at(self, now: float) -> bool:  # noqa: ARG002 some kinds expire
        """Return whether it is not found any more at a time."""
        return self.deleted_at is not None


@dataclass(frozen=True, kw_only=True)
class Work(Record):
    """Something that was ordered and takes its time, with its whole future already known.

    Attributes:
        language: The language name that was asked for; empty for a lip sync.
        order: The request body that made it.
        finished_at: When it completes or fails, in seconds since the epoch.
        price: What it costs once completed, in US dollars.
        failure_message: Why it fails; None if it completes.
    """

    language: str = ""
    order: Mapping[str, Any]
    finished_at: float
    price: float
    failure_message: str | None = None

    def failure_at(self, now: float) -> str | None:
        """Return why it has failed by a time; None if it has not."""
        return self.failure_message if now >= self.finished_at else None

    def completed_at(self, now: float) -> bool:
        """Return whether it has completed by a time."""
        return now >= self.finished_at and self.failure_message is None


@dataclass(frozen=True, kw_only=True)
class Job(Work):
    """One translation into one language, or one lip sync.

    Attributes:
        title: The title now; PATCH changes it.
        started_at: When it goes from pending to running.
        foreign: Whether somebody else than the API's caller made it.
    """

    title: str | None
    started_at: float
    foreign: bool = False

    def status_at(self, now: float) -> JobStatus:
        """Return the status at a time, in seconds since the epoch."""
        if now >= self.finished_at:
            return JobStatus.COMPLETED if self.failure_message is None else JobStatus.FAILED
        return JobStatus.PENDING if now < self.started_at else JobStatus.RUNNING


@dataclass(frozen=True, kw_only=True)
class JobNote:
    """A job as a test wants to see it.

    Attributes:
        id: The vendor's id.
        language: The language name that was asked for.
        title: The title now.
        callback_id: The caller's mark, as it was sent.
        status: The status now.
        failure_message: Why it failed; None unless it did.
        body: The request body that made it.
        created_at: When it was made, in seconds since the epoch.
        deleted: Whether it was deleted.
        foreign: Whether it was made by `Sandbox.add_foreign_job` or a fault.
    """

    id: str
    language: str
    title: str | None
    callback_id: str | None
    status: JobStatus
    failure_message: str | None
    body: Mapping[str, Any]
    created_at: float
    deleted: bool
    foreign: bool


@dataclass(frozen=True, kw_only=True)
class Session(Work):
    """One proofread session of one language.

    Source: docs/vendor/behaviour.md, "Proofread sessions".

    Attributes:
        source: What the transcript is made from, the same for the same source.
        expires_at: From when on it is not found.
        other_cues: None for the usual cues; otherwise how many seconds later
            they come, or 0 where one of them is split instead.
        text: The subtitles that were uploaded last; None before any were.
        job_ids: The jobs that were generated from it, the oldest first.
    """

    source: str
    expires_at: float
    other_cues: float | None = None
    text: str | None = None
    job_ids: tuple[str, ...] = ()

    def status_at(self, now: float) -> ProofreadStatus:
        """Return the status at a time, in seconds since the epoch, expired or not."""
        if now < self.finished_at:
            return ProofreadStatus.PROCESSING
        failed = self.failure_message is not None
        return ProofreadStatus.FAILED if failed else ProofreadStatus.COMPLETED

    def gone_at(self, now: float) -> bool:
        """Return whether it is deleted, or has expired by a time."""
        return self.deleted_at is not None or now >= self.expires_at


@dataclass(frozen=True, kw_only=True)
class ProofreadNote:
    """A session as a test wants to see it.

    Attributes:
        id: The vendor's id.
        language: The language name that was asked for.
        title: The title.
        status: The status now; an expired session keeps its last one.
        failure_message: Why it failed; None unless it did.
        created_at: When it was made, in seconds since the epoch.
        expired: Whether it is not found any more for its age.
        body: The request body that made it.
        text: The subtitles that it would be rendered from now; None unless it
            is completed.
        job_ids: The jobs that were generated from it, the oldest first.
        deleted: Whether it was deleted.
    """

    id: str
    language: str
    title: str
    status: ProofreadStatus
    failure_message: str | None
    created_at: float
    expired: bool
    body: Mapping[str, Any]
    text: str | None
    job_ids: tuple[str, ...]
    deleted: bool


@dataclass(frozen=True, kw_only=True)
class AssetNote:
    """An asset as a test wants to see it.

    Attributes:
        id: The vendor's id, ``asset_`` and 32 hexadecimal digits.
        sha256: The SHA-256 of its bytes; None before they came.
        size_bytes: Its length, as declared before the bytes came.
        mime_type: Its type: as declared until it is completed, then as found.
        name: Its file name.
        status: How far it is.
        deleted: Whether it was deleted.
    """

    id: str
    sha256: str | None
    size_bytes: int
    mime_type: str
    name: str
    status: AssetStatus
    deleted: bool


@dataclass(frozen=True)
class RequestNote:
    """One request that reached the sandbox.

    Attributes:
        method: The HTTP method.
        route: The path template, such as
            ``/v3/video-translations/{video_translation_id}``; empty if unknown.
        path: The path as it was asked, without the query.
        query: The raw query, without the question mark.
        idempotency_key: The ``Idempotency-Key`` header, or None.
        body: The body parsed as JSON, or None; always None for an upload.
        at: When it arrived, in seconds since the epoch on the sandbox's clock.
        key_leaked: Whether the API key came along where it has no business:
            outside ``/v3``, or elsewhere than in ``x-api-key``.
        status: The HTTP status of the answer; None while there is none, and
            for good where the connection was reset.
        faults: Names of the faults that struck it.
    """

    method: str
    route: str
    path: str
    query: str
    idempotency_key: str | None
    body: Any
    at: float
    key_leaked: bool
    status: int | None = None
    faults: tuple[str, ...] = ()


@dataclass(frozen=True)
class KeptAnswer:
    """An answer kept under an ``Idempotency-Key``, to be given again.

    Attributes:
        status: The HTTP status.
        body: The body, as text.
        headers: The headers that belong to the answer itself.
    """

    status: int
    body: str
    headers: Mapping[str, str] = field(default_factory=dict)
