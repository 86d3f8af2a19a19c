"""The state on disk: one SQLite database, with records, facts, requests and kept answers."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from heygen_localize.sandbox.records import KeptAnswer, RequestNote

_SCHEMA = """
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS records (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, id TEXT NOT NULL,
    record TEXT NOT NULL, UNIQUE (kind, id));
CREATE TABLE IF NOT EXISTS requests (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, note TEXT NOT NULL, status INTEGER);
CREATE TABLE IF NOT EXISTS answers (
    scope TEXT NOT NULL, key TEXT NOT NULL, kept_at REAL NOT NULL,
    status INTEGER NOT NULL, body TEXT NOT NULL, headers TEXT NOT NULL,
    PRIMARY KEY (scope, key));
"""


def _request_note(row: tuple[int, str, int | None]) -> RequestNote:
    values = json.loads(row[1])
    return RequestNote(**values | {"faults": tuple(values["faults"]), "status": row[2]})


class Store:
    """Everything that a sandbox remembers, safe to use from many threads.

    What is read often is held in memory, and written through.

    Args:
        folder: Where the database lies; made if it is missing.

    Attributes:
        folder: As given.
        lock: Held while a statement, or a transaction, runs.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.lock = threading.RLock()
        self._connection = sqlite3.connect(
            folder / "state.sqlite3", isolation_level=None, check_same_thread=False
        )
        self._undo: list[Callable[[], object]] = []
        with ExitStack() as unless_it_opens:
            unless_it_opens.callback(self._connection.close)
            # The state is for tests, so it need survive a crash of the process, not of
            # the machine. A reader in another process must not have to wait.
            self._connection.execute("PRAGMA synchronous=OFF")
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.executescript(_SCHEMA)
            self._facts: dict[str, str] = dict(self.rows("SELECT name, value FROM facts"))
            query = "SELECT sequence, note, status FROM requests ORDER BY sequence"
            self._requests = {row[0]: _request_note(row) for row in self.rows(query)}
            unless_it_opens.pop_all()

    def close(self) -> None:
        """Close the database; it must not be used afterwards."""
        with self.lock:
            self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make what is done inside happen wholly or not at all.

        Other threads wait meanwhile. Transactions may be nested; the outermost
        one counts.
        """
        with self.lock:
            if self._connection.in_transaction:
                yield
                return
            self._undo.clear()
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                for step in reversed(self._undo):
                    step()
                raise
            self._connection.execute("COMMIT")

    def on_rollback(self, step: Callable[[], object]) -> None:
        """Have a change in memory undone if the transaction that it is made in fails."""
        if self._connection.in_transaction:
            self._undo.append(step)

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Run one statement and return its rows."""
        with self.lock:
            return self._connection.execute(query, values).fetchall()

    def fact(self, name: str) -> str | None:
        """Return a named fact about the sandbox itself, or None."""
        return self._facts.get(name)

    def set_fact(self, name: str, value: str) -> None:
        """Write a named fact about the sandbox itself."""
        with self.lock:
            self.rows("REPLACE INTO facts VALUES (?, ?)", name, value)
            before = self._facts
            self.on_rollback(lambda: setattr(self, "_facts", before))
            self._facts = {**before, name: value}

    def add_request(self, note: RequestNote) -> int:
        """Note a request on its arrival and return the number of the note."""
        with self.lock:
            query, text = "INSERT INTO requests (note) VALUES (?)", json.dumps(vars(note))
            number = self._connection.execute(query, (text,)).lastrowid or 0
            self._requests[number] = note
        return number

    def set_request_status(self, number: int, status: int) -> None:
        """Note the status that a request was answered with."""
        with self.lock:
            self._requests[number] = replace(self._requests[number], status=status)
            self.rows("UPDATE requests SET status = ? WHERE sequence = ?", status, number)

    def requests(self) -> list[RequestNote]:
        """Return every request in the order of arrival."""
        with self.lock:
            return list(self._requests.values())

    def answer(self, scope: str, key: str, kept_since: float) -> KeptAnswer | None:
        """Return the answer kept under a key since a time, or None."""
        query = (
            "SELECT status, body, headers FROM answers WHERE scope = ? AND key = ? AND kept_at > ?"
        )
        for status, body, headers in self.rows(query, scope, key, kept_since):
            return KeptAnswer(status, body, json.loads(headers))
        return None

    def keep_answer(self, scope: str, key: str, now: float, answer: KeptAnswer) -> None:
        """Keep an answer under a key, in place of one that was kept before."""
        values = (answer.status, answer.body, json.dumps(dict(answer.headers)))
        self.rows("REPLACE INTO answers VALUES (?, ?, ?, ?, ?, ?)", scope, key, now, *values)
