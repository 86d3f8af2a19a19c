"""Batches in PostgreSQL: which orders were sent together, under which key, and what it brought.

A batch is open while an order of it has no answer. Its orders are sent again under its key alone,
all of them or some: HeyGen answers with what it made first, whatever is in the body then.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence

from msgspec import Struct

from heygen_localize.core.unanswered import Unanswered
from heygen_localize.core.waits import KEY_LIFETIME_SECONDS
from heygen_localize.project.state import sql
from heygen_localize.project.state.connection import Cursor
from heygen_localize.project.state.orders import Full, Intent, PlacesSeen, PostgresOrders

_KEPT_SECONDS = KEY_LIFETIME_SECONDS + 3600.0
"""For so long a batch's key is not used for others; HeyGen knows it for an hour less."""


class SentBatch(Struct, frozen=True):
    """A batch that was sent: HeyGen's id of it, once known, and of how many orders it was.

    That is told for each time that it was sent. `age` is in seconds, since the first time.
    """

    key: str
    batch_id: str | None
    sizes: tuple[int, ...]
    age: float


class Together(Struct, frozen=True):
    """Orders that may be sent now, as a batch of that key, by their own `keys`.

    `before` says that it was sent before. `apart` are earlier orders without an answer, by
    the keys of those that may not be sent because of them.
    """

    key: str
    keys: tuple[str, ...]
    sizes: tuple[int, ...]
    before: bool
    apart: Mapping[str, Unanswered]


class PostgresBatches:
    """The batches of a project in an account, beside its orders."""

    def __init__(self, orders: PostgresOrders) -> None:
        self._orders, self._project = orders, orders.project

    def known(self, keys: Collection[str]) -> tuple[SentBatch, ...]:
        """Return what is known of batches.

        Raises:
            StateError: it cannot be read.
        """
        return self._orders.database.run(lambda cursor: self._known(cursor, keys))

    def _known(self, cursor: Cursor, keys: Collection[str]) -> tuple[SentBatch, ...]:
        rows = cursor.execute(sql.BATCHES, (self._project, list(keys))).fetchall()
        return tuple(SentBatch(key, name, tuple(sizes), age) for key, name, sizes, age in rows)

    def intend(
        self, intents: Sequence[Intent], key: str | None, places: PlacesSeen, window: float
    ) -> Together | Full:
        """Store orders that are about to be sent together, as many as there are places for.

        With the `key` of an open batch they are sent again under it, where it was first sent no
        more than `window` seconds ago.

        Raises:
            StateError: they could not be stored.
        """

        def work(cursor: Cursor) -> Together | Full:
            if not self._orders.in_turn(cursor):
                return Full()
            before = self._known(cursor, () if key is None else (key,))
            apart = self._apart(cursor, intents, key, before, window)
            rest = [intent for intent in intents if intent.key not in apart]
            room = self._orders.room(cursor, [intent.key for intent in rest], places)
            taken = rest[: room.free]
            if not taken:
                return Together(key or "", (), (), False, apart) if apart else Full(room.jobs)
            keys = tuple(intent.key for intent in taken)
            name = key or self._fresh_key(cursor, keys)
            cursor.execute(sql.SEND_BATCH, (self._project, name, len(taken)))
            self._orders.take_places(cursor, keys)
            self._orders.store(cursor, taken, name)
            sizes = (*(before[0].sizes if before else ()), len(taken))
            return Together(name, keys, sizes, key is not None, apart)

        return self._orders.database.run(work)

    def _apart(
        self,
        cursor: Cursor,
        intents: Sequence[Intent],
        key: str | None,
        before: Sequence[SentBatch],
        window: float,
    ) -> dict[str, Unanswered]:
        """Return the earlier orders because of which some of these may not be sent."""
        earlier = self._orders.earlier(cursor, [intent.digest for intent in intents])
        ages = (*(batch.age for batch in before), *(item.age for item in earlier))
        forgotten = any(age > window for age in ages)
        in_the_way = {
            item.digest: item for item in earlier if forgotten or key is None or item.batch != key
        }
        return {
            intent.key: in_the_way[intent.digest]
            for intent in intents
            if intent.digest in in_the_way
        }

    def _fresh_key(self, cursor: Cursor, keys: Collection[str]) -> str:
        """Return the key of a batch: it follows from its orders, and from what was sent before.

        A batch of the same orders that was answered has made nothing of them that counts; HeyGen
        would tell the same of it again under the same key.
        """
        cursor.execute(sql.OLD_BATCHES, (self._project, _KEPT_SECONDS))
        start = f"lz1b:{hashlib.sha256(' '.join(sorted(keys)).encode()).hexdigest()[:32]}:"
        used = cursor.execute(sql.BATCH_KEYS, (self._project, start)).fetchall()
        numbers = [int(name.rpartition(":")[2]) for (name,) in used]
        return f"{start}{max(numbers, default=-1) + 1}"

    def named(self, key: str, batch_id: str) -> None:
        """Note HeyGen's id of a batch.

        Raises:
            StateError: it could not be noted; the key brings the same id again.
        """

        def work(cursor: Cursor) -> None:
            self._orders.check(cursor)
            cursor.execute(sql.NAME_BATCH, (batch_id, self._project, key))

        self._orders.database.run(work)

    def refused(self, key: str, keys: Collection[str]) -> None:
        """Let go of a batch that HeyGen has refused, and never lost an answer to.

        Raises:
            StateError: it could not be noted.
        """

        def work(cursor: Cursor) -> None:
            self._orders.check(cursor)
            self._orders.let_go(cursor, keys, "refused")
            cursor.execute(sql.DROP_BATCH, (self._project, key))

        self._orders.database.run(work)

    def queued(self, keys: Collection[str]) -> None:
        """Keep the places of orders that HeyGen has taken, and not made jobs of yet.

        Raises:
            StateError: it could not be noted.
        """
        self._orders.database.run(
            lambda cursor: cursor.execute(sql.KEEP_PLACES, (self._project, list(keys)))
        )
