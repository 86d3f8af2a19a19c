"""Records of one kind in the store: batches, webhooks, glossaries, lip syncs."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from heygen_localize.sandbox.account.store import Store

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Item = TypeVar("Item", bound="DataclassInstance")


class Shelf(Generic[Item]):
    """The records of one kind, by their ids, in the order in which they came.

    Args:
        store: Where they lie.
        name: What sets them apart from other kinds.
        read: Makes a record of its fields as JSON gives them back.
    """

    def __init__(self, store: Store, name: str, read: Callable[..., Item]) -> None:
        self._store = store
        self._name = name
        self._read = read

    def put(self, item_id: str, item: Item) -> None:
        """Add a record, or write what has changed of one; its place stays."""
        self._store.rows(
            "INSERT INTO shelves (shelf, id, item) VALUES (?, ?, ?) "
            "ON CONFLICT (shelf, id) DO UPDATE SET item = excluded.item",
            self._name,
            item_id,
            json.dumps(asdict(item)),
        )

    def get(self, item_id: str) -> Item | None:
        """Return a record, or None if there is none."""
        query = "SELECT item FROM shelves WHERE shelf = ? AND id = ?"
        rows = self._store.rows(query, self._name, item_id)
        return self._item(rows[0][0]) if rows else None

    def all(self) -> list[Item]:
        """Return every record, the oldest first."""
        query = "SELECT item FROM shelves WHERE shelf = ? ORDER BY sequence"
        return [self._item(row[0]) for row in self._store.rows(query, self._name)]

    def remove(self, item_id: str) -> None:
        """Take a record away, if it is there."""
        self._store.rows("DELETE FROM shelves WHERE shelf = ? AND id = ?", self._name, item_id)

    def count(self) -> int:
        """Return the number of records."""
        query = "SELECT count(*) FROM shelves WHERE shelf = ?"
        count: int = self._store.rows(query, self._name)[0][0]
        return count

    def _item(self, text: str) -> Item:
        fields: dict[str, Any] = json.loads(text)
        return self._read(**fields)
