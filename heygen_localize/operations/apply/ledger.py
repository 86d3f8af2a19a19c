"""What is kept of orders before each is sent: nothing, unless a state is shared."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from heygen_localize.core.lock import Lock
from heygen_localize.core.unanswered import KEY_TRUSTED_SECONDS, Unanswered
from heygen_localize.heygen.errors import ApiError
from heygen_localize.operations.apply.context import RunContext, RunOptions
from heygen_localize.operations.apply.listings import AccountListing
from heygen_localize.operations.apply.pending import HeldBack, Sending
from heygen_localize.operations.apply.poller import Poller
from heygen_localize.planning.results import Planned
from heygen_localize.planning.unanswered import found_orders, unanswered_problem
from heygen_localize.project.account import Account

if TYPE_CHECKING:
    # Only where a state is shared is a database talked to.
    from heygen_localize.project.state.orders import Full, Intent, PlacesSeen, PostgresOrders


class Ledger:
    """Keeps nothing: with files, an order is known by its answer, its key and the list."""

    def turn(self) -> AbstractContextManager[bool]:
        """Be the one who orders in the account meanwhile; give whether it came to that."""
        return nullcontext(True)

    def look(self, lock: Lock) -> None:
        """Take in a new listing: who holds places, and which lost answers it tells.

        Raises:
            StateError: the orders could not be read.
        """

    def settle(self) -> None:
        """Note the orders whose lost answers the account tells, once they are in the lock.

        Raises:
            StateError: it could not be noted.
        """

    def intend(self, order: Sending) -> HeldBack | bool:  # noqa: ARG002 - nothing is kept
        """Store an order that is about to be sent; return what keeps it from that.

        Else whether it was sent before, and its answer lost.

        Raises:
            StateError: it could not be stored, so it must not be sent.
        """
        return False

    def answered(self, orders: Mapping[str, str]) -> None:
        """Note what orders were answered with: the ids by key.

        Raises:
            StateError: it could not be noted.
        """

    def refused(self, key: str) -> None:
        """Let go of an order that HeyGen has refused, and never lost an answer to.

        Raises:
            StateError: it could not be noted.
        """


class SharedLedger(Ledger):
    """Stores each order with the account's places, of which `most` may be taken."""

    def __init__(
        self,
        orders: PostgresOrders,
        planned: Planned,
        listing: AccountListing,
        poller: Poller,
        most: int,
    ) -> None:
        self.orders, self._estimate = orders, planned.estimate
        self._listing, self._poller, self._most = listing, poller, most
        self._held: set[str] = set()
        self._found: dict[str, str] = dict(planned.found_orders)

    def turn(self) -> AbstractContextManager[bool]:
        """Wait for the turn of this run among all that order in the account."""
        return self.orders.turn()

    def answered(self, orders: Mapping[str, str]) -> None:
        """Note what orders were answered with: the ids by key."""
        self.orders.answered(orders)

    def look(self, lock: Lock) -> None:
        """Take in a new listing: who holds places, and which lost answers it tells."""
        listing = self._listing.listing
        self._poller.others |= {job.id for job in listing.jobs if job.status.in_progress}
        self._found |= found_orders(self.orders.unanswered(), listing, lock)

    def settle(self) -> None:
        """Note the orders whose lost answers the account tells, once they are in the lock."""
        self.orders.found(self._found)
        self._found.clear()

    def intend(self, order: Sending) -> HeldBack | bool:
        """Store an order that is about to be sent, with a place for it."""
        from heygen_localize.project.state.orders import Full

        places = self.places() if order.takes_place else None
        found = self.orders.intend(self.intent(order, str(order.key)), places, KEY_TRUSTED_SECONDS)
        if isinstance(found, Unanswered):
            return HeldBack(unanswered_problem(order.address, found))
        return self.full(found) if isinstance(found, Full) else found.before

    def intent(self, order: Sending, key: str) -> Intent:
        """Return what is stored of an order, under a key."""
        from heygen_localize.project.state.orders import Intent

        return Intent(
            key,
            order.key.mark.digest,
            order.address,
            order.kind,
            hashlib.sha256(json.dumps(order.body, sort_keys=True).encode()).hexdigest(),
            self._estimate.price(order.address).cost,
        )

    def places(self) -> PlacesSeen:
        """Return what is known of the account's places now."""
        from heygen_localize.project.state.orders import PlacesSeen

        held = self._poller.held
        self._held |= held
        return PlacesSeen(held, self._is_over, self._most)

    @property
    def places_held(self) -> int:
        """How many of them are taken, as far as this run knows."""
        return self._poller.places_held

    def full(self, found: Full) -> HeldBack:
        """Take in that there is no place: what holds one is asked about from now on."""
        # What has ended then is known to be over.
        self._held |= set(found.jobs)
        self._poller.others |= set(found.jobs)
        return HeldBack()

    def _is_over(self, name: str) -> bool:
        """Return whether a job is known to hold no place any more."""
        return (name in self._held and name not in self._poller.held) or name in self._listing.over

    def refused(self, key: str) -> None:
        """Let go of an order that HeyGen has refused, and never lost an answer to."""
        self.orders.close((key,), "refused")


def ledger_of(
    context: RunContext,
    options: RunOptions,
    planned: Planned,
    listing: AccountListing,
    poller: Poller,
) -> Ledger:
    """Return what keeps the orders of a run: a ledger that is shared, where there is one."""
    if context.orders is None:
        return Ledger()
    return SharedLedger(context.orders, planned, listing, poller, options.max_concurrent_jobs)


def account_name(account: Account, planned: Planned) -> str:
    """Return what stands for an account on every machine: its holder, else the key.

    Raises:
        AccountRefused: the key is not accepted.
    """
    balance = planned.balance
    try:
        holder = (balance or account.client.balance()).holder
    except ApiError as failure:
        if failure.refuses_account:
            raise
        holder = None
    told = holder or account.client.signature(b"account")
    return hashlib.sha256(told.encode()).hexdigest()[:16]
