"""An order on its way: what it is of, its key, and what each answer to it may mean."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import Enum

from msgspec import Struct

from heygen_localize.core.errors import Diagnostic
from heygen_localize.core.fingerprint import Json
from heygen_localize.core.lock import LockedSession
from heygen_localize.core.model import MediaKind, Target
from heygen_localize.heygen.client import Client
from heygen_localize.heygen.errors import ApiError
from heygen_localize.heygen.messages import create_body
from heygen_localize.heygen.proofreads import generate_body, session_body
from heygen_localize.operations.apply.idempotency import OrderKey
from heygen_localize.planning.plan import Order
from heygen_localize.planning.replacing import order_mark


class OrderKind(Enum):
    """What is ordered: a 402 or a used-up quota for one kind says nothing of the others."""

    JOB = "job"
    SESSION = "proofread session"
    RENDER = "render of a proofread session"


class Accepted(Struct, frozen=True):
    """The job exists: new, or one that the same key had ordered before."""

    translation_id: str


class RetryLater(Struct, frozen=True):
    """Send the same again after `seconds`.

    `full` where the account has no place free, `unheard` where the job may exist by now.
    """

    seconds: float
    full: bool
    unheard: bool
    failure: ApiError


class Refused(Struct, frozen=True):
    """This order comes to nothing in this run; and all of its kind, unless it is `alone`.

    `kept` where HeyGen said no in its own words, and may go on saying so for 24 hours
    under this key even if the cause is gone.
    """

    failure: ApiError
    kept: bool
    alone: bool


class HeldBack(Struct, frozen=True):
    """An order is not sent: for `problem`, or because there is no place for it by now."""

    problem: Diagnostic | None = None


class Sending(Struct, frozen=True):
    """An order that is about to be sent; `kind` as `OrderKind` has it."""

    key: OrderKey
    address: str
    kind: str
    takes_place: bool
    body: dict[str, Json]


Outcome = Accepted | RetryLater | Refused | HeldBack


class PendingOrder(Struct):
    """A target's order on its way, kept while it waits for its turn.

    `ready_at`, `since` and `listed_after` are moments of the run's clock, in seconds: when
    to send it, when it first failed, and when the listing that it is sent on may be begun
    at the earliest: after an answer of it was lost, its job may show there. With
    `listed_whole` that listing has to be read to its end, not on from an earlier one.
    `tries` failed since `others` orders of its kind had been answered. `refusal` is what
    HeyGen last said to it, where a fresh key waits for that listing. `unheard` says that an
    answer to it under this key was lost. `batch` is the key of the batch that it is out in, if
    any; one that goes `alone` is put in none.
    """

    action: Order
    target: Target
    key: OrderKey
    kind: OrderKind
    ready_at: float = 0.0
    since: float | None = None
    tries: int = 0
    others: int = 0
    listed_after: float = 0.0
    listed_whole: bool = False
    refusal: Refused | None = None
    unheard: bool = False
    batch: str | None = None
    alone: bool = False

    @classmethod
    def of(cls, action: Order, formerly: Sequence[str] = ()) -> PendingOrder:
        """Start where the account's history says this content stands.

        `formerly` are the project's earlier names.
        """
        target = action.target
        kind = OrderKind.JOB if target.proofread is None else OrderKind.RENDER
        key = OrderKey.of(target.mark, formerly, action.facts.newest_failure)
        return cls(action, target, key, kind)

    @property
    def for_session(self) -> bool:
        """Whether a proofread session is ordered, not a job."""
        return self.kind is OrderKind.SESSION

    @property
    def needs_upload(self) -> bool:
        """Whether the order names a file that was uploaded for it."""
        kinds = (MediaKind.FILE, MediaKind.OBJECT)
        return any(media.kind in kinds for media in self.target.media)

    def sending(self, body: dict[str, Json]) -> Sending:
        """Return what the ledger is told of it."""
        address = self.action.address
        return Sending(self.key, address, self.kind.value, not self.for_session, body)

    def restart(self, key: OrderKey) -> None:
        """Go on under another key, with nothing held against it."""
        self.key, self.unheard = key, False
        self.since, self.tries = None, 0

    def relist(self, moment: float) -> None:
        """Wait for a whole listing that is begun at a moment or later."""
        self.ready_at, self.listed_after, self.listed_whole = moment, moment, True

    def failed(self, now: float, answered: int) -> float:
        """Count a failure; return for how many seconds there was nothing else."""
        if self.since is None:
            self.since, self.tries, self.others = now, 0, answered
        self.tries += 1
        return now - self.since


class Orders(Struct, frozen=True):
    """Sends the orders of actions under a key. `assets` are uploads by their SHA-256.

    `linked` gives a target whose sources in buckets are links that open them.
    """

    client: Client
    assets: Mapping[str, str]
    sessions: Mapping[str, LockedSession]
    linked: Callable[[Target], Target] = lambda target: target

    def body(self, item: PendingOrder) -> dict[str, Json]:
        """Return what is to be sent."""
        action, target = item.action, item.target
        if item.for_session:
            return session_body(target, action.facts.title, self.assets)
        if target.proofread is None:
            linked = self.linked(target)
            return create_body(linked, action.facts.title, self.assets, order_mark(action))
        return generate_body(target)

    def send(self, item: PendingOrder, body: dict[str, Json]) -> str:
        """Order a proofread session, or a job: by its own, or as the render of the session.

        Returns the id.

        Raises:
            ApiFailure: no usable answer; the work may have been done all the same.
        """
        target, key = item.target, str(item.key)
        if item.for_session:
            return self.client.propose(body, key)
        if target.proofread is None:
            return self.client.create(target.kind, body, key)
        return self.client.generate(self.sessions[target.address].proofread_id, body, key)
