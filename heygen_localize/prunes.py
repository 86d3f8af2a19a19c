"""What a prune is about to delete, what it leaves alone, and how it ended. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from heygen_localize.errors import ExitCode, Problem
from heygen_localize.model import Job, JobStatus


class PruneKind(Enum):
    """What makes a job one that nobody needs."""

    ORPHAN = "orphan"
    SUPERSEDED = "superseded"
    DUPLICATE = "duplicate"


class KeptWhy(Enum):
    """Why a job that nobody needs is left alone."""

    PROTECTED = "protected"
    ELSEWHERE = "elsewhere"
    RENDERING = "rendering"
    FOREIGN = "foreign"


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
class Prunes:
    """What a prune comes to. `gone` are ids of the lock that the vendor has no more."""

    project: str
    doomed: tuple[Prunable, ...] = ()
    kept: tuple[Kept, ...] = ()
    gone: tuple[str, ...] = ()

    @property
    def cost(self) -> float:
        """What the jobs to be deleted have cost, as far as it is known, in USD."""
        return round(sum(item.cost or 0.0 for item in self.doomed), 4)


@dataclass(frozen=True)
class Undeleted:
    """A job that the vendor would not delete."""

    translation_id: str
    address: str
    problem: Problem


@dataclass(frozen=True)
class Pruned:
    """How a prune ended; `made_at` in seconds since 1970."""

    prunes: Prunes
    made_at: float
    dry_run: bool = False
    deleted: tuple[Prunable, ...] = ()
    refused: tuple[Undeleted, ...] = ()

    @property
    def exit_code(self) -> ExitCode:
        """Say how it ended."""
        return ExitCode.TARGETS_FAILED if self.refused else ExitCode.OK
