"""What a prune is about to delete, what it leaves alone, and how it ended. Pure."""

from __future__ import annotations

from enum import Enum

from msgspec import Struct

from heygen_localize.core.errors import Diagnostic, ExitCode
from heygen_localize.core.model import Job, JobStatus
from heygen_localize.core.paid import PaidOrder
from heygen_localize.core.proofread import SessionStatus
from heygen_localize.core.spent import Spent
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


class Prunable(Struct, frozen=True):
    """A job or a proofread session to be deleted: what it is at `address`, and its cost in USD.

    `cost` is None where its length is unknown. `created_at` in seconds since 1970, `seconds`
    is the length of its video.
    """

    id: str
    kind: PruneKind
    address: str
    status: JobStatus | SessionStatus
    created_at: int | None = None
    cost: float | None = None
    seconds: float | None = None

    @property
    def paid(self) -> PaidOrder | None:
        """What was paid for with it; None where it failed, and was not charged."""
        if self.status not in (JobStatus.COMPLETED, SessionStatus.COMPLETED):
            return None
        return PaidOrder(self.address, self.seconds, isinstance(self.status, SessionStatus))


class PrunableJob(Prunable, frozen=True):
    """A job to be deleted. `stays` is the job that a duplicate's content keeps.

    Of which mode it was, only a duplicate's target tells: of the others `cost` is the least
    that they have cost.
    """

    title: str | None = None
    stays: Job | None = None


class PrunableSession(Prunable, frozen=True):
    """A session to be deleted. `stays` are the ids of later ones that its targets count on."""

    stays: tuple[str, ...] = ()


class Kept(Struct, frozen=True):
    """What is left alone; `lockfile` is another one that counts on it."""

    id: str
    kind: PruneKind
    address: str
    why: KeptWhy
    lockfile: str | None = None


class SessionPrunes(Struct, frozen=True):
    """What a prune comes to for proofread sessions; `gone` as in `PrunePlan`.

    `unseen` is why the account's sessions could not be looked at: then none is deleted.
    """

    doomed: tuple[PrunableSession, ...] = ()
    kept: tuple[Kept, ...] = ()
    gone: tuple[str, ...] = ()
    unseen: str | None = None


class PrunePlan(Struct, frozen=True):
    """What a prune comes to. `gone` are ids of the lock that HeyGen has no more.

    `lipsyncs_unseen` is why lip syncs, wanted, were not listed: none is deleted then. `spent` is
    what the lockfile is to tell of all these, where the manifest has budgets.
    """

    project: str
    doomed: tuple[PrunableJob, ...] = ()
    kept: tuple[Kept, ...] = ()
    gone: tuple[str, ...] = ()
    sessions: SessionPrunes = SessionPrunes()
    lipsyncs_unseen: str | None = None
    spent: Spent = {}

    @property
    def items(self) -> tuple[Prunable, ...]:
        """All that is to be deleted, sessions first."""
        return (*self.sessions.doomed, *self.doomed)

    @property
    def cost(self) -> float:
        """What is to be deleted has cost, as far as it is known, in USD."""
        return round(sum(item.cost or 0.0 for item in self.items), 4)


def counted_both(jobs: int, sessions: int) -> str:
    """Count jobs and proofread sessions; what there is none of is left out, if not both."""
    parts = [pluralize(jobs, "job")] if jobs or not sessions else []
    parts += [pluralize(sessions, "proofread session")] if sessions else []
    return " and ".join(parts)


class Undeleted(Struct, frozen=True):
    """A job or a session that HeyGen would not delete."""

    id: str
    address: str
    problem: Diagnostic


class Pruned(Struct, frozen=True):
    """How a prune ended; `made_at` in seconds since 1970."""

    prunes: PrunePlan
    made_at: float
    dry_run: bool = False
    deleted: tuple[PrunableJob, ...] = ()
    refused: tuple[Undeleted, ...] = ()
    deleted_sessions: tuple[PrunableSession, ...] = ()
    refused_sessions: tuple[Undeleted, ...] = ()

    @property
    def all_refused(self) -> tuple[Undeleted, ...]:
        """What was not deleted, sessions first."""
        return (*self.refused_sessions, *self.refused)

    @property
    def exit_code(self) -> ExitCode:
        """How it ended."""
        return ExitCode.TARGETS_FAILED if self.all_refused else ExitCode.OK
