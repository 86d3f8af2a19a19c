"""A fleet of workers at one moment: its queues, who works, what failed, how fast it goes. Pure."""

from __future__ import annotations

from typing import Any

from msgspec import Struct, to_builtins


class Queue(Struct, frozen=True):
    """The tasks of one kind of a project. `overdue` is for how many seconds the oldest waits.

    None where none is due. `keyed` of those that wait can only be done by a worker with the key.
    """

    project: str
    kind: str
    waiting: int
    running: int
    failed: int
    keyed: int = 0
    overdue: float | None = None


class Doing(Struct, frozen=True):
    """A task that a worker has, for so many seconds."""

    project: str
    kind: str
    address: str
    seconds: float


class FleetWorker(Struct, frozen=True):
    """A worker. `since` in seconds since 1970, `silent` the seconds since it last told it lives.

    One that is not `alive` told nothing for so long that it is taken for dead.
    """

    id: int
    host: str
    pid: int
    version: str
    projects: tuple[str, ...]
    since: float
    silent: float
    alive: bool
    doing: tuple[Doing, ...] = ()


class Trouble(Struct, frozen=True):
    """A task that failed for good (`failed`), or is tried again in so many seconds."""

    project: str
    kind: str
    address: str
    failed: bool
    tries: int
    reason: str
    again: float | None = None


class AccountPlaces(Struct, frozen=True):
    """How many places of an account are taken; `account` stands for it, and is no name."""

    account: str
    held: int


class Rate(Struct, frozen=True):
    """What was delivered in a length of time."""

    targets: int
    bytes: int


class Fleet(Struct, frozen=True):
    """All of it. `troubles` are the first of `trouble_count`."""

    where: str
    queues: tuple[Queue, ...]
    workers: tuple[FleetWorker, ...]
    places: tuple[AccountPlaces, ...]
    minute: Rate
    hour: Rate
    troubles: tuple[Trouble, ...]
    trouble_count: int

    @property
    def unserved(self) -> tuple[str, ...]:
        """Projects that have something to do, and no worker that lives."""
        served = {name for worker in self.workers if worker.alive for name in worker.projects}
        due = {queue.project for queue in self.queues if queue.waiting}
        return tuple(sorted(due - served))

    @property
    def versions(self) -> tuple[str, ...]:
        """The versions of localize that the workers are of."""
        return tuple(sorted({worker.version for worker in self.workers if worker.alive}))

    def document(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        told: dict[str, Any] = to_builtins(self)
        delivered = {"minute": told.pop("minute"), "hour": told.pop("hour")}
        return told | {"delivered": delivered, "unserved": list(self.unserved)}
