"""The orders that wait for their turn."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from heygen_localize.actions import Action, Plan, SessionStep
from heygen_localize.executor.orders import session_key
from heygen_localize.executor.submission import OrderKind, Submission
from heygen_localize.lock import LockedSession


class OrderQueue:
    """The orders of a plan, in its order; sessions before the jobs that are rendered from them.

    `held` says which jobs may not be ordered yet, since their session is not ready.
    """

    def __init__(
        self,
        plan: Plan,
        sessions: Callable[[str], LockedSession | None],
        held: Callable[[Action], bool],
    ) -> None:
        self._held = held
        self._stopped: set[OrderKind] = set()
        self._items: list[Submission] = []
        for action in plan.costly:
            if action.session is SessionStep.CREATE and action.target is not None:
                key = session_key(action.target, sessions(action.address))
                self._items.append(Submission(action, action.target, key, OrderKind.SESSION))
            if action.orders:
                self._items.append(Submission.of(action))

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[Submission]:
        return iter(tuple(self._items))

    @property
    def going(self) -> bool:
        """Whether an order is left that may still be placed in this run."""
        return any(not self._is_stopped(item) for item in self._items)

    def stop(self, kind: OrderKind) -> None:
        """Place no more orders of a kind; the others go on."""
        self._stopped.add(kind)

    def relist(self, moment: float) -> None:
        """Let every order wait for a whole listing that is begun at a moment or later."""
        for item in self._items:
            item.relist(moment)

    def ready(self, now: float, places: int) -> Submission | None:
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

    def remove(self, item: Submission) -> None:
        """Take an order out."""
        self._items.remove(item)

    def put_back(self, item: Submission) -> None:
        """Let the other orders go first."""
        self._items.remove(item)
        self._items.append(item)

    def give_up(self, address: str) -> None:
        """Take out what a target still waits for: it cannot come to anything in this run."""
        self._items = [item for item in self._items if item.action.address != address]

    def _is_stopped(self, item: Submission) -> bool:
        """Tell whether an order, or the session that it waits for, is not placed any more."""
        if item.kind in self._stopped:
            return True
        waits = item.kind is OrderKind.RENDER and OrderKind.SESSION in self._stopped
        return waits and item.action.session is SessionStep.CREATE and self._held(item.action)

    def _may_start(self, item: Submission, places: int) -> bool:
        if self._is_stopped(item):
            return False
        return item.for_session or (places > 0 and not self._held(item.action))
