"""How a worker works, and what it did."""

from __future__ import annotations

from enum import Enum

from msgspec import Struct

from heygen_localize.core.errors import ExitCode
from heygen_localize.operations.one_pass import PassTools
from heygen_localize.operations.pull.workers import PullTools
from heygen_localize.operations.worker.deliver import Retries
from heygen_localize.system.signals import Interruption


class Until(Enum):
    """How long a worker stays: for good, for one round, or until there is nothing left to do."""

    STOPPED = "stopped"
    ONCE = "once"
    DONE = "done"


class Duties(Struct, frozen=True):
    """How a worker works. `grace` is the seconds that deliveries get to end as it leaves.

    Without `passing` it makes no passes; `has_key` says whether it gets fresh links from HeyGen.
    """

    passing: PassTools | None
    pulling: PullTools
    interruption: Interruption
    has_key: bool = True
    delivers: bool = True
    concurrency: int = 4
    retries: Retries = Retries()
    until: Until = Until.STOPPED
    grace: float = 10.0

    @property
    def words(self) -> tuple[str, ...]:
        """What the worker does."""
        does = {"orders": self.passing is not None, "delivers": self.delivers}
        return tuple(word for word, done in does.items() if done)


class Worked(Struct, frozen=True):
    """What a worker did, and how it ended.

    One that has `moved` is to begin again: a manifest names another project or database by now.
    """

    passes: int
    delivered: int
    files: int
    bytes: int
    code: ExitCode
    moved: bool = False

    def after(self, earlier: Worked) -> Worked:
        """Return what was done in all, by this one and one before it."""
        return Worked(
            self.passes + earlier.passes,
            self.delivered + earlier.delivered,
            self.files + earlier.files,
            self.bytes + earlier.bytes,
            ExitCode.first_of((self.code, earlier.code)),
            self.moved,
        )
