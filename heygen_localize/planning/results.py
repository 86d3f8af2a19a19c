"""What came of planning and of applying, failures in words that lead on. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field
from msgspec.structs import replace

from heygen_localize.core.balance import Balance
from heygen_localize.core.errors import Diagnostic, ExitCode, LocalizeError
from heygen_localize.core.lock import Lock, LockedSession
from heygen_localize.core.model import Job, Listing, Manifest, Target
from heygen_localize.core.proofread import SessionStatus
from heygen_localize.core.sources import Reports
from heygen_localize.core.text import NO_REASON, pluralize
from heygen_localize.core.waits import LINKS_TOLD_SECONDS
from heygen_localize.planning.blocking import CHANGE_OR_RETRY, REPLACE_PIN
from heygen_localize.planning.estimate import Estimate
from heygen_localize.planning.lengths import unlike_lengths
from heygen_localize.planning.plan import Action, AttemptsUsedUp, Blocked, Plan, TargetAction
from heygen_localize.planning.proofread import Remote
from heygen_localize.planning.pull import PullReport
from heygen_localize.planning.reasons import ActionKind
from heygen_localize.planning.sources import silences

if TYPE_CHECKING:
    from heygen_localize.planning.budget import Standing
    from heygen_localize.planning.charge_facts import Charge

_KNOWN_CAUSES = {
    "failed to download": "open the source URL in a private window: it must be public and lead "
    "to the file itself; then run {again}",
    "audio is missing or corrupted": "check that the source video has a sound track that plays; "
    "then run {again}",
}
"""What to do about HeyGen's own words (docs/vendor/behaviour.md, "Video translations")."""


class Failure(Struct, frozen=True):
    """A target that is not as wanted, and why."""

    address: str
    problem: Diagnostic


class FailureGroup(Struct, frozen=True):
    """Targets that failed for one cause."""

    problem: Diagnostic
    addresses: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """Return the group as JSON has it."""
        return {
            "code": self.problem.code,
            "message": self.problem.message,
            "hint": self.problem.hint,
            "addresses": list(self.addresses),
        }


def group(failures: Iterable[Failure]) -> tuple[FailureGroup, ...]:
    """Put failures of one cause together, in the order of their first addresses."""
    groups: dict[tuple[str, str], list[Failure]] = {}
    for failure in sorted(failures, key=lambda failure: failure.address):
        groups.setdefault((failure.problem.code, failure.problem.message), []).append(failure)
    return tuple(
        FailureGroup(members[0].problem, tuple(member.address for member in members))
        for members in groups.values()
    )


def unmet_failure(action: Action) -> Failure | None:
    """Say why a plan leaves a target as it is although it is not as wanted; None where it is."""
    if isinstance(action, Blocked):
        return refused(action.target, action.problem)
    if isinstance(action, AttemptsUsedUp):
        return attempts_used_up(action.target, action.job.failure_message, action.facts.failures)
    if not isinstance(action, TargetAction) or action.kind is not ActionKind.GONE:
        return None
    hint = "localize apply --recreate orders it again (this costs)"
    problem = Diagnostic("job_gone", "the job was deleted at HeyGen", hint=hint)
    return refused(action.target, problem)


def unmet_failures(plan: Plan) -> tuple[Failure, ...]:
    """Say of all that a plan leaves although it is not as wanted why that is so."""
    return tuple(failure for failure in map(unmet_failure, plan.actions) if failure is not None)


def attempts_used_up(target: Target, said: str | None, failures: int) -> Failure:
    """Say that jobs failed too often; `said` is why the last did."""
    message = f"failed {pluralize(failures, 'time')}: {said or NO_REASON}"
    return refused(target, Diagnostic("attempts_used_up", message, hint=CHANGE_OR_RETRY))


def failed(target: Target, job: Job, *, last: bool, anew: bool = False) -> Failure:
    """Say why a job of this run failed. Failed jobs are not charged.

    `last` where it was the last attempt: no more is ordered unasked. `anew` where it was
    ordered in place of one that is rendered.
    """
    message = job.failure_message or NO_REASON
    again = "localize apply --retry-failed" if last else "localize apply again"
    retried = CHANGE_OR_RETRY if last else "localize apply tries it again"
    if anew:
        again = f"localize apply --replace {target.address}"
        retried = f"the earlier video stays; {again} tries it again"
    hint = next(
        (
            hint.format(again=again)
            for words, hint in _KNOWN_CAUSES.items()
            if words in message.lower()
        ),
        f"{retried}; failed jobs are not charged",
    )
    if target.job == job.id:
        hint = REPLACE_PIN
    return refused(target, Diagnostic("job_failed", message, hint=hint))


def lost(target: Target, job_id: str) -> Failure:
    """Say that a job vanished while it was waited for."""
    message = f"job {job_id} is no longer known to HeyGen"
    hint = "if it was deleted on purpose: localize apply --recreate"
    return refused(target, Diagnostic("job_gone", message, hint=hint))


def refused(target: Target, problem: Diagnostic) -> Failure:
    """Say what refuses a target, with the manifest's line."""
    return Failure(target.address, replace(problem, where=target.where))


