"""The database: one SQLite connection under one lock, and the tables in it."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

DATABASE_NAME = "sandbox.sqlite3"

_SCHEMA = """
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS jobs (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
    language TEXT NOT NULL, title TEXT, "order" TEXT NOT NULL, created_at REAL NOT NULL,
    started_at REAL NOT NULL, finished_at REAL NOT NULL, price REAL NOT NULL,
    failure_message TEXT, deleted_at REAL, "foreign" INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS jobs_by_end ON jobs (finished_at);
CREATE TABLE IF NOT EXISTS requests (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, note TEXT NOT NULL, status INTEGER);
CREATE TABLE IF NOT EXISTS answers (
    scope TEXT NOT NULL, key TEXT NOT NULL, kept_at REAL NOT NULL,
    status INTEGER NOT NULL, body TEXT NOT NULL, headers TEXT NOT NULL,
    PRIMARY KEY (scope, key));
CREATE TABLE IF NOT EXISTS assets (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
    asset TEXT NOT NULL, listed INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS sessions (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, session TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS shelves (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, shelf TEXT NOT NULL, id TEXT NOT NULL,
    item TEXT NOT NULL, UNIQUE (shelf, id));
"""


class Database:
    """A database, safe to use from many threads.

    Args:
        folder: Where the database lies; made if it is missing.

    Attributes:
        folder: As given.
        lock: Held while a statement, or a transaction, runs.
        connection: The connection.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.lock = threading.RLock()
        self.connection = sqlite3.connect(
            folder / DATABASE_NAME, isolation_level=None, check_same_thread=False
        )
        self.connection.row_factory = sqlite3.Row
        # A reader in another process must not have to wait. The state is for
        # tests, so it need survive a crash of the process, not of the machine.
        self.connection.execute("PRAGMA journal_mode=WAL")
        self.connection.execute("PRAGMA synchronous=OFF")
        self.connection.executescript(_SCHEMA)

    def close(self) -> None:
        """Closes the database; it must not be used afterwards."""
        with self.lock:
            self.connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Makes what is done inside happen wholly or not at all.

        Other threads wait meanwhile. Transactions may be nested; the outermost
        one counts.
        """
        with self.lock:
            if self.connection.in_transaction:
                yield
                return
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self.connection.execute("ROLLBACK")
                raise
            self.connection.execute("COMMIT")

    def rows(self, query: str, *values: object) -> list[sqlite3.Row]:
        """Run one statement and return its rows."""
        with self.lock:
            return self.connection.execute(query, values).fetchall()

    def fact(self, name: str) -> str | None:
        """Gives a named fact about the sandbox itself, or None."""
        rows = self.rows("SELECT value FROM facts WHERE name = ?", name)
        return rows[0]["value"] if rows else None

    def set_fact(self, name: str, value: str) -> None:
        """Writes a named fact about the sandbox itself."""
        self.rows("REPLACE INTO facts VALUES (?, ?)", name, value)
