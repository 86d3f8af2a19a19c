"""Holding a plan against the manifest's budgets, and what is kept for the next."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from msgspec import Struct
from msgspec.structs import replace

from heygen_localize.core.errors import Diagnostic
from heygen_localize.core.model import Manifest
from heygen_localize.core.proofread import SessionStatus
from heygen_localize.core.sessions import SessionList
from heygen_localize.core.spent import OrderLines, SpentOrder, at_least
from heygen_localize.core.unanswered import Unanswered
from heygen_localize.heygen.errors import ApiError
from heygen_localize.operations.request import Request
from heygen_localize.planning.budget import (
    Standing,
    Wanted,
    by_priority,
    fitted,
    horizon,
    standings,
)
from heygen_localize.planning.charge_facts import PROOFREAD, Charge, mode_of, team_of
from heygen_localize.planning.charges import charges, kept_lines
from heygen_localize.planning.estimate import Estimate, estimate, price_of
from heygen_localize.planning.held import Held
from heygen_localize.planning.over_budget import HELD_BEFORE, budget_refusals, over_budget
from heygen_localize.planning.plan import Action, Order, Plan, SharedJob, TargetAction
from heygen_localize.planning.results import Planned
from heygen_localize.planning.unanswered import digests
from heygen_localize.project.account import Account, earlier_time
from heygen_localize.system.clock import Clock


class Spending(Struct, frozen=True):
    """What was spent, and how the budgets stand; `sent` are digests of orders sent already."""

    charges: tuple[Charge, ...] = ()
    standings: tuple[Standing, ...] = ()
    sent: frozenset[str] = frozenset()

    def wanted(self, plan: Plan, expected: Estimate, manifest: Manifest) -> list[Wanted]:
        """Return what a plan orders, in the order of priority.

        What was sent before, and goes out under its key again, counts as spent already.
        """
        orders = [
            Wanted(
                action.target,
                0.0
                if self.sent.intersection(digests(action))
                else expected.price(action.address).cost,
            )
            for action in plan.costly
        ]
        return by_priority(orders, manifest.path.as_posix())

    def refusals(self, plan: Plan, expected: Estimate, manifest: Manifest) -> list[Diagnostic]:
        """Return what refuses a plan."""
        orders = self.wanted(plan, expected, manifest)
        return budget_refusals(self.standings, fitted(orders, self.standings))

    def within(
        self, plan: Plan, expected: Estimate, manifest: Manifest, before: Collection[str] = ()
    ) -> Plan:
        """Return a plan without the orders that the budgets do not pay for: they are held.

        So is what was held `before`, in the plan that this one keeps to.
        """
        wanted = self.wanted(plan, expected, manifest)
        found = fitted([item for item in wanted if item.address not in before], self.standings)
        held = {item.wanted.address: over_budget(item) for item in found.held}
        held |= {item.address: HELD_BEFORE for item in wanted if item.address in before}
        if not held:
            return plan

        def judged(action: Action) -> Action:
            owner = action.shares if isinstance(action, SharedJob) else action.address
            if owner not in held or not isinstance(action, TargetAction):
                return action
            return Held(
                action.address,
                facts=action.facts,
                job=action.job,
                records=action.records,
                problem=replace(held[owner], address=action.address),
            )

        return replace(plan, actions=tuple(map(judged, plan.actions)))


def held_against(
    planned: Planned,
    lost: Sequence[Unanswered],
    account: Account | None,
    clock: Clock,
    request: Request,
) -> Planned:
    """Return a plan with how its budgets stand, and what they refuse; or what they hold over.

    `lost` are orders that may be paid for, though nobody knows their jobs.

    Raises:
        ApiFailure: it costs, and the account's sessions could not be listed.
    """
    manifest, lock, reports = planned.manifest, planned.lock, planned.reports
    asked = planned.sessions.items()
    failed = [name for name, status in asked if status is SessionStatus.FAILED]
    listed = listed_sessions(manifest, account)
    if listed.flaw is not None and planned.plan.costly:
        raise ApiError(f"the account's proofread sessions could not be listed: {listed.flaw}")
    known = charges(manifest, lock, planned.listing, lost, reports, failed, listed.sessions)
    now = standings(manifest.budgets, known, earlier_time(account, clock))
    spending = Spending(known, now, frozenset(item.digest for item in lost))
    if request.within_budget:
        made = spending.within(planned.plan, planned.estimate, manifest, request.held)
        expected = estimate(made, manifest.targets, lock, manifest.rates, reports)
        planned = replace(planned, plan=made, estimate=expected)
    refused = spending.refusals(planned.plan, planned.estimate, manifest)
    return replace(planned, budgets=now, charges=known, refusals=tuple(refused))


def listed_sessions(manifest: Manifest, account: Account | None) -> SessionList:
    """Return the account's proofread sessions, where the manifest has any."""
    if account is None or all(target.proofread is None for target in manifest.targets):
        return SessionList()
    return account.client.sessions()


def lines_to_keep(planned: Planned, now: float) -> dict[str, SpentOrder]:
    """Return what the lockfile is to tell of what was ordered, as far as a budget may ask.

    Of failed jobs there is no line, nor of what was ordered too long before `now`, which is that
    of `earlier_time`: a clock that is ahead forgets nothing. A line grows with its video: once
    the account lists the job no more, nothing else tells how long that became.
    """
    since = horizon(planned.manifest.budgets, now)
    live = {item.id: item for item in planned.charges}
    spent = planned.lock.spent
    lines = {
        name: at_least(line, live[name].usd)
        for name, line in spent.items()
        if name in live and line.ordered_at >= since
    }
    addresses = {
        job.id: live[job.id].address or ""
        for job in planned.listing.jobs
        if job.id in live and live[job.id].address is not None and live[job.id].at is not None
    }
    found = kept_lines(planned.charges, addresses, now)
    new = {name: line for name, line in found.items() if line.ordered_at >= since}
    return dict(sorted((new | lines).items()))


def order_lines(planned: Planned) -> dict[str, OrderLines]:
    """Return the lines of a plan's orders, by address, for when they are answered."""
    if not planned.manifest.budgets.items:
        return {}
    found = {action.address: _lines(action, planned) for action in planned.plan.costly}
    return {address: lines for address, lines in found.items() if lines is not None}


def _lines(action: Order, planned: Planned) -> OrderLines | None:
    target, price = action.target, planned.estimate.price(action.address)
    if price.cost is None or price.seconds is None:
        return None
    render = round(price.seconds * price_of(target, planned.manifest.rates), 4)
    team = team_of(target) or ""
    job = SpentOrder(action.address, 0, render, team, mode_of(target))
    session = SpentOrder(
        action.address, 0, round(max(0.0, price.cost - render), 4), team, PROOFREAD
    )
    return OrderLines(job, session)
