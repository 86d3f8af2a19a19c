"""Orders in PostgreSQL: each is stored before it is sent, and takes one of the account's places."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress

from msgspec import Struct

from heygen_localize.core.errors import LocalizeError, StateGoneError
from heygen_localize.core.unanswered import Unanswered
from heygen_localize.core.waits import EVENTUAL_CONSISTENCY_SECONDS
from heygen_localize.project.state import sql
from heygen_localize.project.state.connection import Cursor, Database


class Intent(Struct, frozen=True):
    """An order that is about to be sent. `usd` is what it is likely to cost, None if unknown.

    `digest` is that of its mark: what it is of, at whatever point of the history.
    """

    key: str
    digest: str
    address: str
    kind: str
    body_sha256: str
    usd: float | None = None


class PlacesSeen(Struct, frozen=True):
    """What a run knows of the account's places: which jobs hold one, which are over, how many."""

    held: Collection[str]
    is_over: Callable[[str], bool]
    most: int


class Full(Struct, frozen=True):
    """No place is free, or it is not our turn; `jobs` hold places that the run did not know of."""

    jobs: tuple[str, ...] = ()


class Room(Struct, frozen=True):
    """How many places are `free`; `jobs` hold places that the run did not know of."""

    free: int
    jobs: tuple[str, ...] = ()


class Stored(Struct, frozen=True):
    """An order may be sent; `before` says that it was, and that no answer is known."""

    before: bool


