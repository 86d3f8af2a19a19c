"""The batches of which not all is known yet, those of earlier runs among them."""

from __future__ import annotations

from collections.abc import Collection

from msgspec import Struct

from heygen_localize.core.unanswered import Unanswered
from heygen_localize.operations.apply.ledger import SharedLedger
from heygen_localize.operations.apply.pending import PendingOrder
from heygen_localize.operations.apply.queue import OrderQueue
from heygen_localize.project.state.batches import PostgresBatches, SentBatch


class OpenBatch(Struct):
    """A batch of which not all is known: its orders' keys by the digests of their marks.

    `unheard` says that it may have reached HeyGen though no answer did; `looks` were in vain
    since `since`, a moment of the run's clock.
    """

    key: str
    orders: dict[str, str]
    sizes: tuple[int, ...] = ()
    batch_id: str | None = None
    unheard: bool = False
    looks: int = 0
    since: float | None = None

    def digest(self, item: PendingOrder) -> str:
        """Return by what an order is known here."""
        known = (mark.digest for mark in item.target.marks if mark.digest in self.orders)
        return next(known, item.key.mark.digest)

    def key_of(self, item: PendingOrder) -> str:
        """Return the key under which an order was first stored."""
        return self.orders[self.digest(item)]


class OpenBatches:
    """The open batches by key, and their orders in the queue."""

    def __init__(self, ledger: SharedLedger, queue: OrderQueue) -> None:
        self.stored = PostgresBatches(ledger.orders)
        self._queue = queue
        self._open: dict[str, OpenBatch] = {}
        self._resume(ledger.orders.unanswered())

    def _resume(self, lost: Collection[Unanswered]) -> None:
        """Go on with what earlier runs sent: as it was sent, and no other way."""
        if not lost:
            return
        items = {
            mark.digest: item
            for item in self._queue
            if not item.for_session
            for mark in item.target.marks
        }
        sent = self._known({order.batch for order in lost if order.batch is not None})
        for order in lost:
            if order.batch is not None:
                self._take_in(order, sent)
            if order.digest in items:
                self._send_as_before(items[order.digest], order)

    def _known(self, keys: Collection[str]) -> dict[str, SentBatch]:
        return {batch.key: batch for batch in self.stored.known(keys)} if keys else {}

    def _take_in(self, order: Unanswered, sent: dict[str, SentBatch]) -> None:
        key = order.batch or ""
        if key not in self._open:
            known = sent.get(key, SentBatch(key, None, (), 0.0))
            self._open[key] = OpenBatch(key, {}, known.sizes, known.batch_id, unheard=True)
        self._open[key].orders[order.digest] = order.key

    def _send_as_before(self, item: PendingOrder, lost: Unanswered) -> None:
        if lost.batch is None:
            item.alone = True
        else:
            self._queue.join(item, lost.batch)

    def rejoin(self, item: PendingOrder, lost: Unanswered) -> None:
        """Let an order go the way that it went before: in its batch, or by itself."""
        if lost.batch is not None:
            self._take_in(lost, self._known({lost.batch}))
        self._send_as_before(item, lost)

    def of(self, item: PendingOrder) -> OpenBatch | None:
        """Return the batch that an order is out in; None where it is out in none."""
        return None if item.batch is None else self._open[item.batch]

    def members(self, batch: OpenBatch) -> tuple[PendingOrder, ...]:
        """Return the orders of a batch that wait to be known."""
        return self._queue.members(batch.key)

    def add(self, key: str, items: dict[str, PendingOrder]) -> OpenBatch:
        """Note a batch that is about to be sent; its orders by their keys."""
        orders = {item.key.mark.digest: name for name, item in items.items()}
        for item in items.values():
            self._queue.join(item, key)
        return self._open.setdefault(key, OpenBatch(key, orders))

    def close(self, batch: OpenBatch) -> None:
        """Let go of a batch in this run; its orders are out in none."""
        self._open.pop(batch.key, None)
        for item in self._queue.members(batch.key):
            self._queue.leave(item)
