"""Orders in PostgreSQL: each is stored before it is sent, and takes one of the account's places."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
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


class Stored(Struct, frozen=True):
    """An order may be sent; `before` says that it was, and that no answer is known."""

    before: bool


class PostgresOrders:
    """The orders of a project in an account. `check` makes sure that the project is ours."""

    def __init__(
        self, database: Database, check: Callable[[Cursor], None], project: str, account: str
    ) -> None:
        self._database, self._check = database, check
        self._project, self._account = project, account
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
            self._turn = self._database.run(lambda cursor: self._taken(cursor, name))
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
            self._database.run(lambda cursor: cursor.execute(sql.UNLOCK, (name,)))

    def _taken(self, cursor: Cursor, name: str) -> tuple[int, int]:
        cursor.execute(sql.WAIT_LOCK, (name,))
        fence = cursor.execute(sql.TAKE_ACCOUNT, (self._account,)).fetchone()[0]
        return self._database.session, fence

    def intend(
        self, intent: Intent, places: PlacesSeen | None, window: float
    ) -> Unanswered | Full | Stored:
        """Store an order, and take a place for it; return what keeps it from being sent, if any.

        That is an order of the same content whose answer was lost more than `window` seconds
        ago, or that no place is free. Without `places` the order takes none.

        Raises:
            StateError: it could not be stored.
        """

        def work(cursor: Cursor) -> Unanswered | Full | Stored:
            self._check(cursor)
            fence = cursor.execute(sql.ACCOUNT_FENCE, (self._account,)).fetchone()
            if fence is None or (self._database.session, fence[0]) != self._turn:
                return Full()  # The connection broke, and somebody else may have a turn by now.
            rows = cursor.execute(sql.INTENDED, (self._project, intent.digest)).fetchall()
            earlier = [Unanswered(*row) for row in rows]
            lost = next((item for item in earlier if item.age > window), None)
            if lost is not None:
                return lost
            if places is not None:
                full = self._take_place(cursor, intent.key, places)
                if full is not None:
                    return full
            values = (intent.key, intent.digest, intent.address, intent.kind)
            made = (self._project, *values, intent.body_sha256, intent.usd)
            new = cursor.execute(sql.INTEND, made).rowcount == 1
            if new:
                self._note(cursor, "sent", intent.address, intent.key, None, intent.usd)
            return Stored(before=not new)

        return self._database.run(work)

    def _take_place(self, cursor: Cursor, key: str, places: PlacesSeen) -> Full | None:
        unsettled = (self._account, key, EVENTUAL_CONSISTENCY_SECONDS)
        rows = [row[0] for row in cursor.execute(sql.PLACES, unsettled)]
        over = [name for name in rows if name is not None and places.is_over(name)]
        if over:
            cursor.execute(sql.FREE_ENDED, (self._account, over))
        held = set(places.held)
        new = {name for name in rows if name is not None} - held - {*over}
        if len(held) + len(new) + rows.count(None) >= places.most:
            return Full(tuple(sorted(new)))
        cursor.execute(sql.TAKE_PLACE, (self._account, self._project, key))
        return None

    def answered(self, key: str, translation_id: str) -> None:
        """Note what an order was answered with: it is in the entries or the answers by now.

        Raises:
            StateError: it could not be noted; the account tells the same.
        """
        self._ended({key: translation_id}, "ordered")

    def found(self, orders: Mapping[str, str]) -> None:
        """Note what the account tells of orders whose answers were lost: the ids by key.

        Raises:
            StateError: it could not be noted.
        """
        if orders:
            self._ended(orders, "found")

    def _ended(self, orders: Mapping[str, str], what: str) -> None:
        def work(cursor: Cursor) -> None:
            self._check(cursor)
            for key, name in orders.items():
                cursor.execute(sql.NAME_PLACE, (name, self._project, key))
                for address, _, usd in self._dropped(cursor, (key,)):
                    self._note(cursor, what, address, key, name, usd)

        self._database.run(work)

    def unanswered(self) -> tuple[Unanswered, ...]:
        """Return the project's orders without an answer.

        Raises:
            StateError: they cannot be read.
        """
        return self._database.run(lambda cursor: unanswered_of(cursor, self._project))

    def close(self, keys: Iterable[str], what: str) -> None:
        """Let go of orders, with why: `refused` or `let go`; their places are free.

        Raises:
            StateError: it could not be noted.
        """
        given = tuple(keys)

        def work(cursor: Cursor) -> None:
            self._check(cursor)
            cursor.execute(sql.FREE_PLACES, (self._project, list(given)))
            for address, key, usd in self._dropped(cursor, given):
                self._note(cursor, what, address, key, None, usd)

        if given:
            self._database.run(work)

    def _dropped(self, cursor: Cursor, keys: Collection[str]) -> list[tuple[str, str, object]]:
        return list(cursor.execute(sql.DROP_INTENTS, (self._project, list(keys))).fetchall())

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
        told = uuid.uuid5(uuid.NAMESPACE_OID, f"{self._project} {translation_id}")
        number = uuid.uuid4() if translation_id is None else told
        cursor.execute(sql.AUDIT, (number, self._project, what, address, key, translation_id, usd))


def unanswered_of(cursor: Cursor, project: str) -> tuple[Unanswered, ...]:
    """Return a project's orders without an answer, the oldest first."""
    return tuple(Unanswered(*row) for row in cursor.execute(sql.INTENTS, (project,)).fetchall())
