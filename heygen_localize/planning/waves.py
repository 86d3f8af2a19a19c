"""What waits: for a canary that people have accepted, or for its moment. Pure.

A canary is a language of a video that is rendered before the others. It is accepted by
`localize accept`, which writes `accepted` beside the very job that was looked at: another job,
or another content, has to be accepted anew.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from heygen_localize.core.errors import Diagnostic
from heygen_localize.core.lock import Lock, LockEntry
from heygen_localize.core.model import JobStatus, Target
from heygen_localize.core.text import NO_REASON
from heygen_localize.core.waves import age
from heygen_localize.planning.besides import Wait
from heygen_localize.planning.candidates import Candidates
from heygen_localize.planning.held import Held
from heygen_localize.planning.plan import Action, Plan, TargetAction
from heygen_localize.planning.reasons import Reason

_FAR = 400 * 86400
"""Seconds: of a moment that is farther off than that one may think that its year is mistyped."""


class _Stage(Struct, frozen=True):
    """How far a canary is, in words that go on after its name, and what to do about it."""

    told: str
    hint: str | None = None


def waits(
    targets: Collection[Target],
    lock: Lock,
    now: float,
    contents: Mapping[str, Candidates] | None = None,
    anew: Collection[str] = (),
) -> dict[str, Wait]:
    """Return what waits, by address, whether or not anything is left to be ordered for it.

    Args:
        targets: All of the manifest's: a canary may be outside of what is selected.
        lock: What was accepted.
        now: Seconds since 1970.
        contents: The account's jobs by fingerprint; None where only the lock is known.
        anew: Addresses of which `--replace` asks for other jobs.
    """
    by_address = {target.address: target for target in targets}
    stages: dict[str, _Stage | None] = {}

    def stage(address: str) -> _Stage | None:
        if address not in stages:
            target = by_address.get(address)
            content = contents.get(target.fingerprint) if contents and target else None
            entry = lock.entries.get(address)
            stages[address] = _stage(address, target, entry, content, address in anew, now)
        return stages[address]

    found: dict[str, Wait] = {}
    for target in targets:
        if target.skip or not (target.canaries or target.not_before):
            continue
        wait = _wait(target, now, {tag: stage(f"{target.video}/{tag}") for tag in target.canaries})
        if wait is not None:
            found[target.address] = wait
    return found


def _wait(target: Target, now: float, stages: Mapping[str, _Stage | None]) -> Wait | None:
    told: list[str] = []
    hints: list[str] = []
    until = target.not_before
    if until is not None and now < until:
        told.append(f"waits until {target.setting('not_before')}, in {age(until - now)}")
    else:
        until = None
    behind = {tag: stage for tag, stage in stages.items() if stage is not None}
    for tag, stage in behind.items():
        told.append(f"waits for its canary {tag}, {stage.told}")
        hints += [stage.hint] if stage.hint else []
    if not told:
        return None
    reason = Reason.NOT_BEFORE if until is not None else Reason.AWAITING_CANARY
    problem = Diagnostic(
        reason.value,
        "; ".join(told),
        target.where,
        "; ".join(hints) or None,
        address=target.address,
    )
    return Wait(reason, problem, until, tuple(f"{target.video}/{tag}" for tag in behind))


def _stage(
    address: str,
    target: Target | None,
    entry: LockEntry | None,
    content: Candidates | None,
    anew: bool,
    now: float,
) -> _Stage | None:
    """Return how far a canary is; None where it is rendered, and accepted."""
    if target is None:
        return _Stage("which is not there")
    chosen = content.chosen if content is not None else None
    live = chosen if chosen is not None and chosen.status.live else None
    if entry is None or not target.is_of(entry.job.fingerprint):
        if live is not None:
            return _Stage("which the lockfile does not have yet", "localize apply enters it")
        return _Stage("which is not ordered yet" if entry is None else "which is out of date")
    job = entry.job
    if live is not None and (live.id != job.translation_id or live.status.in_progress):
        job = replace(job, status=live.status, created_at=live.created_at, accepted=None)
    since = _ordered(job.created_at, now)
    if anew:
        return _Stage("which is ordered anew")
    if job.status.in_progress:
        return _Stage(f"which renders{since}")
    if job.status is JobStatus.FAILED:
        return _Stage(f"which failed: {job.failure_message or NO_REASON}")
    if job.held:
        hint = f"localize pull and localize check, or localize accept {address}"
        return _Stage(f"which is rendered{since}, and held until its check has passed", hint)
    if job.accepted is not None:
        return None
    look = f"look at it, then: localize accept {address}"
    return _Stage(f"which is rendered{since}, and not accepted yet", look)


def _ordered(created_at: float | None, now: float) -> str:
    return "" if created_at is None else f" (ordered {age(max(0.0, now - created_at))} ago)"


def held(action: TargetAction, wait: Wait) -> Held:
    """Return an action that waits, in place of one that orders."""
    return Held(
        action.address,
        reason=wait.reason,
        facts=action.facts,
        job=action.job,
        records=action.records,
        problem=wait.problem,
        until=wait.until,
        canaries=wait.canaries,
    )


def hold(plan: Plan) -> Plan:
    """Return a plan in which nothing is ordered that waits, by the plan's own word."""
    if not plan.waits:
        return plan

    def judged(action: Action) -> Action:
        wait = plan.waits.get(action.address)
        if wait is None or not action.costs or not isinstance(action, TargetAction):
            return action
        return held(action, wait)

    return replace(plan, actions=tuple(map(judged, plan.actions)))


def far_off(plan: Plan, now: float) -> tuple[Diagnostic, ...]:
    """Say of moments that are more than a year off that their year may be mistyped."""
    found = {
        wait.problem.where: wait.until
        for _, wait in sorted(plan.waits.items())
        if wait.until is not None and wait.until - now > _FAR
    }
    return tuple(
        Diagnostic(
            "not_before_distant",
            f"not_before holds this for {age(until - now)}: is its year right?",
            where,
        )
        for where, until in found.items()
    )


def awaiting(targets: Iterable[Target], lock: Lock) -> dict[str, Target]:
    """Return the canaries that are rendered, good to use, and not accepted yet, by address."""
    known = {target.address: target for target in targets}
    wanted = {f"{one.video}/{tag}" for one in known.values() for tag in one.canaries}
    return {
        address: known[address]
        for address in sorted(wanted & known.keys() & lock.entries.keys())
        if _is_awaited(known[address], lock.entries[address])
    }


def _is_awaited(target: Target, entry: LockEntry) -> bool:
    job = entry.job
    return job.usable and job.accepted is None and target.is_of(job.fingerprint)
