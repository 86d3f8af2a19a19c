"""What every place of a project's state can do: the few things that the rest relies on."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from contextlib import AbstractContextManager
from typing import Protocol

from heygen_localize.core.lock import Lock, LockEntry
from heygen_localize.core.unanswered import Unanswered
from heygen_localize.project.journal import Answer
from heygen_localize.project.state.orders import PostgresOrders


class Answers(Protocol):
    """The answers that were paid for and are not in the lock yet."""

    def read(self) -> tuple[Answer, ...]:
        """Read what a run before this one could not bring into the lock."""

    def append(self, answers: Iterable[Answer]) -> None:
        """Keep answers for good: they are safe when this returns, else OSError is raised."""

    def settle(self, ended: Collection[str], now: float) -> None:
        """Forget answers, now that the lock is safe: not those of the last minutes."""


class Store(Protocol):
    """What takes the lock of one command, from its reading on."""

    def write(self, lock: Lock, now: float | None = None) -> Lock:
        """Write the lock, merged with what others wrote meanwhile; return what is kept now.

        With `now`, in seconds since 1970, deletions of more than a day ago are left out.
        """


class State(Protocol):
    """The state of one project; `shared` by machines that know nothing of each other, or not."""

    @property
    def shared(self) -> bool:
        """Whether other machines write to it as well."""

    @property
    def name(self) -> str:
        """What it is called in messages."""

    @property
    def journal(self) -> Answers:
        """The answers that are not in the lock yet."""

    def read(self, project: str | None = None) -> Lock | None:
        """Read the lock; None where there is none yet. One of another `project` is refused."""

    def only_writer(self) -> AbstractContextManager[None]:
        """Keep writers on other machines away meanwhile, as far as this state can.

        Those on this machine are kept away by `process_lock.only_one`, whatever the state.
        """

    def store(
        self,
        lock: Lock,
        keep_urls: bool,
        pause: Callable[[float], None],
        undelivered: Callable[[str, LockEntry], bool],
    ) -> Store:
        """Return what writes the lock, which was as `lock` when it was read.

        Targets that change and are `undelivered`, by address and entry, are left to workers,
        where a state has such.
        """

    def orders(self, account: str) -> PostgresOrders | None:
        """Return what stores an account's orders before they are sent; None where nothing does.

        `account` stands for it, the same on every machine.
        """

    def unanswered(self) -> tuple[Unanswered, ...]:
        """Return the orders that were sent, and whose answers nobody heard."""

    def counted_on_elsewhere(self) -> dict[str, Lock]:
        """Return what other projects have here, by their names."""
