"""The account's batches: many orders in one call, each made and rendered on its own.

An item is queued until there is room for its job; it is made as of the moment at
which there was, though nobody may have looked just then.
Source: docs/vendor/heygen-v3.openapi.yaml, `*BatchesCreate` and `*BatchesGet`;
docs/vendor/behaviour.md, "Video translations".
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from heygen_localize.sandbox.account.assets import Assets
from heygen_localize.sandbox.account.collection import Collection
from heygen_localize.sandbox.account.context import AccountContext
from heygen_localize.sandbox.account.jobs import Lipsyncs, Translations
from heygen_localize.sandbox.errors import Refusal, invalid
from heygen_localize.sandbox.records import Job, JobStatus, Record

_MOST_ITEMS = 100


class BatchStatus(str, Enum):
    """The vendor's words for how far an item is, and how far a batch is."""

    QUEUED = "queued"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"


_OF_JOBS = {
    JobStatus.PENDING: BatchStatus.QUEUED,
    JobStatus.RUNNING: BatchStatus.PROCESSING,
    JobStatus.COMPLETED: BatchStatus.COMPLETED,
    JobStatus.FAILED: BatchStatus.FAILED,
}


@dataclass(frozen=True)
class Item:
    """One order of a batch.

    Attributes:
        order: The request body of the job that it shall become.
        job_id: The job, once there is one.
        error: Why there will be none, or None.
    """

    order: Mapping[str, Any]
    job_id: str | None = None
    error: Mapping[str, str] | None = None

    @property
    def queued(self) -> bool:
        """Whether its job is still to be made."""
        return self.job_id is None and self.error is None


@dataclass(frozen=True, kw_only=True)
class Batch(Record):
    """One batch of orders.

    Attributes:
        kind: ``translations`` or ``lipsyncs``.
        title: Its name, or None.
        callback_url: What is called when all its items have ended, or None.
        items: Its items, in the order of submission.
        failure_message: Makes its jobs fail with it when their time is up.
    """

    kind: str
    title: str | None
    callback_url: str | None
    items: Sequence[Item]
    failure_message: str | None = None

    @property
    def waits(self) -> bool:
        """Whether the job of an item is still to be made."""
        return any(item.queued for item in self.items)


@dataclass(frozen=True)
class ItemStatus:
    """How far one item is now.

    Attributes:
        index: Its place in the batch, from 0.
        status: How far it is.
        made_id: Its job or asset, once there is one.
        error: Why it failed; None unless it did.
        ended_at: When it ended, in seconds since the epoch; None while it has not.
    """

    index: int
    status: BatchStatus
    made_id: str | None
    error: Mapping[str, str] | None = None
    ended_at: float | None = None


def batch_status(items: Sequence[ItemStatus]) -> BatchStatus:
    """Return how far a batch is, by how far its items are."""
    words = {item.status for item in items}
    if words & {BatchStatus.QUEUED, BatchStatus.PROCESSING}:
        return BatchStatus.PROCESSING
    return BatchStatus.COMPLETED if BatchStatus.COMPLETED in words else BatchStatus.FAILED


def counts_by_status(items: Sequence[ItemStatus]) -> dict[str, int]:
    """Return how many items there are of each status that occurs."""
    return dict(Counter(item.status.value for item in items))


def _read(items: Sequence[Mapping[str, Any]], **fields: Any) -> Batch:
    return Batch(items=tuple(Item(**item) for item in items), **fields)


