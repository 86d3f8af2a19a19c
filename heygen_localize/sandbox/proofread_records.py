"""The facts that a sandbox keeps of proofread sessions.

Source: docs/vendor/behaviour.md, "Proofread sessions".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any


class ProofreadStatus(str, Enum):
    """The vendor's words for how far a session is."""

    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"


@dataclass(frozen=True)
class Session:
    """One proofread session of one language, with its whole future already known.

    Attributes:
        id: The vendor's name for it, ending in a language code.
        language: The language name that was asked for.
        order: The request body that made it.
        source: What the transcript is made from, the same for the same source.
        created_at: When it was made, in seconds since the epoch.
        finished_at: When it completes or fails.
        expires_at: From when on it is not found.
        price: What it costs once completed, in US dollars.
        failure_message: Why it fails; None if it completes.
        other_cues: None for the usual cues; otherwise how many seconds later
            they come, or 0 where one of them is split instead.
        text: The subtitles that were uploaded last; None before any were.
        job_ids: The jobs that were generated from it, the oldest first.
        deleted: Whether it was deleted.
    """

    id: str
    language: str
    order: Mapping[str, Any]
    source: str
    created_at: float
    finished_at: float
    expires_at: float
    price: float
    failure_message: str | None = None
    other_cues: float | None = None
    text: str | None = None
    job_ids: tuple[str, ...] = ()
    deleted: bool = False

    def status_at(self, now: float) -> ProofreadStatus:
        """Gives the status at a time, in seconds since the epoch, expired or not."""
        if now < self.finished_at:
            return ProofreadStatus.PROCESSING
        failed = self.failure_message is not None
        return ProofreadStatus.FAILED if failed else ProofreadStatus.COMPLETED

    def expired_at(self, now: float) -> bool:
        """Tells whether it is gone at a time, in seconds since the epoch."""
        return now >= self.expires_at


@dataclass(frozen=True)
class ProofreadNote:
    """A session as a test wants to see it.

    Attributes:
        id: The vendor's id.
        language: The language name that was asked for.
        title: The title.
        status: The status now; an expired session keeps its last one.
        failure_message: Why it failed; None unless it did.
        created_at: When it was made, in seconds since the epoch.
        expired: Whether it is not found any more.
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
    deleted: bool = False
