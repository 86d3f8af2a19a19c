"""Orders whose answers were lost so long ago that they can be sent again no more. Pure.

HeyGen has forgotten their keys, and may have made their jobs: to order again might pay twice.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from datetime import datetime, timezone

from msgspec.structs import replace

from heygen_localize.core.errors import Diagnostic
from heygen_localize.core.lock import Lock
from heygen_localize.core.model import Listing
from heygen_localize.core.unanswered import Unanswered, point_of
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

    A job of the same content is an order's own where it is not older than the order, nor than the
    job that the order comes after. Each is of one order, or of those at its point of the history.
    """
    if not unanswered:
        return {}
    lost: dict[str, list[Unanswered]] = {}
    for item in unanswered:
        lost.setdefault(item.digest, []).append(item)
    known = _known(listing, lock, lost)
    found: dict[str, str] = {}
    for digest, orders in lost.items():
        found |= _answers(orders, known.get(digest, ()))
    return found


def _answers(orders: Iterable[Unanswered], jobs: Sequence[tuple[int, str]]) -> dict[str, str]:
    """Return which jobs are the answers to orders of one content, by the orders' keys."""
    found: dict[str, str] = {}
    points: dict[str, str] = {}
    in_turn = sorted(orders, key=lambda item: (item.sent_at, item.key))
    # The last one first: it is not answered with a job that an earlier one came after.
    for count in range(len(in_turn), 0, -1):
        item, passed = in_turn[count - 1], {order.point for order in in_turn[:count]}
        before = max((made for made, name in jobs if point_of(name) == item.point), default=0)
        since = max(before, item.sent_at - _CLOCKS_SECONDS)
        own = (
            name
            for made, name in jobs
            if made >= since
            and point_of(name) not in passed
            and points.get(name, item.point) == item.point
        )
        job = next(own, None)
        if job is not None:
            found[item.key], points[job] = job, item.point
    return found


def _known(
    listing: Listing, lock: Lock, wanted: Container[str]
) -> dict[str, list[tuple[int, str]]]:
    """Return the jobs and sessions of some contents, each with its moment, the oldest first."""
    every = [
        (job.mark.digest, job.created_at, job.id) for job in listing.jobs if job.mark is not None
    ]
    every += [
        (item.fingerprint[:_DIGEST], item.created_at, item.proofread_id)
        for item in lock.sessions.values()
    ]
    known: dict[str, list[tuple[int, str]]] = {}
    for digest, made, name in every:
        if made is not None and digest in wanted:
            known.setdefault(digest, []).append((made, name))
    return {digest: sorted(jobs) for digest, jobs in known.items()}


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
    let_go = f"localize forget {address} lets go of the order, and the next apply orders it"
    return Diagnostic(
        "order_unanswered",
        f"its order of {sent:%Y-%m-%d %H:%M} UTC was never answered, and may be paid for",
        hint=f"look for it at HeyGen: where it is, localize import {address} ID enters it; where "
        f"it is not, {let_go} (this costs)"
        if lost.doubtful
        else f"the next apply asks again; where HeyGen has it, localize import {address} ID enters "
        f"it; where it still has not a day after the order, {let_go} (this costs)",
        address=address,
    )
