"""What a prune is about to delete, what it leaves alone, and how it ended. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from heygen_localize.core.errors import ExitCode, Problem
from heygen_localize.core.model import Job, JobStatus
from heygen_localize.core.proofread import SessionStatus
from heygen_localize.core.text import pluralize


class PruneKind(Enum):
    """What makes a job or a proofread session one that nobody needs.

    Duplicates are jobs alone; `FAILED` and `EXPIRED` are sessions alone.
    """

    ORPHAN = "orphan"
    SUPERSEDED = "superseded"
    DUPLICATE = "duplicate"
    FAILED = "failed"
    EXPIRED = "expired"


class KeptWhy(Enum):
    """Why a job or a session that nobody needs is left alone.

    `FRESH` is a session that is too new to be sure of, or whose age nobody tells.
    """

    PROTECTED = "protected"
    ELSEWHERE = "elsewhere"
    RENDERING = "rendering"
    FOREIGN = "foreign"
    FRESH = "fresh"


@dataclass(frozen=True)
class Prunable:
    """A job to be deleted: what it is at `address`, and what it has cost in USD.

    `cost` is None where its length is unknown. Of which mode it was, only a duplicate's
    target tells: of the others it is the least that they have cost. `stays` is the job that
    a duplicate's content keeps.
    """

    translation_id: str
    kind: PruneKind
    address: str
    status: JobStatus
    title: str | None = None
    created_at: int | None = None
    cost: float | None = None
    stays: Job | None = None


@dataclass(frozen=True)
class Kept:
    """A job that is left alone; `lockfile` is another one that counts on it."""

    translation_id: str
    kind: PruneKind
    address: str
    why: KeptWhy
    lockfile: str | None = None


@dataclass(frozen=True)
class PrunableSession:
    """A proofread session to be deleted: what it is at `address`, and its cost in USD.

    `cost` is None where the video's length is unknown. `stays` are the ids of the later
    sessions that its targets count on.
    """

    proofread_id: str
    kind: PruneKind
    address: str
    status: SessionStatus
    created_at: int | None = None
    cost: float | None = None
    stays: tuple[str, ...] = ()


@dataclass(frozen=True)
class KeptSession:
    """A session that is left alone; `lockfile` is another one that counts on it."""

    proofread_id: str
    kind: PruneKind
    address: str
    why: KeptWhy
    lockfile: str | None = None


@dataclass(frozen=True)
class SessionPrunes:
    """What a prune comes to for proofread sessions; `gone` as in `PrunePlan`.

    `unseen` is why the account's sessions could not be looked at: then none is deleted.
    """

    doomed: tuple[PrunableSession, ...] = ()
    kept: tuple[KeptSession, ...] = ()
    gone: tuple[str, ...] = ()
    unseen: str | None = None


@dataclass(frozen=True)
class PrunePlan:
    """What a prune comes to. `gone` are ids of the lock that the vendor has no more."""

    project: str
    doomed: tuple[Prunable, ...] = ()
    kept: tuple[Kept, ...] = ()
    gone: tuple[str, ...] = ()
    sessions: SessionPrunes = SessionPrunes()

    @property
    def count(self) -> int:
        """How many jobs and sessions are to be deleted."""
        return len(self.doomed) + len(self.sessions.doomed)

    @property
    def cost(self) -> float:
        """What is to be deleted has cost, as far as it is known, in USD."""
        jobs = sum(item.cost or 0.0 for item in self.doomed)
        return round(jobs + sum(item.cost or 0.0 for item in self.sessions.doomed), 4)


def counted_both(jobs: int, sessions: int) -> str:
    """Count jobs and proofread sessions; what there is none of is left out, if not both."""
    parts = [pluralize(jobs, "job")] if jobs or not sessions else []
    parts += [pluralize(sessions, "proofread session")] if sessions else []
    return " and ".join(parts)


@dataclass(frozen=True)
class Undeleted:
    """A job that the vendor would not delete."""

    translation_id: str
    address: str
    problem: Problem


@dataclass(frozen=True)
class UndeletedSession:
    """A proofread session that the vendor would not delete."""

    proofread_id: str
    address: str
    problem: Problem


@dataclass(frozen=True)
class Pruned:
    """How a prune ended; `made_at` in seconds since 1970."""

    prunes: PrunePlan
    made_at: float
    dry_run: bool = False
    deleted: tuple[Prunable, ...] = ()
    refused: tuple[Undeleted, ...] = ()
    deleted_sessions: tuple[PrunableSession, ...] = ()
    refused_sessions: tuple[UndeletedSession, ...] = ()

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Why something was not deleted."""
        sessions = tuple(item.problem for item in self.refused_sessions)
        return sessions + tuple(item.problem for item in self.refused)

    @property
    def exit_code(self) -> ExitCode:
        """Say how it ended."""
        return ExitCode.TARGETS_FAILED if self.problems else ExitCode.OK