class Planned(Struct, frozen=True):
    """A plan, with all that it was made from.

    `listed_at` is the moment of the run's clock at which the listing was read,
    `made_at` the time of the plan in seconds since 1970. `reports` are what source
    URLs answered, `sessions` what HeyGen said of proofread sessions, both as far as
    they were asked. `offline` where the lockfile alone was believed; `selected` are the
    addresses that it is about, None where it is about all. `balance` is the account's,
    asked for where the plan costs. `since` is the git revision whose manifest it plans from.
    `found_orders` are what orders were answered with that the account alone tells of, by key. A
    state that is shared is `kept_in` a database. `budgets` are the manifest's as they stand
    before the plan, and `charges` what they are held against; none where there are no budgets.
    """

    manifest: Manifest
    lock: Lock
    listing: Listing
    listed_at: float
    plan: Plan
    estimate: Estimate
    refusals: tuple[Diagnostic, ...]
    reports: Reports = field(default_factory=dict)
    made_at: float = 0.0
    sessions: Remote = field(default_factory=dict)
    offline: bool = False
    selected: frozenset[str] | None = None
    balance: Balance | None = None
    since: str | None = None
    found_orders: Mapping[str, str] = field(default_factory=dict)
    kept_in: str | None = None
    budgets: tuple[Standing, ...] = ()
    charges: tuple[Charge, ...] = ()

    def is_about(self, address: str) -> bool:
        """Return whether an address was not left out by --target or --state."""
        return self.selected is None or address in self.selected

    @property
    def dead_sessions(self) -> frozenset[str]:
        """The ids of sessions that came to nothing: an order may not be answered with them."""
        dead = (None, SessionStatus.FAILED)
        return frozenset(name for name, state in self.sessions.items() if state in dead)

    def failed_session(self, address: str) -> LockedSession | None:
        """Return the session after which another is ordered: HeyGen itself says it failed.

        The lockfile's word is not enough: another key would pay for one that lives again.
        """
        held = self.lock.sessions.get(address)
        failed = held is not None and self.sessions.get(held.proofread_id) is SessionStatus.FAILED
        return held if failed else None

    @property
    def warnings(self) -> tuple[Diagnostic, ...]:
        """What a reader should know besides the plan: of the manifest, and of silent sources."""
        unlike = unlike_lengths(self.plan, self.reports)
        return (*self.manifest.warnings, *unlike, *silences(self.reports))

    @property
    def expiring(self) -> tuple[str, ...]:
        """Addresses whose links in the lockfile have expired, or will within a day."""
        return tuple(
            address
            for address, entry in sorted(self.lock.entries.items())
            if entry.served is not None
            and entry.served.outputs.expires_at is not None
            and entry.served.outputs.expires_at < self.made_at + LINKS_TOLD_SECONDS
        )

    def document(self) -> dict[str, Any]:
        """Return the plan as JSON has it: what Markdown and terminals show too (docs/plan.md)."""
        # What counts as rendered then was not asked for: it has no ids.
        untold = {"translation_id": None} if self.since is not None else {}
        return {
            "project": self.plan.project,
            **({"since": self.since} if self.since is not None else {}),
            "actions": [
                action.document() | untold | self.estimate.price(action.address).document()
                for action in self.plan.actions
            ],
            "summary": self.plan.summary(),
            "estimate": self.estimate.document(),
            "balance": self._balance(),
            **({"budgets": [item.document() for item in self.budgets]} if self.budgets else {}),
            "duplicates": [item.document() for item in self.plan.duplicates],
            "foreign_jobs": self.plan.foreign,
            "expiring": list(self.expiring),
        }

    def _balance(self) -> dict[str, Any] | None:
        if self.balance is None:
            return None
        left = self.balance.after(self.estimate.cost)
        return self.balance.document() | {"after_usd": None if left is None else round(left, 4)}


class RunResult(Struct, frozen=True):
    """How a run ended.

    `ordered` counts jobs, `sessions` proofread sessions. `unfinished` are addresses whose
    jobs still render or were not ordered yet; `stopped` is why no more could be ordered;
    `in_review` are those whose subtitles came with this run, for people to look at.
    """

    ordered: int = 0
    failures: tuple[Failure, ...] = ()
    unfinished: tuple[str, ...] = ()
    timed_out: bool = False
    stopped: LocalizeError | None = None
    in_review: tuple[str, ...] = ()
    sessions: int = 0


class Applied(Struct, frozen=True):
    """A plan and what became of it; `pulled` where files were to be fetched too."""

    planned: Planned
    result: RunResult
    lock: Lock
    pulled: PullReport | None = None

    @property
    def exit_code(self) -> ExitCode:
        """Say how the run ended: the first that applies (docs/exit-codes.md)."""
        stopped = self.result.stopped
        codes = {
            self.pulled.exit_code if self.pulled is not None else ExitCode.OK,
            stopped.exit_code if stopped is not None else ExitCode.OK,
            ExitCode.TARGETS_FAILED if self.result.failures else ExitCode.OK,
            ExitCode.STILL_RUNNING if self.result.timed_out else ExitCode.OK,
        }
        return ExitCode.first_of(codes)
