"""The orders that wait for their turn, and what each needs at HeyGen before it is sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from msgspec.structs import replace

from heygen_localize.core.errors import Diagnostic, TextError, UploadRefused
from heygen_localize.core.lock import LockedSession
from heygen_localize.core.model import Media, MediaKind
from heygen_localize.heygen.errors import ASSET_UNSEEN, PROOFREADING_HINT, ApiError
from heygen_localize.media import MediaType
from heygen_localize.operations.apply.context import RunContext
from heygen_localize.operations.apply.idempotency import session_key
from heygen_localize.operations.apply.pending import OrderKind, PendingOrder
from heygen_localize.operations.apply.proofread import (
    EXPIRED,
    ProofreadRunner,
    unrendered,
)
from heygen_localize.operations.apply.tracker import RunTracker
from heygen_localize.operations.events import EventKind
from heygen_localize.planning.plan import Order, Plan, SessionOrder
from heygen_localize.planning.reasons import SessionStep
from heygen_localize.project.subtitle_files import refuse_unwritable

_UNSURE = "0" * 64
"""Stands for a text that nobody knows, while a session is given another one."""

_MOST_GIVES = 8
_GIVE_PAUSE = 0.5
"""Seconds, times the attempt."""


class Preparer:
    """Brings to HeyGen what orders need, and keeps which renders came to nothing."""

    def __init__(
        self, context: RunContext, proofread: ProofreadRunner, tracker: RunTracker, manifest: Path
    ) -> None:
        self._client, self._recorder, self._clock = context.client, context.recorder, context.clock
        self._uploader, self._proofread = context.uploader, proofread
        self._tracker, self._manifest = tracker, manifest
        self._writable: set[str] = set()
        self._given: set[str] = set()

    def ready(self, item: PendingOrder) -> bool:
        """Return whether an order may be sent.

        A render not before this run gave the session its text: what the lockfile says of
        that may be wrong, and to give it again costs nothing.
        """
        if item.for_session and item.action.address not in self._writable:
            return False
        if item.kind is not OrderKind.RENDER:
            return self._uploader.ready(item.target.media)
        return item.target.address in self._given

    def prepare(self, item: PendingOrder) -> Diagnostic | None:
        """Do what is missing; return what keeps this one order from being sent.

        Raises:
            ApiFailure: the key is not accepted.
            LockfileError: the lockfile cannot be written.
        """
        try:
            if item.for_session:
                self._try_disk(item)
            if isinstance(item.action, SessionOrder) and item.kind is OrderKind.RENDER:
                sent = self._give(item.action)
            else:
                sent = self._uploader.bring(item.target.media)
        except (UploadRefused, TextError) as refusal:
            return refusal.problems[0]
        for name in sent:
            self._tracker.tell(EventKind.UPLOADED, item.action.address, None, name)
        return None

    def unrendered(self, item: PendingOrder, problem: Diagnostic) -> None:
        """Keep why an order came to nothing, if it is the render of a session that is ready.

        The session counts as an attempt once it is over, unless people just were too late.

        Raises:
            LockfileError: the lockfile cannot be written.
        """
        action, known = item.action, self._recorder.sessions.get(item.action.address)
        if item.kind is not OrderKind.RENDER or not isinstance(action, SessionOrder):
            return
        if known is None or self._proofread.holds(action):
            return
        if problem.code != EXPIRED:
            kept = unrendered(action.review, known, problem.message)
            self._recorder.record_session(action.address, kept)

    def _try_disk(self, item: PendingOrder) -> None:
        review = item.target.proofread
        if review is not None:
            refuse_unwritable(self._manifest, (review.path, review.source_path))
        self._writable.add(item.action.address)

    def _give(self, action: SessionOrder) -> tuple[str, ...]:
        """Give the session the reviewed text; return the names of the files that were sent."""
        review, session = action.review, self._recorder.sessions[action.address]
        if review.text is None:
            raise UploadRefused(f"{review.path} is not there any more")
        sha256, sent_as, size = review.text.sha256, review.text.sent, review.text.size
        media = Media(MediaKind.FILE, review.path, sha256, sent_as, size, MediaType.SRT.value)
        sent = self._uploader.bring((media,))
        # A run that ends here leaves nobody knowing which text the session has.
        self._recorder.record_session(action.address, replace(session, uploaded=_UNSURE))
        try:
            self._name_text(session.proofread_id, self._recorder.assets[sent_as])
        except ApiError as failure:
            if failure.unauthorized:
                raise
            expired = failure.gone and failure.code != ASSET_UNSEEN
            message = "its proofread session has expired" if expired else str(failure)
            raise UploadRefused(
                f"{review.path} could not be given to its session: {message}",
                code=EXPIRED if expired else "upload_failed",
                hint=PROOFREADING_HINT
                if failure.denied
                else "localize apply goes on from here; the text is kept",
            ) from None
        kept = replace(session, uploaded=sha256, approved=sha256)
        self._recorder.record_session(action.address, kept)
        self._given.add(action.address)
        return sent

    def _name_text(self, proofread_id: str, asset_id: str) -> None:
        """Name an uploaded text to a session; one just uploaded may not be found for a moment."""
        for attempt in range(1, _MOST_GIVES):
            try:
                return self._client.upload_subtitles(proofread_id, asset_id)
            except ApiError as failure:
                if failure.code != ASSET_UNSEEN:
                    raise
            self._clock.sleep(_GIVE_PAUSE * attempt)
        return self._client.upload_subtitles(proofread_id, asset_id)


class OrderQueue:
    """The orders of a plan, in its order; sessions before the jobs that are rendered from them.

    `failed` gives the sessions after whose failure others are ordered, by address; `held` says
    which jobs may not be ordered yet, since their session is not ready; `stopped` are the
    addresses whose orders are not placed any more in this run. Orders that are out in a batch
    stay until it is known what became of them; `together` counts them.
    """

    def __init__(
        self,
        plan: Plan,
        failed: Callable[[str], LockedSession | None],
        held: Callable[[Order], bool],
        formerly: Sequence[str] = (),
    ) -> None:
        self._held = held
        self.stopped: set[str] = set()
        self._items: dict[int, PendingOrder] = {}  # by identity: whatever is asked of it is quick
        self._counts: Counter[OrderKind] = Counter()
        self._of: dict[str, list[PendingOrder]] = {}
        self.together = 0
        for action in plan.costly:
            if isinstance(action, SessionOrder) and action.session is SessionStep.CREATE:
                key = session_key(action.target, failed(action.address), formerly)
                self._add(PendingOrder(action, action.target, key, OrderKind.SESSION))
            if action.orders:
                self._add(PendingOrder.of(action, formerly))

    def _add(self, item: PendingOrder) -> None:
        self._items[id(item)] = item
        self._counts[item.kind] += 1
        self._of.setdefault(item.action.address, []).append(item)

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[PendingOrder]:
        return iter(tuple(self._items.values()))

    def __contains__(self, item: PendingOrder) -> bool:
        return id(item) in self._items

    def is_last(self, item: PendingOrder) -> bool:
        """Return whether no other order of its kind waits."""
        return self._counts[item.kind] == 1

    def stop(self, kind: OrderKind) -> None:
        """Place no more orders of a kind, nor renders whose sessions are not ordered any more."""
        ended = {item.action.address for item in self if item.kind is kind}
        waits = ended if kind is OrderKind.SESSION else ()
        for item in self:
            if item.kind is kind or item.action.address in waits:
                self.remove(item)
        self.stopped |= ended

    def ready(self, now: float, places: int) -> PendingOrder | None:
        """Return the first order whose turn it is, with so many places free for jobs."""
        return next(self.every_ready(now, places), None)

    def every_ready(self, now: float, places: int) -> Iterator[PendingOrder]:
        """Walk over the orders whose turn it is, with so many places free for jobs."""
        return (item for item in self._startable(places) if item.ready_at <= now)

    def next_at(self, now: float, places: int) -> float | None:
        """Return when an order's turn comes; None where none waits for time alone."""
        earliest = None
        for item in self._startable(places):
            if item.ready_at <= now:
                return item.ready_at
            earliest = item.ready_at if earliest is None else min(earliest, item.ready_at)
        return earliest

    def join(self, item: PendingOrder, batch: str) -> None:
        """Note that an order is out in a batch, by the batch's key."""
        self.together += item.batch is None
        item.batch = batch

    def leave(self, item: PendingOrder) -> None:
        """Note that an order is out in no batch any more."""
        self.together -= item.batch is not None
        item.batch = None

    def members(self, batch: str) -> tuple[PendingOrder, ...]:
        """Return the orders that are out in a batch."""
        return tuple(item for item in self if item.batch == batch)

    def remove(self, item: PendingOrder) -> None:
        """Take an order out."""
        self.leave(item)
        del self._items[id(item)]
        self._counts[item.kind] -= 1
        self._of[item.action.address].remove(item)

    def put_back(self, item: PendingOrder) -> None:
        """Let the other orders go first."""
        self._items[id(item)] = self._items.pop(id(item))

    def give_up(self, address: str) -> None:
        """Take out what a target still waits for: it cannot come to anything in this run."""
        for item in tuple(self._of.get(address, ())):
            self.remove(item)

    def _startable(self, places: int) -> Iterator[PendingOrder]:
        """Return what only waits for its time; without a place for a job, what needs no other."""
        if places <= 0 and not self._counts[OrderKind.SESSION] and not self.together:
            return  # All the others wait for a place; they may be many.
        for item in self._items.values():
            placed = item.for_session or item.batch is not None
            if placed or (places > 0 and not self._held(item.action)):
                yield item
