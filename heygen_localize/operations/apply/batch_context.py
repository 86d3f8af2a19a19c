"""What orders that are sent together have to do with, of all that a run has."""

from __future__ import annotations

from msgspec import Struct

from heygen_localize.operations.apply.conclude import Concluder
from heygen_localize.operations.apply.context import RunContext, RunOptions
from heygen_localize.operations.apply.ledger import SharedLedger
from heygen_localize.operations.apply.queue import OrderQueue
from heygen_localize.operations.apply.submit import Submitter
from heygen_localize.operations.apply.tracker import RunTracker


class BatchContext(Struct, frozen=True):
    """The parts of one run, put together once by whoever makes them."""

    run: RunContext
    options: RunOptions
    ledger: SharedLedger
    queue: OrderQueue
    submitter: Submitter
    concluder: Concluder
    tracker: RunTracker
