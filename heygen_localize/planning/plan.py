"""What `apply` would do, target by target, and why: the answer of `reconcile`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field

from heygen_localize.core.errors import Diagnostic
from heygen_localize.core.lock import LockEntry
from heygen_localize.core.locked_target import sent_along
from heygen_localize.core.model import Job, Target
from heygen_localize.core.proofread import Proofread
from heygen_localize.planning.besides import Duplicate, Wait
from heygen_localize.planning.changes import Change, spec_changes
from heygen_localize.planning.reasons import COSTLY, IDLE, ORDERS, ActionKind, Reason, SessionStep


class TargetFacts(Struct, frozen=True):
    """What a plan knows of a target, whatever is to be done with it.

    `entry` is what the lock has of it, under the old address `moved_from` where it was
    renamed. `title` is what a new job is called. `failures` counts the failed jobs of this
    fingerprint; `newest_failure` is the id of the last. `anew` says that a person asks for
    a job in place of all there are.
    """

    target: Target
    entry: LockEntry | None = None
    moved_from: str | None = None
    title: str | None = None
    failures: int = 0
    newest_failure: str | None = None
    anew: bool = False


class Action(Struct, frozen=True):
    """One line of a plan: what is to happen at an address, and why. Each is of a class below."""

    address: str
    kind: ActionKind
    reason: Reason

    @property
    def costs(self) -> bool:
        """Whether the action orders something."""
        return self.kind in COSTLY

    @property
    def idle(self) -> bool:
        """Whether nothing is ordered, adopted or waited for."""
        return self.kind in IDLE

    @property
    def changes(self) -> bool:
        """Whether the plan has something to tell: work for `apply`, or a source that changed."""
        return not self.idle or self.kind is ActionKind.DRIFT

    @property
    def video(self) -> str:
        """The video that the address names."""
        return self.address.partition("/")[0]

    @property
    def language(self) -> str:
        """HeyGen's name of the language."""
        raise NotImplementedError  # Each class below has it; a Struct cannot be abstract.

    @property
    def translation_id(self) -> str | None:
        """The id of the job that the action is about, where there is one."""
        return None

    def document(self) -> dict[str, Any]:
        """Return the action as JSON has it (docs/plan.md)."""
        return {
            "address": self.address,
            "video": self.video,
            "language": self.language,
            "action": self.kind.value,
            "reason": self.reason.value,
            "costs": self.costs,
            "translation_id": self.translation_id,
        }


class Orphan(Action, frozen=True, kw_only=True):
    """What the lock has and the manifest does not: it is kept."""

    kind: ActionKind = ActionKind.ORPHAN
    reason: Reason = Reason.NOT_IN_MANIFEST
    entry: LockEntry

    @property
    def language(self) -> str:
        """The language as the lock has it."""
        return self.entry.language

    @property
    def translation_id(self) -> str:
        """The id of the job that the lock counts on."""
        return self.entry.job.translation_id


class TargetAction(Action, frozen=True, kw_only=True):
    """What is to happen to a target of the manifest.

    This class itself is for kinds that have nothing more to tell: gone, skip, review. `job` is
    HeyGen's job that the action is about, where there is one; `records` says that the lock
    is to count on it, or to learn its state.
    """

    facts: TargetFacts
    job: Job | None
    records: bool = False

    @property
    def target(self) -> Target:
        """The manifest's target."""
        return self.facts.target

    @property
    def language(self) -> str:
        """The target's language."""
        return self.target.language.name

    @property
    def changes(self) -> bool:
        """Whether the plan has something to tell: also what the lock is to learn or to move."""
        return super().changes or self.records or self.facts.moved_from is not None

    @property
    def differences(self) -> tuple[Change, ...] | None:
        """What differs from the job in the lock; None where unknown."""
        entry = self.facts.entry
        return spec_changes(entry.job, self.target) if entry is not None else ()

    @property
    def new_jobs_only(self) -> bool:
        """Whether options changed that reach a job only as it is ordered: this one never."""
        job = self.facts.entry.job if self.facts.entry is not None else None
        if job is None or job.sent is None or self.costs:
            return False
        return job.status.live and job.sent != sent_along(self.target)

    @property
    def translation_id(self) -> str | None:
        """The id of HeyGen's job, else of the one in the lock, where there is one."""
        if self.job is not None:
            return self.job.id
        return self.facts.entry.job.translation_id if self.facts.entry is not None else None

    def document(self) -> dict[str, Any]:
        """Return the action as JSON has it: what a kind has besides stands only where it is."""
        extras = {
            "new_jobs_only": self.new_jobs_only or None,
            "changes": [change.document() for change in self.differences or ()] or None,
            **self._extras(),
            "moved_from": self.facts.moved_from,
        }
        told = {name: value for name, value in extras.items() if value is not None}
        return super().document() | told

    def _extras(self) -> dict[str, Any]:
        return {}


