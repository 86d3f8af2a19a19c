"""What a run works with, and how it is to go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from heygen_localize.heygen.client import Client
from heygen_localize.operations.apply.refusals import RefusalLog
from heygen_localize.operations.apply.uploads import Uploader
from heygen_localize.operations.events import Watcher
from heygen_localize.project.recorder import LockRecorder
from heygen_localize.system.clock import Clock
from heygen_localize.system.signals import Interruption
from heygen_localize.system.web import Web

if TYPE_CHECKING:
    # Only where a state is shared is a database talked to.
    from heygen_localize.project.state.orders import PostgresOrders


class RunOptions(Struct, frozen=True):
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


class RunContext(Struct, frozen=True):
    """What a run works with; `orders` is what stores them before they are sent, if anything."""

    client: Client
    recorder: LockRecorder
    uploader: Uploader
    web: Web
    clock: Clock
    watcher: Watcher
    interruption: Interruption
    refusals: RefusalLog
    orders: PostgresOrders | None = None
