"""State in PostgreSQL: one for many machines, of which one at a time writes a project."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

from heygen_localize.core.errors import ManifestError, Where
from heygen_localize.core.lock import Lock
from heygen_localize.core.state_address import StateAddress
from heygen_localize.core.text import sanitize
from heygen_localize.core.unanswered import Unanswered
from heygen_localize.manifest.identity import Heading, heading
from heygen_localize.project.state import sql
from heygen_localize.project.state.answers import PostgresJournal
from heygen_localize.project.state.claim import Claim, carry_over, name_in
from heygen_localize.project.state.connection import Cursor, Database
from heygen_localize.project.state.entries import PostgresStore, Snapshot, Undelivered, snapshot
from heygen_localize.project.state.orders import PostgresOrders, unanswered_of
from heygen_localize.project.state.rows import LockRows, lock_of

_NAME = re.compile(r"[a-z0-9-]{1,40}")


class PostgresState:
    """The state of a manifest's project in a database."""

    shared = True

    def __init__(self, manifest: Path, address: StateAddress) -> None:
        self._manifest = manifest
        self.database = Database(address)
        self._seen = Snapshot()

    @cached_property
    def heading(self) -> Heading:
        """What the manifest says of itself."""
        return heading(self._manifest)

    @property
    def names(self) -> tuple[str, ...]:
        """The project's name, and its earlier ones, as the manifest has them."""
        return self.heading.names

    @cached_property
    def _claim(self) -> Claim:
        return Claim(self.database, self.names[0])

    @property
    def address(self) -> StateAddress:
        """Where the state is."""
        return self.database.address

    @property
    def name(self) -> str:
        """Where the state is, without what is secret in that."""
        return self.address.shown

    @property
    def journal(self) -> PostgresJournal:
        """The answers that are in no entry yet."""
        return PostgresJournal(self.database, self._claim, self.names, self._manifest)

    def read(self, project: str | None = None) -> Lock | None:  # noqa: ARG002 - rows go by names
        """Read the project's entries; None where it has none yet.

        Those of an earlier name are the project's as well.

        Raises:
            StateError: the database cannot be read.
            LockfileError: what stands there is no lock.
        """
        self._seen = self.database.run(self._read)
        if not self._seen.version:
            return None
        return lock_of(self.names[0], self._seen.rows, self._where)

    def _read(self, cursor: Cursor) -> Snapshot:
        cursor.execute(sql.SNAPSHOT)
        name = name_in(cursor, self.names)
        return snapshot(cursor, name) if name is not None else Snapshot()

    @property
    def _where(self) -> Where:
        return Where(file=self.address.shown)

    @contextmanager
    def only_writer(self) -> Iterator[None]:
        """Keep other writers of this project away, on whatever machine.

        Raises:
            BusyError: somebody writes it already.
            ManifestError: what it says is no name; nothing is kept under such a one.
            StateError: the database cannot be written.
        """
        self._refuse_odd_names()
        try:
            self.database.run(lambda cursor: carry_over(cursor, self.names))
            self._claim.take()
            yield
        finally:
            self.database.close()
            self._claim.release()

    def _refuse_odd_names(self) -> None:
        odd = next((name for name in self.names if not _NAME.fullmatch(name)), None)
        if odd is not None:
            raise ManifestError(
                f"a project cannot be called {sanitize(odd, 60)!r}",
                code="invalid_value",
                where=Where(self._manifest.as_posix()),
                hint="a project is of a-z, 0-9 and hyphen, and has at most 40 characters",
            )

    def store(
        self,
        lock: Lock,  # noqa: ARG002 - what was read last is what it is compared with
        keep_urls: bool,
        pause: Callable[[float], None],  # noqa: ARG002 - nothing here is ever half written
        undelivered: Undelivered = lambda _address, _entry: False,
    ) -> PostgresStore:
        """Return what writes the entries, from what was last read of them on."""
        rows = LockRows(keep_urls)
        return PostgresStore(
            self.database, self._claim, self.names[0], self._seen, rows, undelivered
        )

    def orders(self, account: str) -> PostgresOrders:
        """Return what keeps the orders of an account, by whatever stands for it."""
        return PostgresOrders(self.database, self._claim.check, self.names[0], account)

    def unanswered(self) -> tuple[Unanswered, ...]:
        """Return the orders that were sent, and that nobody knows an answer to."""

        def work(cursor: Cursor) -> tuple[Unanswered, ...]:
            name = name_in(cursor, self.names)
            return () if name is None else unanswered_of(cursor, name)

        return self.database.run(work)

    def counted_on_elsewhere(self) -> dict[str, Lock]:
        """Return what the other projects of the database have, by their names."""

        def work(cursor: Cursor) -> dict[str, dict[tuple[str, str], str]]:
            found: dict[str, dict[tuple[str, str], str]] = {}
            for project, part, name, body in cursor.execute(sql.ELSEWHERE, (list(self.names),)):
                found.setdefault(project, {})[part, name] = body
            return found

        projects = self.database.run(work)
        return {name: lock_of(name, rows, self._where) for name, rows in projects.items()}
