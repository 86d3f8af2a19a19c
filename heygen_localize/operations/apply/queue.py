"""The orders that wait for their turn."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from heygen_localize.core.lock import LockedSession
from heygen_localize.operations.apply.orders import session_key
from heygen_localize.operations.apply.submit import OrderKind, PendingOrder
from heygen_localize.planning.plan import Action, Plan, SessionStep


class OrderQueue:
    """The orders of a plan, in its order; sessions before the jobs that are rendered from them.

    `failed` gives the sessions after whose failure others are ordered, by address; `held` says
    which jobs may not be ordered yet, since their session is not ready; `stopped` are the
    addresses whose orders are not placed any more in this run.
    """

    def __init__(
        self,
        plan: Plan,
        failed: Callable[[str], LockedSession | None],
        held: Callable[[Action], bool],
        formerly: Sequence[str] = (),
    ) -> None:
        self._held = held
        self.stopped: set[str] = set()
        self._items: list[PendingOrder] = []
        for action in plan.costly:
            if action.session is SessionStep.CREATE and action.target is not None:
                key = session_key(action.target, failed(action.address), formerly)
                self._items.append(PendingOrder(action, action.target, key, OrderKind.SESSION))
            if action.orders:
                self._items.append(PendingOrder.of(action, formerly))

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[PendingOrder]:
        return iter(tuple(self._items))

    def stop(self, kind: OrderKind) -> None:
        """Place no more orders of a kind, nor renders whose sessions are not ordered any more."""
        ended = {item.action.address for item in self._items if item.kind is kind}
        waits = ended if kind is OrderKind.SESSION else ()
        self._items = [
            item
            for item in self._items
            if item.kind is not kind and item.action.address not in waits
        ]
        self.stopped |= ended

    def ready(self, now: float, places: int) -> PendingOrder | None:
        """Give the first order whose turn it is, with so many places free for jobs."""
        return next(
            (
                item
                for item in self._items
                if item.ready_at <= now and self._may_start(item, places)
            ),
            None,
        )

    def next_at(self, places: int) -> float | None:
        """Give the moment at which an order's turn comes; None where none waits for time alone."""
        moments = (item.ready_at for item in self._items if self._may_start(item, places))
        return min(moments, default=None)

    def remove(self, item: PendingOrder) -> None:
        """Take an order out."""
        self._items.remove(item)

    def put_back(self, item: PendingOrder) -> None:
        """Let the other orders go first."""
        self._items.remove(item)
        self._items.append(item)

    def give_up(self, address: str) -> None:
        """Take out what a target still waits for: it cannot come to anything in this run."""
        self._items = [item for item in self._items if item.action.address != address]

    def _may_start(self, item: PendingOrder, places: int) -> bool:
        return item.for_session or (places > 0 and not self._held(item.action))
