"""What came of planning and of applying, failures in words that lead on. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from heygen_localize.core.errors import NOWHERE, ExitCode, LocalizeError, Problem
from heygen_localize.core.lock import Lock, LockedSession
from heygen_localize.core.model import Job, Listing, Manifest
from heygen_localize.core.proofread import SessionStatus
from heygen_localize.core.sources import Reports
from heygen_localize.core.text import pluralize
from heygen_localize.planning.blocking import CHANGE_OR_RETRY, REPLACE_PIN
from heygen_localize.planning.cost import Estimate
from heygen_localize.planning.plan import Action, ActionKind, Plan
from heygen_localize.planning.proofread import Remote
from heygen_localize.planning.pull import PullReport
from heygen_localize.planning.sources import silences

_KNOWN_CAUSES = {
    "failed to download": "open the source URL in a private window: it must be public and lead "
    "to the file itself; then run {again}",
    "audio is missing or corrupted": "check that the source video has a sound track that plays",
}
"""What to do about the vendor's own words (docs/vendor/behaviour.md, "Video translations")."""


@dataclass(frozen=True)
class Failure:
    """A target that is not as wanted, and why."""

    address: str
    problem: Problem


@dataclass(frozen=True)
class FailureGroup:
    """Targets that failed for one cause."""

    problem: Problem
    addresses: tuple[str, ...]


def group(failures: Iterable[Failure]) -> tuple[FailureGroup, ...]:
    """Put failures of one cause together, in the order of their first addresses."""
    groups: dict[tuple[str, str], list[Failure]] = {}
    for failure in sorted(failures, key=lambda failure: failure.address):
        groups.setdefault((failure.problem.code, failure.problem.message), []).append(failure)
    return tuple(
        FailureGroup(members[0].problem, tuple(member.address for member in members))
        for members in groups.values()
    )


def unmet_failure(action: Action) -> Failure:
    """Say why a plan leaves a target as it is although it is not as wanted."""
    where = action.target.where if action.target is not None else NOWHERE
    if action.kind is ActionKind.GONE:
        problem = Problem(
            "job_gone",
            "the job was deleted at the vendor",
            where,
            "localize apply --recreate orders it again (this costs)",
        )
    elif action.problem is not None:
        return refused(action, action.problem)
    else:
        said = action.job.failure_message if action.job is not None else None
        problem = Problem(
            "attempts_used_up",
            f"failed {pluralize(action.failures, 'time')}: {said or 'no reason given'}",
            where,
            CHANGE_OR_RETRY,
        )
    return Failure(action.address, problem)


def failed(action: Action, job: Job, *, last: bool) -> Failure:
    """Say why a job of this run failed. Failed jobs are not charged.

    `last` where it was the last attempt: no more is ordered unasked.
    """
    message = job.failure_message or "the vendor gave no reason"
    again = "localize apply --retry-failed" if last else "localize apply again"
    retried = CHANGE_OR_RETRY if last else "localize apply tries it again"
    hint = next(
        (
            hint.format(again=again)
            for words, hint in _KNOWN_CAUSES.items()
            if words in message.lower()
        ),
        f"{retried}; failed jobs are not charged",
    )
    if action.target is not None and action.target.job == job.id:
        hint = REPLACE_PIN
    where = action.target.where if action.target is not None else NOWHERE
    return Failure(action.address, Problem("job_failed", message, where, hint))


def lost(action: Action, job_id: str) -> Failure:
    """Say that a job vanished while it was waited for."""
    where = action.target.where if action.target is not None else NOWHERE
    return Failure(
        action.address,
        Problem(
            "job_gone",
            f"job {job_id} is no longer known to the vendor",
            where,
            "if it was deleted on purpose: localize apply --recreate",
        ),
    )


def refused(action: Action, problem: Problem) -> Failure:
    """Say that the vendor would not take an order or a title, with the manifest's line."""
    where = action.target.where if action.target is not None else NOWHERE
    return Failure(action.address, Problem(problem.code, problem.message, where, problem.hint))


_A_DAY = 86400.0


@dataclass(frozen=True)
class Planned:
    """A plan, with all that it was made from.

    `listed_at` is the moment of the run's clock at which the listing was read,
    `made_at` the time of the plan in seconds since 1970. `reports` are what source
    URLs answered, `sessions` what the vendor said of proofread sessions, both as far as
    they were asked. `offline` where the lockfile alone was believed.
    """

    manifest: Manifest
    lock: Lock
    listing: Listing
    listed_at: float
    plan: Plan
    estimate: Estimate
    refusals: tuple[Problem, ...]
    reports: Reports = field(default_factory=dict)
    made_at: float = 0.0
    sessions: Remote = field(default_factory=dict)
    offline: bool = False

    @property
    def dead_sessions(self) -> frozenset[str]:
        """The ids of sessions that came to nothing: an order may not be answered with them."""
        dead = (None, SessionStatus.FAILED)
        return frozenset(name for name, state in self.sessions.items() if state in dead)

    def failed_session(self, address: str) -> LockedSession | None:
        """Return the session after which another is ordered: the vendor itself says it failed.

        The lockfile's word is not enough: another key would pay for one that lives again.
        """
        held = self.lock.sessions.get(address)
        failed = held is not None and self.sessions.get(held.proofread_id) is SessionStatus.FAILED
        return held if failed else None

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """What a reader should know besides the plan: of the manifest, and of silent sources."""
        return (*self.manifest.warnings, *silences(self.reports))

    @property
    def expiring(self) -> tuple[str, ...]:
        """Addresses whose links in the lockfile have expired, or will within a day."""
        return tuple(
            address
            for address, entry in sorted(self.lock.entries.items())
            if entry.served is not None
            and entry.served.outputs.expires_at is not None
            and entry.served.outputs.expires_at < self.made_at + _A_DAY
        )


@dataclass(frozen=True)
class RunResult:
    """How a run ended.

    `unfinished` are addresses whose jobs still render or were not ordered yet;
    `stopped` is why no more could be ordered; `in_review` are those whose subtitles
    came with this run, for people to look at.
    """

    ordered: int = 0
    failures: tuple[Failure, ...] = ()
    unfinished: tuple[str, ...] = ()
    timed_out: bool = False
    stopped: LocalizeError | None = None
    in_review: tuple[str, ...] = ()


@dataclass(frozen=True)
class Applied:
    """A plan and what became of it; `pulled` where files were to be fetched too."""

    planned: Planned
    result: RunResult
    lock: Lock
    pulled: PullReport | None = None

    @property
    def exit_code(self) -> ExitCode:
        """Say how the run ended: the first that applies (docs/exit-codes.md)."""
        pulled = self.pulled.exit_code if self.pulled is not None else ExitCode.OK
        if pulled is ExitCode.USAGE:
            return pulled
        if self.result.stopped is not None:
            return self.result.stopped.exit_code
        if self.result.failures or pulled is ExitCode.TARGETS_FAILED:
            return ExitCode.TARGETS_FAILED
        return ExitCode.STILL_RUNNING if self.result.timed_out else pulled
