"""Why a target is not as wanted, in words that lead on. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from heygen_localize.core.errors import NOWHERE, Problem
from heygen_localize.core.model import Job
from heygen_localize.core.text import pluralize
from heygen_localize.planning.blocking import CHANGE_OR_RETRY, REPLACE_PIN
from heygen_localize.planning.plan import Action, ActionKind

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
