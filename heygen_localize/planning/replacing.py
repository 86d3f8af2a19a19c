"""What `--replace` makes of a target: its content ordered anew, in place of a finished job. Pure.

Nothing is paid for twice by it. A job that was ordered so says it in its mark, so that everyone who
sees the account counts on it, and the order's key follows from the newest job of the content. One
that was ordered so less than a day ago is not replaced in its turn: a command which was cut off can
be run again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from msgspec.structs import replace

from heygen_localize.core.errors import Diagnostic, UsageError
from heygen_localize.core.model import Job, Target
from heygen_localize.core.waits import KEY_LIFETIME_SECONDS
from heygen_localize.planning.candidates import Candidates, age
from heygen_localize.planning.plan import JobAction, Order, Plan, TargetAction, TargetFacts
from heygen_localize.planning.reasons import ActionKind, Reason


def ordered_anew(
    facts: TargetFacts, content: Candidates, job: Job, now: float
) -> TargetAction | None:
    """Return what is done where a person asked for another job; None where it stays as it is.

    `job` is the live one that stands for the target, `now` in seconds since 1970. What the
    lockfile does not have, or has as on its way, is not replaced: nothing would stay up.
    """
    entry, address = facts.entry, facts.target.address
    if entry is None or entry.job.status.in_progress:
        return None
    # What waits for its check, or was rejected by it, is finished as well.
    finished = entry.held or entry.served
    if finished is None or finished.translation_id != job.id:
        return None
    if not facts.target.is_of(finished.fingerprint):
        return None
    if _lately(job, now):
        return None
    last = max((*content.live, *content.failed, job), key=age)
    facts = replace(facts, newest_failure=last.id)
    return Order(address, ActionKind.REPLACE, Reason.REPLACE_ASKED, facts=facts, job=None)


def _lately(job: Job, now: float) -> bool:
    """Return whether a job was ordered anew within a day; `now` in seconds since 1970."""
    young = job.created_at is None or now - job.created_at < KEY_LIFETIME_SECONDS
    return job.in_place_of_older and young


def order_mark(order: Order) -> str:
    """Return the start of an order's `callback_id`: it tells everyone what the job is for.

    A first job says so too, where a person asked for one anew: the same command once more
    must not order it again.
    """
    mark = order.target.mark
    return mark.in_place_of_older() if order.facts.anew else str(mark)


def refuse_irreplaceable(asked: Collection[str], targets: Mapping[str, Target]) -> None:
    """Make sure that what is asked for can be ordered anew at all.

    Raises:
        UsageError: for an address that is not in the manifest, or whose job is not ordered.
    """
    for address in asked:
        target = targets.get(address)
        if target is None:
            why, hint = "is not a target of the manifest", "localize status lists the addresses"
        elif target.skip:
            why, hint = "is skipped by the manifest", "take skip: out of it to order it"
        elif target.job is not None:
            why = f"is pinned to job {target.job}"
            hint = "take job: out of the manifest to order it"
        elif target.proofread is not None:
            why = "is rendered from a text that people review"
            hint = "raise revision: in the manifest to make it anew"
        else:
            continue
        raise UsageError(f"--replace: {address} {why}", code="cannot_replace", hint=hint)


def unreplaced(asked: Collection[str], plan: Plan, now: float) -> tuple[Diagnostic, ...]:
    """Say of what is asked for and not ordered why that is so; `now` in seconds since 1970."""
    told = []
    for action in plan.of_targets:
        if action.address not in asked or action.costs:
            continue
        if not isinstance(action, JobAction):
            why = "there is no finished job of it to replace"
        elif action.job.status.in_progress:
            why = "its job still renders"
        elif action.kind is not ActionKind.ADOPT and _lately(action.job, now):
            why = "it was ordered anew less than a day ago; revision: in the manifest does it again"
        else:
            why = "the lockfile is brought up to date first; run the same command again after that"
        message = f"{action.address} is not ordered anew: {why}"
        told.append(Diagnostic("not_replaced", message, action.target.where))
    return tuple(told)