class JobAction(TargetAction, frozen=True, kw_only=True):
    """A job that is rendered, or on the way, stands for the target: it never costs.

    Kinds: none, wait, record, adopt, retitle, drift. `retitle` is what the job is to be called
    from now on.
    """

    job: Job
    retitle: str | None = None

    @property
    def differences(self) -> tuple[Change, ...] | None:
        """What differs from the job in the lock, its title included."""
        found, entry = super().differences, self.facts.entry
        if self.retitle is None or entry is None:
            return found
        same = entry.job.translation_id == self.job.id
        title = entry.job.title if same else self.job.title
        return (*(found or ()), Change("title", title, self.retitle))

    def _extras(self) -> dict[str, Any]:
        return {"retitle": self.retitle}


class SharedJob(TargetAction, frozen=True, kw_only=True):
    """The target takes the job that is ordered at the address `shares`, of the same content."""

    kind: ActionKind = ActionKind.ADOPT
    reason: Reason = Reason.SHARES_JOB
    job: None = None
    shares: str

    def document(self) -> dict[str, Any]:
        """Return the action as JSON has it."""
        return super().document() | {"shares": self.shares}


class Order(TargetAction, frozen=True, kw_only=True):
    """A job is ordered; `job` is the failed one that is tried again.

    Kinds: create, replace, retry, recreate; in `SessionOrder` propose and fetch too.
    """

    @property
    def orders(self) -> bool:
        """Whether a new job is ordered."""
        return self.kind in ORDERS


class SessionOrder(Order, frozen=True, kw_only=True):
    """An order that a proofread session has to do with, of a target whose text people review.

    Kinds: those of a job that is rendered from an approved text, propose, and fetch. `afresh`
    where a person asked for a session although others were in vain: attempts are counted
    from 1 again.
    """

    session: SessionStep
    review: Proofread
    afresh: bool = False

    def _extras(self) -> dict[str, Any]:
        return {"session": self.session.value}


class Blocked(TargetAction, frozen=True, kw_only=True):
    """Nothing is ordered, since `problem` stands in the way."""

    kind: ActionKind = ActionKind.BLOCKED
    problem: Diagnostic

    def _extras(self) -> dict[str, Any]:
        return {"problem": self.problem.document()}


class RefusedOrder(Blocked, frozen=True, kw_only=True):
    """What its source answered refuses an order; `session` is what that had to do with one."""

    reason: Reason = Reason.SOURCE_REFUSED
    session: SessionStep | None

    def _extras(self) -> dict[str, Any]:
        return {"session": self.session and self.session.value} | super()._extras()


class AttemptsUsedUp(TargetAction, frozen=True, kw_only=True):
    """Nothing is ordered, since jobs failed too often; `job` is the newest of them."""

    kind: ActionKind = ActionKind.BLOCKED
    reason: Reason = Reason.ATTEMPTS_USED_UP
    job: Job


class Plan(Struct, frozen=True):
    """Every target's action, in the order of addresses.

    `foreign` counts the account's jobs that are not this project's; `all_gone` says that HeyGen
    knows none of the lock's jobs, and nobody asked to order them again. After `max_attempts`
    failures a target is left alone. What `waits`, by address, is not ordered, also where a
    proofread session is to come first.
    """

    project: str
    actions: tuple[Action, ...]
    duplicates: tuple[Duplicate, ...] = ()
    foreign: int = 0
    all_gone: bool = False
    max_attempts: int = 3
    waits: Mapping[str, Wait] = field(default_factory=dict)

    @property
    def of_targets(self) -> tuple[TargetAction, ...]:
        """The actions of the manifest's targets."""
        return tuple(action for action in self.actions if isinstance(action, TargetAction))

    @property
    def costly(self) -> tuple[Order, ...]:
        """The actions that order something."""
        return tuple(
            action for action in self.actions if isinstance(action, Order) and action.costs
        )

    @property
    def changes(self) -> bool:
        """Whether `apply` has anything to do."""
        return any(action.changes for action in self.actions)

    def summary(self) -> dict[str, int]:
        """Count the actions by kind, in the order of `ActionKind`."""
        counts = Counter(action.kind for action in self.actions)
        return {kind.value: counts[kind] for kind in ActionKind if counts[kind]}
