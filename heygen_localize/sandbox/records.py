"""The facts that a sandbox keeps: jobs, requests and answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any


class JobStatus(str, Enum):
    """The vendor's words for how far a translation is."""

    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"


@dataclass(frozen=True)
class Job:
    """One translation into one language, with its whole future already known.

    Attributes:
        id: The vendor's name for it, ending in a language code.
        language: The language name that was asked for.
        title: The title now; PATCH changes it.
        order: The request body that made it.
        created_at: When it was made, in seconds since the epoch.
        started_at: When it goes from pending to running.
        finished_at: When it completes or fails.
        failure_message: Why it fails; None if it completes.
        price: What it costs once completed, in US dollars.
        deleted_at: When it was deleted, or None.
        foreign: Whether somebody else than the API's caller made it.
    """

    id: str
    language: str
    title: str | None
    order: Mapping[str, Any]
    created_at: float
    started_at: float
    finished_at: float
    price: float
    failure_message: str | None = None
    deleted_at: float | None = None
    foreign: bool = False

    def status_at(self, now: float) -> JobStatus:
        """Gives the status at a time, in seconds since the epoch."""
        if now >= self.finished_at:
            return JobStatus.COMPLETED if self.failure_message is None else JobStatus.FAILED
        return JobStatus.PENDING if now < self.started_at else JobStatus.RUNNING

    def note_at(self, now: float) -> JobNote:
        """Return the job as a test wants to see it, as it is at a time."""
        status = self.status_at(now)
        return JobNote(
            id=self.id,
            language=self.language,
            title=self.title,
            callback_id=self.order.get("callback_id"),
            status=status,
            failure_message=self.failure_message if status is JobStatus.FAILED else None,
            body=self.order,
            created_at=self.created_at,
            deleted=self.deleted_at is not None,
            foreign=self.foreign,
        )


@dataclass(frozen=True)
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


class AssetStatus(str, Enum):
    """How far an asset is."""

    PENDING = "pending"
    UPLOADED = "uploaded"
    COMPLETED = "completed"


@dataclass(frozen=True)
class Asset:
    """One file that a caller sent, or is about to send.

    Attributes:
        id: The vendor's name for it, ``asset_`` and 32 hexadecimal digits.
        name: Its file name.
        mime_type: Its type: as declared until it is completed, then as found.
        size_bytes: Its length.
        created_at: When it was begun, in seconds since the epoch.
        status: How far it is.
        sha256: The SHA-256 of the bytes that came; None before they did.
        promised_sha256: What the caller says that it will be, or None.
        start: The first bytes that came, in hexadecimal.
        available_at: When what was uploaded is visible, and what is completed
            is found, in seconds since the epoch.
        upload_headers: What a direct upload must send, exactly so.
        deleted: Whether it was deleted.
    """

    id: str
    name: str
    mime_type: str
    size_bytes: int
    created_at: float
    status: AssetStatus = AssetStatus.PENDING
    sha256: str | None = None
    promised_sha256: str | None = None
    start: str = ""
    available_at: float = 0.0
    upload_headers: Mapping[str, str] = field(default_factory=dict)
    deleted: bool = False

    @property
    def usable(self) -> bool:
        """Whether a job may be made from it."""
        return self.status is AssetStatus.COMPLETED and not self.deleted


@dataclass(frozen=True)
class AssetNote:
    """An asset as a test wants to see it.

    Attributes:
        id: The vendor's id.
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
    headers: Mapping[str, str]
