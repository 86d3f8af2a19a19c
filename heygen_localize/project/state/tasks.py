"""The queue of tasks: the handful of functions that all else knows it by.

Another queue can take its place that takes a task in the transaction of the state that it
follows from, and ends it in that of what it changed.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Sequence
from enum import Enum
from typing import TypeVar

from msgspec import Struct

from heygen_localize.core.later import Later
from heygen_localize.core.text import sanitize
from heygen_localize.core.version import __version__
from heygen_localize.project.state import sql, task_sql
from heygen_localize.project.state.claim import carry_over
from heygen_localize.project.state.connection import Cursor, Database
from heygen_localize.project.state.deferring import catch_up

_Done = TypeVar("_Done")

BEAT_SECONDS = 5.0
DEAD_AFTER_SECONDS = 30.0
"""A worker that told nothing for so long is taken for dead, and others do its tasks."""

_TENDING = "localize tends to tasks"
_LONGEST_REASON = 500


class TaskKind(Enum):
    """What there is to do; an older worker leaves kinds alone that it does not know."""

    PASS = "pass"  # noqa: S105 - no password
    DELIVER = "deliver"


class Task(Struct, frozen=True):
    """Something to do that this worker took. `tries` counts those that failed in a row."""

    project: str
    kind: TaskKind
    address: str
    fence: int
    tries: int

    def __str__(self) -> str:
        """Name it for people."""
        return " ".join(filter(None, (self.kind.value, self.project, self.address)))


class TakenAway(Exception):
    """A task is not ours any more: we were taken for dead, or have ended it unheard."""


class TaskQueue:
    """The tasks of some projects, as one worker sees them; `has_key` says whether it may order.

    `names` are those of each project, the present one first.
    """

    def __init__(
        self, database: Database, names: Sequence[Sequence[str]], *, has_key: bool
    ) -> None:
        self.database, self.has_key = database, has_key
        self._names = sorted(tuple(each) for each in names)
        self.projects = [each[0] for each in self._names]
        self.worker: int | None = None
        self._taking = threading.Lock()
        self._held: set[Task] = set()
        self._session = 0
        self._signed_off = False

    def sign_on(self, *, deliver: bool) -> int:
        """Become known as a worker, by the number that is returned.

        With `deliver`, what is completed is left to workers from now on. What is known of a project
        by an earlier name goes by its present one from now on, as with every run that writes.

        Raises:
            BusyError: somebody writes a project by its earlier name.
            StateError: the database refuses, or does not answer.
        """

        def work(cursor: Cursor) -> int:
            for names in self._names:
                carry_over(cursor, names)
            cursor.execute(task_sql.SERVE, (deliver, self.projects))
            return self._register(cursor)

        with self._taking:
            self.worker = number = self.database.run(work)
        return number

    def _register(self, cursor: Cursor) -> int:
        host = sanitize(socket.gethostname(), 100)
        values = (host, os.getpid(), __version__, self.projects)
        found: int = cursor.execute(task_sql.REGISTER, values).fetchone()[0]
        return found

    def _known(self, cursor: Cursor) -> int:
        """Tell that this worker lives; return its number, a new one where it was taken for dead."""
        row = cursor.execute(task_sql.BEAT, (self.worker,)).fetchone()
        return self._register(cursor) if row is None else int(row[0])

    def beat(self) -> int:
        """Tell that this worker lives; return its number: a new one if it was taken for dead.

        Who has signed off tells nothing any more.

        Raises:
            StateError: the database refuses, or does not answer.
        """
        with self._taking:
            if not self._signed_off:
                self.worker = self.database.run(self._known)
            return self.worker or 0

    def tend(self, most: int) -> tuple[int, ...]:
        """Give back what dead workers had; return those that are found dead now.

        A delivery that `most` workers died of has failed.

        Raises:
            StateError: the database refuses, or does not answer.
        """

        def work(cursor: Cursor) -> tuple[int, ...]:
            if not cursor.execute(sql.TRY_LOCK_NOW, (_TENDING,)).fetchone()[0]:
                return ()
            dead = cursor.execute(task_sql.BURY, (DEAD_AFTER_SECONDS,)).fetchall()
            cursor.execute(task_sql.GIVE_BACK, (most,))
            cursor.execute(task_sql.FORGET_DELIVERIES)
            return tuple(row[0] for row in dead)

        return self.database.run(work)

    def sign_off(self) -> None:
        """Hand back what is not done, and be no worker any more.

        Raises:
            StateError: the database refuses, or does not answer.
        """

        def work(cursor: Cursor) -> None:
            cursor.execute(task_sql.HAND_BACK, (self.worker, []))
            cursor.execute(task_sql.SIGN_OFF, (self.worker,))

        with self._taking:
            self._signed_off = True
            self.database.run(work)

    def ask_for_passes(self) -> None:
        """Have each project passed over soon.

        Raises:
            StateError: the database refuses, or does not answer.
        """
        self.database.run(lambda cursor: cursor.execute(task_sql.ASK_FOR_PASSES, (self.projects,)))

    def catch_up(self, project: str, undelivered: Sequence[str]) -> None:
        """Have targets of a project delivered that are not yet.

        Raises:
            StateError: the database refuses, or does not answer.
        """
        self.database.run(lambda cursor: catch_up(cursor, project, undelivered))

    def take(self, kind: TaskKind) -> Task | None:
        """Take the task of a kind that is due for longest; None where none is.

        Who was taken for dead takes none until he is known again, by his next beat.

        Raises:
            StateError: the database refuses, or does not answer.
        """
        given = (kind.value, self.projects, self.has_key)

        def work(cursor: Cursor) -> Task | None:
            if self.database.session != self._session:
                # A connection broke: what was taken by it may have come to pass unheard.
                held = [f"{task.kind.value} {task.project} {task.address}" for task in self._held]
                cursor.execute(task_sql.HAND_BACK, (self.worker, held))
            row = cursor.execute(task_sql.TAKE, (self.worker, *given)).fetchone()
            return None if row is None else Task(row[0], TaskKind(row[1]), *row[2:])

        with self._taking:
            taken = self.database.run(work)
            self._session = self.database.session
            if taken is not None:
                self._held.add(taken)
        return taken

    def let_go(self, task: Task) -> None:
        """Leave a task to be handed back with the others that this worker has not ended."""
        self._held.discard(task)

    def end(
        self, task: Task, later: Later | None, work: Callable[[Cursor], None] | None = None
    ) -> None:
        """End a task in one transaction with what `work` writes of it.

        `later` is when it is to be done again. Without, it is gone, unless it was asked for again
        meanwhile. The project's row is locked, as by everyone who writes its entries.

        Raises:
            TakenAway: somebody else has it by now; nothing was written.
            StateError: the database refuses, or does not answer.
        """
        name = (task.project, task.kind.value, task.address)

        def ended(cursor: Cursor) -> None:
            cursor.execute(task_sql.LOCKED_PROJECT, (task.project,))
            row = cursor.execute(task_sql.HELD, (*name, task.fence)).fetchone()
            if row is None:
                raise TakenAway(f"{task} is not this worker's any more")
            if work is not None:
                work(cursor)
            then = Later() if row[0] and (later is None or later.failed) else later
            if then is None:
                cursor.execute(task_sql.END, name)
                return
            reason = None if then.reason is None else sanitize(then.reason, _LONGEST_REASON)
            state = "failed" if then.failed else "waiting"
            told = (state, then.tries, reason, then.settled, then.keyed, then.seconds)
            cursor.execute(task_sql.WAIT, (*told, *name))

        try:
            self.database.run(ended)
        except TakenAway:
            self._held.discard(task)
            raise
        self._held.discard(task)

    def left(self, most: int) -> tuple[int, int]:
        """Return how many passes and deliveries are still to be waited for.

        A pass that failed `most` times in a row is not.

        Raises:
            StateError: the database refuses, or does not answer.
        """
        given = {"most": most, "key": self.has_key, "projects": self.projects}
        row = self.database.run(lambda cursor: cursor.execute(task_sql.OPEN, given).fetchone())
        return row[0], row[1]

    def troubles(self, *, keyed: bool) -> int:
        """Return how many tasks failed for good, passes that did not go well among them.

        With `keyed` so did deliveries that are left to a worker with the key, as this one has none.

        Raises:
            StateError: the database refuses, or does not answer.
        """
        given = (self.projects, keyed and not self.has_key)
        row = self.database.run(lambda cursor: cursor.execute(task_sql.FAILED, given).fetchone())
        return int(row[0])
