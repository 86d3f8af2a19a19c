"""The account's batches: many orders in one call, each made and rendered on its own.

It knows nothing of HTTP; what it refuses, it refuses with a `Refusal`. An item
is queued until there is room for its job; it is made as of the moment at which
there was, though nobody may have looked just then.
Source: docs/vendor/heygen-v3.openapi.yaml, `*BatchesCreate` and `*BatchesGet`;
docs/vendor/behaviour.md, "Video translations".
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

from heygen_localize.sandbox.account.assets import Assets
from heygen_localize.sandbox.account.jobs import Machine
from heygen_localize.sandbox.account.lipsyncs import Lipsyncs
from heygen_localize.sandbox.account.shelf import Shelf
from heygen_localize.sandbox.account.store import Store
from heygen_localize.sandbox.errors import Refusal, invalid, not_found
from heygen_localize.sandbox.records import Job, JobStatus
from heygen_localize.sandbox.settings import SandboxSettings

MOST_ITEMS = 100


class Word(str, Enum):
    """The vendor's words for how far an item is, and how far a batch is."""

    QUEUED = "queued"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"


WORDS = {
    JobStatus.PENDING: Word.QUEUED,
    JobStatus.RUNNING: Word.PROCESSING,
    JobStatus.COMPLETED: Word.COMPLETED,
    JobStatus.FAILED: Word.FAILED,
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


@dataclass(frozen=True)
class Batch:
    """One batch.

    Attributes:
        id: The vendor's name for it.
        kind: ``translations`` or ``lipsyncs``.
        title: Its name, or None.
        callback_url: What is called when all its items have ended, or None.
        created_at: When it was made, in seconds since the epoch.
        items: Its items, in the order of submission.
        failure_message: Makes its jobs fail with it when their time is up.
    """

    id: str
    kind: str
    title: str | None
    callback_url: str | None
    created_at: float
    items: Sequence[Item] = field(default_factory=tuple)
    failure_message: str | None = None


@dataclass(frozen=True)
class Standing:
    """How far one item is now.

    Attributes:
        index: Its place in the batch, from 0.
        word: How far it is.
        job_id: Its job, once there is one.
        error: Why it failed; None unless it did.
        ended_at: When it ended, in seconds since the epoch; None while it has not.
    """

    index: int
    word: Word
    job_id: str | None
    error: Mapping[str, str] | None
    ended_at: float | None = None


def word_of(standings: Sequence[Standing]) -> Word:
    """Return how far a batch is, by how far its items are."""
    words = {standing.word for standing in standings}
    if words & {Word.QUEUED, Word.PROCESSING}:
        return Word.PROCESSING
    return Word.COMPLETED if Word.COMPLETED in words else Word.FAILED


def counts_of(standings: Sequence[Standing]) -> dict[str, int]:
    """Return how many items there are of each word that occurs."""
    return dict(Counter(standing.word.value for standing in standings))


def _read(items: Sequence[Mapping[str, Any]], **fields: Any) -> Batch:
    return Batch(items=tuple(Item(**item) for item in items), **fields)


class Batches:
    """The batches of one account.

    Args:
        store: Where they are noted.
        machine: The account, which renders translations.
        lipsyncs: Its lip syncs.
        assets: Its assets.
        settings: How the sandbox is set.
    """

    def __init__(
        self,
        store: Store,
        machine: Machine,
        lipsyncs: Lipsyncs,
        assets: Assets,
        settings: SandboxSettings,
    ) -> None:
        self._store = store
        self._machine = machine
        self._lipsyncs = lipsyncs
        self._assets = assets
        self._settings = settings
        self._shelf = Shelf(store, "batch", _read)
        # Those with items that wait; most sandboxes never have one.
        self._waiting = {batch.id for batch in self._shelf.all() if _waits(batch)}

    def create(
        self, kind: str, body: Mapping[str, Any], entries: Sequence[Mapping[str, Any]], failure: Any
    ) -> Batch:
        """Make a batch of orders that were checked, each for one job.

        Args:
            kind: ``translations`` or ``lipsyncs``.
            body: The request body.
            entries: The orders.
            failure: As `Batch.failure_message`.

        Raises:
            Refusal: 400 for too many.
        """
        if len(entries) > MOST_ITEMS:
            told = f"{len(entries)} items are more than {MOST_ITEMS}, languages counted."
            raise invalid("video_translations", told)
        batch = Batch(
            id=f"batch_{secrets.token_hex(8)}",
            kind=kind,
            title=body.get("title"),
            callback_url=body.get("callback_url"),
            created_at=self._machine.now(),
            items=tuple(Item(entry) for entry in entries),
            failure_message=failure,
        )
        with self._store.transaction():
            self._shelf.put(batch.id, batch)
            self._waiting.add(batch.id)
            self.catch_up()
        return batch

    def all(self) -> list[Batch]:
        """Return every batch, the oldest first."""
        return self._shelf.all()

    def batch(self, kind: str, batch_id: str) -> Batch:
        """Return a batch.

        Raises:
            Refusal: 404 if there is none of this kind.
        """
        batch = self._shelf.get(batch_id)
        if batch is None or batch.kind != kind:
            raise not_found(f"Batch '{batch_id}'")
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
            for batch in self._shelf.all():
                if batch.id in self._waiting:
                    advanced = self._advanced(batch)
                    self._shelf.put(batch.id, advanced)
                    if _waits(advanced):
                        return
                    self._waiting.discard(batch.id)

    def _advanced(self, batch: Batch) -> Batch:
        items, now = list(batch.items), self._machine.now()
        since = batch.created_at + self._settings.batch_seconds
        for place, item in enumerate(items):
            if not _queued(item):
                continue
            room = since if batch.kind == "lipsyncs" else self._machine.room_since(since)
            if room is None or room > now:
                break
            try:
                job_id = self._make(batch, item.order, room).id
                items[place] = replace(item, job_id=job_id)
            except Refusal as refusal:
                error = {"code": refusal.code, "message": refusal.message}
                items[place] = replace(item, error=error)
        return replace(batch, items=tuple(items))

    def _make(self, batch: Batch, order: Mapping[str, Any], at: float) -> Job:
        self._assets.check_order(order)
        if batch.kind == "lipsyncs":
            return self._lipsyncs.create(order, batch.failure_message, at)
        return self._machine.create_at(order, batch.failure_message, at)

    def standings(self, batch: Batch) -> list[Standing]:
        """Return how far each item of a batch is now."""
        return [self._standing(batch, index, item) for index, item in enumerate(batch.items)]

    def _standing(self, batch: Batch, index: int, item: Item) -> Standing:
        if item.error is not None:
            return Standing(index, Word.FAILED, None, item.error, batch.created_at)
        if item.job_id is None:
            return Standing(index, Word.QUEUED, None, None)
        lipsync, now = batch.kind == "lipsyncs", self._machine.now()
        try:
            job = (self._lipsyncs if lipsync else self._machine).job(item.job_id)
        except Refusal as refusal:
            error = {"code": refusal.code, "message": refusal.message}
            return Standing(index, Word.FAILED, item.job_id, error, batch.created_at)
        status = job.status_at(now)
        ended = job.finished_at if now >= job.finished_at else None
        told = {"code": "processing_failed", "message": str(job.failure_message)}
        failed = status is JobStatus.FAILED
        return Standing(index, WORDS[status], job.id, told if failed else None, ended)


def _queued(item: Item) -> bool:
    return item.job_id is None and item.error is None


def _waits(batch: Batch) -> bool:
    return any(_queued(item) for item in batch.items)
