"""The right to write a project, which one process has at a time, on whatever machine."""

from __future__ import annotations

import time
from collections.abc import Sequence

from heygen_localize.core.errors import BusyError, StateGoneError
from heygen_localize.core.text import sanitize
from heygen_localize.project.state import sql
from heygen_localize.project.state.connection import Cursor, Database
from heygen_localize.project.state.refusals import NOTHING_LOST

_LET_GO_WITHIN = 0.5
"""Seconds; the session of a run that was just killed ends a moment later."""


class Claim:
    """The right to write a project: a lock of the session, and a number that it goes by.

    Where the session is lost, somebody else may take both; then nothing is written any more.
    """

    def __init__(self, database: Database, project: str) -> None:
        self._database, self._project = database, project
        self._fence: int | None = None
        self._session = 0

    @property
    def name(self) -> str:
        """What the session's lock goes by."""
        return lock_name(self._project)

    def take(self) -> None:
        """Become the one who writes.

        Raises:
            BusyError: somebody else does.
        """
        deadline = time.monotonic() + _LET_GO_WITHIN
        while not self._database.run(self._taken):
            if time.monotonic() > deadline:
                raise self._database.run(lambda cursor: busy(cursor, self._project))
            time.sleep(0.1)
        self._database.again = self.renew

    def _taken(self, cursor: Cursor) -> bool:
        if not cursor.execute(sql.TRY_LOCK, (self.name,)).fetchone()[0]:
            return False
        self._fence = cursor.execute(sql.TAKE_PROJECT, (self._project,)).fetchone()[0]
        self._session = cursor.connection.info.backend_pid
        return True

    def renew(self, cursor: Cursor) -> None:
        """Take the session's lock again after a connection broke.

        The server may not know yet that our own earlier session is over, so that is ended first.

        Raises:
            StateGoneError: somebody else took it meanwhile.
        """
        if self._fence is None:
            return
        cursor.execute(sql.END_SESSION, (self._session,))
        deadline = time.monotonic() + _LET_GO_WITHIN
        while not cursor.execute(sql.TRY_LOCK, (self.name,)).fetchone()[0]:
            if time.monotonic() > deadline:
                raise self._lost()
            time.sleep(0.05)
        with cursor.connection.transaction():
            self.check(cursor)
        self._session = cursor.connection.info.backend_pid

    def check(self, cursor: Cursor) -> None:
        """Make sure, in the transaction that writes, that nobody else may.

        Raises:
            StateGoneError: somebody else may by now.
        """
        row = cursor.execute(sql.PROJECT_FENCE, (self._project,)).fetchone()
        if row is None or row[0] != self._fence:  # which is None where nothing was taken
            raise self._lost()

    def _lost(self) -> StateGoneError:
        return StateGoneError(
            f"the connection to the shared state broke, and another localize works on "
            f"{self._project} since",
            code="state_taken_over",
            hint=NOTHING_LOST,
        )

    def release(self) -> None:
        """Write no more; the session that ends lets somebody else."""
        self._database.again, self._fence = None, None


def busy(cursor: Cursor, project: str) -> BusyError:
    """Say who writes a project."""
    row = cursor.execute(sql.HOLDER, (project,)).fetchone()
    holder = sanitize((row and row[0]) or "an unknown process", 100)
    return BusyError(
        f"another localize works on {project} in the shared state: {holder}",
        hint="wait for it to end, then run this again: nothing is paid twice",
    )


def name_in(cursor: Cursor, names: Sequence[str]) -> str | None:
    """Return which of a project's names the database knows it by, the present one first."""
    found = {row[0] for row in cursor.execute(sql.NAMES, (list(names),))}
    return next((name for name in names if name in found), None)


def carry_over(cursor: Cursor, names: Sequence[str]) -> None:
    """Let a project that is known by an earlier one of its names have its present one, the first.

    Raises:
        BusyError: somebody writes it by its earlier one.
    """
    known = name_in(cursor, names)
    if known in (None, names[0]):
        return
    if not cursor.execute(sql.TRY_LOCK_NOW, (lock_name(known),)).fetchone()[0]:
        raise busy(cursor, known)
    cursor.execute(sql.RENAME, (names[0], known))


def lock_name(project: str) -> str:
    """Return what the lock of a project's writer is called in the database."""
    return f"localize project {project}"
