"""Where HeyGen's side has moved away from the lockfile. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum

from msgspec import Struct

from heygen_localize.core.lock import Lock, LockedJob
from heygen_localize.core.model import Job


class DriftKind(Enum):
    """What is otherwise at HeyGen than in the lockfile."""

    GONE = "gone"
    DENIED = "denied"
    STATE = "state"
    TITLE = "title"


class Drift(Struct, frozen=True):
    """One difference: what the lockfile said, and what HeyGen says (None where gone)."""

    address: str
    translation_id: str
    kind: DriftKind
    before: str
    now: str | None = None


class Refreshed(Struct, frozen=True):
    """What came of a refresh: the targets looked at, the links renewed, what drifted."""

    lock: Lock
    targets: int
    renewed: int
    drifts: tuple[Drift, ...]


def drifts_of(address: str, known: LockedJob, job: Job | None) -> Iterator[Drift]:
    """Compare what the lockfile has of a job with what HeyGen says; None: it is gone."""
    if job is None:
        yield Drift(address, known.translation_id, DriftKind.GONE, known.status.value)
        return
    if job.status is not known.status:
        yield Drift(address, job.id, DriftKind.STATE, known.status.value, job.status.value)
    if known.title and job.title and job.title != known.title:
        yield Drift(address, job.id, DriftKind.TITLE, known.title, job.title)
