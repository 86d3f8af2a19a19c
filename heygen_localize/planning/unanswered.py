"""Orders whose answers were lost so long ago that they can be sent again no more. Pure.

HeyGen has forgotten their keys, and may have made their jobs: to order again might pay twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timezone

from msgspec.structs import replace

from heygen_localize.core.errors import Diagnostic
from heygen_localize.core.lock import Lock
from heygen_localize.core.model import Listing
from heygen_localize.core.unanswered import Unanswered
from heygen_localize.planning.plan import (
    Action,
    Order,
    Plan,
    RefusedOrder,
    SessionOrder,
    SharedJob,
    TargetAction,
)
from heygen_localize.planning.reasons import Reason, SessionStep

_CLOCKS_SECONDS = 300.0
"""By how much HeyGen's clock may be behind the one that orders are dated by."""

_DIGEST = 32


def found_orders(unanswered: Sequence[Unanswered], listing: Listing, lock: Lock) -> dict[str, str]:
    """Return the orders whose jobs or sessions are known by now: their ids by the orders' keys.

    A job of the same content that is older than the order is not its own.
    """
    if not unanswered:
        return {}
    known = [
        (job.mark.digest, job.created_at, job.id) for job in listing.jobs if job.mark is not None
    ]
    known += [
        (item.fingerprint[:_DIGEST], item.created_at, item.proofread_id)
        for item in lock.sessions.values()
    ]
    newest: dict[str, tuple[int, str]] = {}
    for digest, made, name in known:
        if made is not None:
            newest[digest] = max((made, name), newest.get(digest, (0, "")))
    found = ((item, newest.get(item.digest, (0, ""))) for item in unanswered)
    return {
        item.key: name for item, (made, name) in found if made >= item.sent_at - _CLOCKS_SECONDS
    }


def hold_back(plan: Plan, unanswered: Iterable[Unanswered]) -> Plan:
    """Take orders out of a plan that may have been paid for already, and say so."""
    doubtful = {item.digest: item for item in unanswered if item.doubtful}
    if not doubtful:
        return plan
    held: dict[str, Diagnostic] = {}
    for action in plan.costly:
        lost = next((doubtful[name] for name in digests(action) if name in doubtful), None)
        if lost is not None:
            held[action.address] = unanswered_problem(action.address, lost)

    def judged(action: Action) -> Action:
        owner = action.shares if isinstance(action, SharedJob) else action.address
        if owner not in held or not isinstance(action, TargetAction):
            return action
        return _blocked(action, held[owner])

    return replace(plan, actions=tuple(map(judged, plan.actions)))


def digests(action: Order) -> Iterator[str]:
    """Walk over the digests of the marks that an action orders under."""
    target = action.target
    session = isinstance(action, SessionOrder) and action.session is SessionStep.CREATE
    if session and target.proofread is not None:
        yield target.proofread.session[:_DIGEST]
    if action.orders:
        yield from (mark.digest for mark in target.marks)


def _blocked(action: TargetAction, problem: Diagnostic) -> RefusedOrder:
    return RefusedOrder(
        action.address,
        reason=Reason.ORDER_UNANSWERED,
        facts=action.facts,
        job=action.job,
        records=action.records,
        problem=problem,
        session=action.session if isinstance(action, SessionOrder) else None,
    )


def unanswered_problem(address: str, lost: Unanswered) -> Diagnostic:
    """Say that an order may have been paid for, and what a person can do about it."""
    sent = datetime.fromtimestamp(lost.sent_at, timezone.utc)
    return Diagnostic(
        "order_unanswered",
        f"its order of {sent:%Y-%m-%d %H:%M} UTC was never answered, and may be paid for",
        hint=f"look for it at HeyGen: where it is, localize import {address} ID enters it; where "
        f"it is not, localize forget {address} lets go of the order, and the next apply orders "
        "it (this costs)",
        address=address,
    )