class Batches(Collection[Batch]):
    """The batches of orders of one account.

    Args:
        context: The account.
        translations: Its translations.
        lipsyncs: Its lip syncs.
        assets: Its assets.
    """

    def __init__(
        self,
        context: AccountContext,
        translations: Translations,
        lipsyncs: Lipsyncs,
        assets: Assets,
    ) -> None:
        super().__init__(context, "batch", _read, "Batch")
        self._translations = translations
        self._jobs = {"translations": translations, "lipsyncs": lipsyncs}
        self._lipsyncs = lipsyncs
        self._assets = assets
        # Those with items that wait; most sandboxes never have one.
        self._waiting = {batch.id for batch in self.all() if batch.waits}

    def create(
        self, kind: str, body: Mapping[str, Any], orders: Sequence[Mapping[str, Any]], failure: Any
    ) -> Batch:
        """Make a batch of orders that were checked, each for one job.

        Args:
            kind: ``translations`` or ``lipsyncs``.
            body: The request body.
            orders: The orders.
            failure: As `Batch.failure_message`.

        Raises:
            Refusal: 400 for too many.
        """
        if len(orders) > _MOST_ITEMS:
            message = f"{len(orders)} items are more than {_MOST_ITEMS}, languages counted."
            raise invalid("video_translations", message)
        batch = Batch(
            id=f"batch_{secrets.token_hex(8)}",
            kind=kind,
            title=body.get("title"),
            callback_url=body.get("callback_url"),
            created_at=self._now(),
            items=tuple(Item(order) for order in orders),
            failure_message=failure,
        )
        with self._store.transaction():
            self.put(batch)
            self._waiting.add(batch.id)
            self.catch_up()
        return batch

    def of_kind(self, kind: str, batch_id: str) -> Batch:
        """Return a batch.

        Raises:
            Refusal: 404 if there is none of this kind.
        """
        batch = self.get(batch_id)
        if batch.kind != kind:
            raise self.missing(batch_id)
        return batch

    @property
    def waiting(self) -> bool:
        """Whether an item waits to be made."""
        return bool(self._waiting)

    def catch_up(self) -> None:
        """Make the jobs for which there has been room since somebody looked."""
        if not self._waiting:
            return
        with self._store.transaction():
            for batch in self.all():
                if batch.id in self._waiting:
                    if self.put(self._advanced(batch)).waits:
                        return
                    self._waiting.discard(batch.id)

    def _advanced(self, batch: Batch) -> Batch:
        items, now = list(batch.items), self._now()
        since = batch.created_at + self._settings.batch_seconds
        for place, item in enumerate(items):
            if not item.queued:
                continue
            room = since if batch.kind == "lipsyncs" else self._translations.room_since(since)
            if room is None or room > now:
                break
            try:
                items[place] = replace(item, job_id=self._make(batch, item.order, room).id)
            except Refusal as refusal:
                items[place] = replace(item, error=refusal.error)
        return replace(batch, items=tuple(items))

    def _make(self, batch: Batch, order: Mapping[str, Any], at: float) -> Job:
        self._assets.check_order(order)
        if batch.kind == "lipsyncs":
            return self._lipsyncs.create(order, batch.failure_message, at)
        return self._translations.create_at(order, batch.failure_message, at)

    def item_statuses(self, batch: Batch) -> list[ItemStatus]:
        """Return how far each item of a batch is now."""
        return [self._item_status(batch, index, item) for index, item in enumerate(batch.items)]

    def _item_status(self, batch: Batch, index: int, item: Item) -> ItemStatus:
        if item.error is not None:
            return ItemStatus(index, BatchStatus.FAILED, None, item.error, batch.created_at)
        if item.job_id is None:
            return ItemStatus(index, BatchStatus.QUEUED, None)
        try:
            job = self._jobs[batch.kind].get(item.job_id)
        except Refusal as refusal:
            failed, made = BatchStatus.FAILED, batch.created_at
            return ItemStatus(index, failed, item.job_id, refusal.error, made)
        now = self._now()
        message = job.failure_at(now)
        error = message and {"code": "processing_failed", "message": message}
        ended = job.finished_at if now >= job.finished_at else None
        return ItemStatus(index, _OF_JOBS[job.status_at(now)], job.id, error or None, ended)

    def job_status(self, kind: str, job_id: str, unseen_seconds: float) -> BatchStatus | None:
        """Return how far a job is, by itself; None if there is none that can be found."""
        try:
            job = self._jobs[kind].get(job_id, unseen_seconds)
        except Refusal:
            return None
        return _OF_JOBS[job.status_at(self._now())]
