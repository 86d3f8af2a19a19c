"""Records of one kind: found, listed, changed and deleted in one way, whatever they are."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Generic, TypeVar

from heygen_localize.sandbox.account.context import AccountContext
from heygen_localize.sandbox.errors import Refusal, no_credit, not_found
from heygen_localize.sandbox.records import Record, Work

Item = TypeVar("Item", bound=Record)
Ordered = TypeVar("Ordered", bound=Work)


class Collection(Generic[Item]):
    """The records of one kind, by their ids, in the order in which they came.

    It knows nothing of HTTP; what it refuses, it refuses with a `Refusal`. All
    records are in memory, and written through to the store.

    Args:
        context: The account.
        kind: What sets them apart from other kinds in the store.
        read: Makes a record of its fields as JSON gives them back.
        name: What a refusal calls one of them.
        code: The vendor's word for one that is not there.
    """

    def __init__(
        self,
        context: AccountContext,
        kind: str,
        read: Callable[..., Item],
        name: str = "",
        code: str = "not_found",
    ) -> None:
        self._context = context
        self._store = context.store
        self._settings = context.settings
        self._now = context.now
        self._kind = kind
        self._name = name
        self._code = code
        query = "SELECT id, record FROM records WHERE kind = ? ORDER BY sequence"
        rows = self._store.rows(query, kind)
        self._items: dict[str, Item] = {row[0]: read(**json.loads(row[1])) for row in rows}

    def put(self, item: Item) -> Item:
        """Add a record, or write what has changed of one; its place stays."""
        with self._store.lock:
            self._store.rows(
                "INSERT INTO records (kind, id, record) VALUES (?, ?, ?) "
                "ON CONFLICT (kind, id) DO UPDATE SET record = excluded.record",
                self._kind,
                item.id,
                json.dumps(vars(item), default=vars),
            )
            before = self._items.get(item.id)
            self._store.on_rollback(lambda: self._restore(item.id, before))
            self._items[item.id] = item
        return item

    def _restore(self, item_id: str, before: Item | None) -> None:
        if before is None:
            del self._items[item_id]
        else:
            self._items[item_id] = before

    def find(self, item_id: str) -> Item | None:
        """Return a record, gone or not; None if there never was one."""
        with self._store.lock:
            return self._items.get(item_id)

    def missing(self, item_id: str) -> Refusal:
        """Return the 404 about a record that is not there."""
        return not_found(f"{self._name} '{item_id}'", self._code)

    def known(self, item_id: str) -> Item:
        """Return a record that is not gone, though it may not be found yet.

        Raises:
            Refusal: 404 if there is none.
        """
        item = self.find(item_id)
        if item is None or item.gone_at(self._now()):
            raise self.missing(item_id)
        return item

    def get(self, item_id: str, unseen_seconds: float = 0) -> Item:
        """Return a record that can be found.

        Args:
            item_id: Which record.
            unseen_seconds: One that can be found for a shorter time is not there yet.

        Raises:
            Refusal: 404 if there is none.
        """
        item = self.known(item_id)
        if self._now() < item.seen_from + unseen_seconds:
            raise self.missing(item_id)
        return item

    def everything(self) -> list[Item]:
        """Return every record that there ever was, the oldest first."""
        with self._store.lock:
            return list(self._items.values())

    def all(self, unseen_seconds: float = 0) -> list[Item]:
        """Return every record that is not gone, the oldest first.

        Args:
            unseen_seconds: Those made less long ago are left out.
        """
        now = self._now()
        items = [item for item in self.everything() if not item.gone_at(now)]
        if unseen_seconds:
            return [item for item in items if item.created_at <= now - unseen_seconds]
        return items

    def update(self, item_id: str, **fields: Any) -> Item:
        """Put fields in place of those that a record has.

        Raises:
            Refusal: 404 if there is no such record.
        """
        with self._store.transaction():
            return self.put(replace(self.known(item_id), **fields))

    def delete(self, item_id: str) -> None:
        """Take a record away; what it cost is charged all the same.

        Source: docs/vendor/behaviour.md, "Video translations".

        Raises:
            Refusal: 404 if there is no such record.
        """
        self.update(item_id, deleted_at=self._now())


class Orders(Collection[Ordered]):
    """What was ordered and is charged once it has completed."""

    def __init__(
        self, context: AccountContext, kind: str, read: Callable[..., Ordered], name: str
    ) -> None:
        super().__init__(context, kind, read, name)
        context.charge_for(self._charged_by)

    def _charged_by(self, now: float) -> float:
        # For every order, over all that there ever were: the attributes, without a call.
        return math.fsum(
            item.price
            for item in self.everything()
            if item.finished_at <= now and item.failure_message is None
        )

    def _check_balance(self, price: float) -> None:
        if not self._context.pays(price):
            raise no_credit()

    def fail(self, item_id: str, message: str) -> None:
        """Make one fail now; if it had completed it is no longer charged.

        Raises:
            Refusal: 404 if there is none.
        """
        with self._store.transaction():
            ended = min(self.known(item_id).finished_at, self._now())
            self.update(item_id, finished_at=ended, failure_message=message)