class PostgresOrders:
    """The orders of a project in an account. `check` makes sure that the project is ours."""

    def __init__(
        self, database: Database, check: Callable[[Cursor], None], project: str, account: str
    ) -> None:
        self.database, self.check = database, check
        self.project, self._account = project, account
        self._turn: tuple[int, int] | None = None

    @contextmanager
    def turn(self) -> Iterator[bool]:
        """Be the one who orders in the account meanwhile; give whether it came to that.

        PostgreSQL keeps the queue; who has waited for long leaves it, and comes again.

        Raises:
            StateError: the database does not answer.
        """
        name = f"localize account {self._account}"
        try:
            self._turn = self.database.run(lambda cursor: self._taken(cursor, name))
        except StateGoneError as error:
            self._let_go(name)  # The lock may have come before what took too long.
            if error.first.code != "state_slow":
                raise
            yield False  # Somebody's order takes long.
            return
        try:
            yield True
        finally:
            self._turn = None
            self._let_go(name)

    def _let_go(self, name: str) -> None:
        with suppress(LocalizeError):  # A session that broke has let go.
            self.database.run(lambda cursor: cursor.execute(sql.UNLOCK, (name,)))

    def _taken(self, cursor: Cursor, name: str) -> tuple[int, int]:
        cursor.execute(sql.WAIT_LOCK, (name,))
        fence = cursor.execute(sql.TAKE_ACCOUNT, (self._account,)).fetchone()[0]
        return self.database.session, fence

    def in_turn(self, cursor: Cursor) -> bool:
        """Make sure that the project is ours; return whether it is our turn as well.

        Where the connection broke, somebody else may have a turn by now.
        """
        self.check(cursor)
        fence = cursor.execute(sql.ACCOUNT_FENCE, (self._account,)).fetchone()
        return fence is not None and (self.database.session, fence[0]) == self._turn

    def intend(
        self, intent: Intent, places: PlacesSeen | None, window: float
    ) -> Unanswered | Full | Stored:
        """Store an order, and take a place for it; return what keeps it from being sent, if any.

        That is an order of the same content whose answer was lost more than `window` seconds
        ago or that is out in a batch, or that no place is free. Without `places` the order takes
        none.

        Raises:
            StateError: it could not be stored.
        """

        def work(cursor: Cursor) -> Unanswered | Full | Stored:
            if not self.in_turn(cursor):
                return Full()
            earlier = self.earlier(cursor, (intent.digest,))
            # Its batch's key is the one that it can be sent again under.
            lost = next((item for item in earlier if item.age > window or item.batch), None)
            if lost is not None:
                return lost
            if places is not None:
                room = self.room(cursor, (intent.key,), places)
                if room.free < 1:
                    return Full(room.jobs)
                self.take_places(cursor, (intent.key,))
            return Stored(before=not self.store(cursor, (intent,), None))

        return self.database.run(work)

    def earlier(self, cursor: Cursor, digests: Collection[str]) -> list[Unanswered]:
        """Return the orders of these contents that have no answer, the oldest first."""
        rows = cursor.execute(sql.INTENDED, (self.project, list(digests))).fetchall()
        return [Unanswered(*row) for row in rows]

    def room(self, cursor: Cursor, keys: Collection[str], places: PlacesSeen) -> Room:
        """Return what room there is for orders of these keys, which may have places already."""
        unsettled = (self._account, list(keys), EVENTUAL_CONSISTENCY_SECONDS)
        rows = [row[0] for row in cursor.execute(sql.PLACES, unsettled)]
        over = [name for name in rows if name is not None and places.is_over(name)]
        if over:
            cursor.execute(sql.FREE_ENDED, (self._account, over))
        held = set(places.held)
        new = {name for name in rows if name is not None} - held - {*over}
        taken = len(held) + len(new) + rows.count(None)
        return Room(max(0, places.most - taken), tuple(sorted(new)))

    def take_places(self, cursor: Cursor, keys: Collection[str]) -> None:
        """Take a place for each of these keys."""
        cursor.execute(sql.TAKE_PLACES, (self._account, self.project, list(keys)))

    def store(self, cursor: Cursor, intents: Sequence[Intent], batch: str | None) -> int:
        """Store orders, in a batch or each by itself; return how many were not there yet."""
        columns = [
            [getattr(intent, name) for intent in intents]
            for name in ("key", "digest", "address", "kind", "body_sha256", "usd")
        ]
        new = cursor.execute(sql.INTEND, (self.project, batch, *columns)).fetchall()
        for address, key, usd in new:
            self._note(cursor, "sent", address, key, None, usd)
        return len(new)

    def answered(self, orders: Mapping[str, str]) -> None:
        """Note what orders were answered with, the ids by key: they are kept by now.

        Raises:
            StateError: it could not be noted; the account tells the same.
        """
        self._ended(orders, "ordered")

    def found(self, orders: Mapping[str, str]) -> None:
        """Note what the account tells of orders whose answers were lost: the ids by key.

        Raises:
            StateError: it could not be noted.
        """
        self._ended(orders, "found")

    def _ended(self, orders: Mapping[str, str], what: str) -> None:
        def work(cursor: Cursor) -> None:
            self.check(cursor)
            for key, name in orders.items():
                cursor.execute(sql.NAME_PLACE, (name, self.project, key))
                for address, _, usd in self._dropped(cursor, (key,)):
                    self._note(cursor, what, address, key, name, usd)

        if orders:
            self.database.run(work)

    def unanswered(self) -> tuple[Unanswered, ...]:
        """Return the project's orders without an answer.

        Raises:
            StateError: they cannot be read.
        """
        return self.database.run(lambda cursor: unanswered_of(cursor, self.project))

    def close(self, keys: Iterable[str], what: str) -> None:
        """Let go of orders, with why: `refused` or `let go`; their places are free.

        Raises:
            StateError: it could not be noted.
        """
        given = tuple(keys)

        def work(cursor: Cursor) -> None:
            self.check(cursor)
            self.let_go(cursor, given, what)

        if given:
            self.database.run(work)

    def let_go(self, cursor: Cursor, keys: Collection[str], what: str) -> None:
        """Do what `close` does, in this transaction."""
        cursor.execute(sql.FREE_PLACES, (self.project, list(keys)))
        for address, key, usd in self._dropped(cursor, keys):
            self._note(cursor, what, address, key, None, usd)

    def _dropped(self, cursor: Cursor, keys: Collection[str]) -> list[tuple[str, str, object]]:
        return list(cursor.execute(sql.DROP_INTENTS, (self.project, list(keys))).fetchall())

    def _note(
        self,
        cursor: Cursor,
        what: str,
        address: str,
        key: str,
        translation_id: str | None,
        usd: object,
    ) -> None:
        # One job is one order, however often it was answered and told, and under whichever key.
        told = uuid.uuid5(uuid.NAMESPACE_OID, f"{self.project} {translation_id}")
        number = uuid.uuid4() if translation_id is None else told
        cursor.execute(sql.AUDIT, (number, self.project, what, address, key, translation_id, usd))


def unanswered_of(cursor: Cursor, project: str) -> tuple[Unanswered, ...]:
    """Return a project's orders without an answer, the oldest first."""
    return tuple(Unanswered(*row) for row in cursor.execute(sql.INTENTS, (project,)).fetchall())
