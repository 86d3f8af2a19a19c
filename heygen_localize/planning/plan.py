"""What `apply` would do, target by target, and why: the answer of `reconcile`."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import Enum

from heygen_localize.core.errors import Problem
from heygen_localize.core.lock import LockEntry, sent_along
from heygen_localize.core.model import Job, Target


class ActionKind(Enum):
    """What is to happen to a target. The table stands in docs/plan.md."""

    NONE = "none"
    WAIT = "wait"
    RECORD = "record"
    ADOPT = "adopt"
    RETITLE = "retitle"
    CREATE = "create"
    REPLACE = "replace"
    RETRY = "retry"
    RECREATE = "recreate"
    BLOCKED = "blocked"
    GONE = "gone"
    SKIP = "skip"
    ORPHAN = "orphan"
    DRIFT = "drift"
    PROPOSE = "propose"
    FETCH = "fetch"
    REVIEW = "review"

    @property
    def costs(self) -> bool:
        """Whether the action orders something: a job, or a proofread session."""
        return self in _COSTLY


_ORDERS = frozenset({ActionKind.CREATE, ActionKind.REPLACE, ActionKind.RETRY, ActionKind.RECREATE})
_COSTLY = _ORDERS | {ActionKind.PROPOSE}
_IDLE = frozenset(
    {
        ActionKind.NONE,
        ActionKind.BLOCKED,
        ActionKind.GONE,
        ActionKind.SKIP,
        ActionKind.ORPHAN,
        ActionKind.DRIFT,
        ActionKind.REVIEW,
    }
)


class Reason(Enum):
    """Why an action was chosen; stable words for machines."""

    UP_TO_DATE = "up_to_date"
    RENDERING = "rendering"
    STUCK = "stuck"
    STATE_CHANGED = "state_changed"
    OUTPUTS_CHANGED = "outputs_changed"
    TITLE_CHANGED = "title_changed"
    NOT_IN_LOCK = "not_in_lock"
    RENAMED = "renamed"
    OTHER_JOB = "other_job_chosen"
    SPEC_RENDERED_BEFORE = "spec_rendered_before"
    SHARES_JOB = "shares_job"
    NEW = "new"
    SPEC_CHANGED = "spec_changed"
    LOCK_MISPAIRED = "lock_mispaired"
    JOB_FAILED = "job_failed"
    ATTEMPTS_USED_UP = "attempts_used_up"
    JOB_GONE = "job_gone"
    JOB_DENIED = "job_denied"
    PINNED = "pinned"
    PIN_FAILED = "pinned_job_failed"
    PIN_UNKNOWN = "pinned_job_unknown"
    SKIPPED = "skipped"
    NOT_IN_MANIFEST = "not_in_manifest"
    PUBLIC_URL_CHANGED = "public_url_changed"
    SOURCE_REFUSED = "source_refused"
    SOURCE_CHANGED = "source_changed"
    GLOSSARY_CHANGED = "glossary_changed"
    NEW_SUBTITLES = "new_subtitles"
    SESSION_FOUND = "session_found"
    SESSION_DENIED = "session_denied"
    SESSION_LOST = "session_lost"
    SESSION_FAILED = "session_failed"
    SESSION_UNUSABLE = "session_unusable"
    SESSION_UNRENDERED = "session_unrendered"
    TEXT_LOST = "text_lost"
    PROOFREADING = "proofreading"
    TEXT_READY = "text_ready"
    AWAITING_REVIEW = "awaiting_review"
    TEXT_MISTAKEN = "text_mistaken"
    NEEDS_RE_REVIEW = "needs_re_review"


class SessionStep(Enum):
    """What a proofread session has to do with an action."""

    CREATE = "create"
    AWAIT = "await"
    USE = "use"


@dataclass(frozen=True)
class Action:
    """One line of a plan.

    `job` is the job chosen for the target's fingerprint, `entry` what the lock
    has of it. `title` is what a new job is called, `retitle` what the chosen one
    is to be called from now on. `records` says that the job's state differs from
    the lock's. `moved_from` is the old address of a renamed target, `shares` the
    address whose new job this target takes too. `failures` counts the failed jobs
    of this fingerprint; `newest_failure` is the id of the last. `problem` is why a
    source or a text refuses an order. `session` is what a proofread session has to
    do with it; none where the target is rendered without one. `afresh` where a person
    asked for one although others were in vain: attempts are counted from 1 again.
    """

    address: str
    kind: ActionKind
    reason: Reason
    target: Target | None = None
    entry: LockEntry | None = None
    job: Job | None = None
    title: str | None = None
    retitle: str | None = None
    records: bool = False
    moved_from: str | None = None
    shares: str | None = None
    failures: int = 0
    newest_failure: str | None = None
    problem: Problem | None = None
    session: SessionStep | None = None
    afresh: bool = False

    @property
    def costs(self) -> bool:
        """Whether the action orders something."""
        return self.kind.costs

    @property
    def new_jobs_only(self) -> bool:
        """Whether options changed that reach a job only as it is ordered: this one never."""
        job = self.entry.job if self.entry is not None else None
        if job is None or job.sent is None or self.target is None or self.costs:
            return False
        return job.status.live and job.sent != sent_along(self.target)

    @property
    def orders(self) -> bool:
        """Whether the action orders a new job."""
        return self.kind in _ORDERS

    @property
    def idle(self) -> bool:
        """Whether nothing is ordered, adopted or waited for."""
        return self.kind in _IDLE

    @property
    def changes(self) -> bool:
        """Whether the plan has something to tell: work for `apply`, or a source that changed."""
        drifted = self.kind is ActionKind.DRIFT
        return not self.idle or self.records or self.moved_from is not None or drifted

    @property
    def translation_id(self) -> str | None:
        """Name the job that the action is about, where there is one."""
        if self.job is not None:
            return self.job.id
        return self.entry.job.translation_id if self.entry is not None else None


@dataclass(frozen=True)
class Duplicate:
    """Live jobs beyond the one that a fingerprint needs: paid for, and used by nobody."""

    address: str
    chosen: str
    others: tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """Every target's action, in the order of addresses.

    `foreign` counts the account's jobs that are not this project's; `all_gone`
    says that the vendor knows none of the lock's jobs, and nobody asked to order
    them again. After `max_attempts` failures a target is left alone.
    """

    project: str
    actions: tuple[Action, ...]
    duplicates: tuple[Duplicate, ...] = ()
    foreign: int = 0
    all_gone: bool = False
    max_attempts: int = 3

    @property
    def costly(self) -> tuple[Action, ...]:
        """Give the actions that order something."""
        return tuple(action for action in self.actions if action.costs)

    @property
    def changes(self) -> bool:
        """Whether `apply` has anything to do."""
        return any(action.changes for action in self.actions)

    def summary(self) -> dict[str, int]:
        """Count the actions by kind, in the order of `ActionKind`."""
        counts = Counter(action.kind for action in self.actions)
        return {kind.value: counts[kind] for kind in ActionKind if counts[kind]}
