"""What a run tells whoever watches it."""

from __future__ import annotations

from enum import Enum

from msgspec import Struct


class EventKind(Enum):
    """What happened to a target, or to the run."""

    ADOPTED = "adopted"
    SUBMITTED = "submitted"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    RETITLED = "retitled"
    STUCK = "stuck"
    UPLOADED = "uploaded"
    PULLED = "pulled"
    PROPOSED = "proofread ordered"
    IN_REVIEW = "awaits review"
    NOTE = "note"


class Tally(Struct, frozen=True):
    """How many targets are where, at one moment of a run."""

    queued: int = 0
    rendering: int = 0
    completed: int = 0
    failed: int = 0


class Event(Struct, frozen=True):
    """One thing that happened. `address` is None where it concerns the whole run."""

    kind: EventKind
    tally: Tally
    address: str | None = None
    translation_id: str | None = None
    message: str | None = None


class Transfer(Struct, frozen=True):
    """How far a file has come on its way: bytes of bytes, where the total is known."""

    name: str
    done: int
    total: int | None


class Pulse(Struct, frozen=True):
    """How a run stands while nothing happens.

    `now` in seconds since 1970, `oldest` since how many a job renders; `left` is for how many
    the run goes on at about the pace so far, None before a job has ended.
    """

    tally: Tally
    now: float
    oldest: float | None = None
    left: float | None = None


class Watcher:
    """Shows events as they happen; this one shows nothing."""

    def happened(self, event: Event) -> None:
        """Take notice of an event."""

    def waiting(self, pulse: Pulse) -> None:
        """Take notice that the run waits; comes about each second."""

    def moved(self, transfer: Transfer) -> None:
        """Take notice of a piece of a file; may be called from several threads."""
