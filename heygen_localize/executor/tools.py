"""What a run works with, and how it is to go."""

from __future__ import annotations

from dataclasses import dataclass

from heygen_localize.client import Client
from heygen_localize.clock import Clock
from heygen_localize.executor.book import LockBook
from heygen_localize.executor.events import Watcher
from heygen_localize.executor.interruption import Interruption
from heygen_localize.executor.uploads import Uploader
from heygen_localize.refusals import RefusalLog
from heygen_localize.web import Web


@dataclass(frozen=True)
class RunOptions:
    """How a run goes. `timeout`, `poll_interval` and `stuck_after` in seconds.

    With `retry_refused`, what HeyGen keeps refusing under an order's key is ordered under a
    key of the day, after a whole listing that lacks its job: a small risk of paying twice.
    """

    max_concurrent_jobs: int = 10
    poll_interval: float = 10.0
    stuck_after: float = 7200.0
    wait: bool = True
    timeout: float | None = None
    retry_refused: bool = False


@dataclass(frozen=True)
class Tools:
    """What a run works with."""

    client: Client
    book: LockBook
    uploader: Uploader
    web: Web
    clock: Clock
    watcher: Watcher
    interruption: Interruption
    refusals: RefusalLog
