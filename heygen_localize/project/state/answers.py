"""Answers that were paid for, in a table; in a file beside the manifest where that fails."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from heygen_localize.core.errors import LocalizeError
from heygen_localize.project.journal import Answer, Journal, line_of, read_line
from heygen_localize.project.process_lock import journal_path
from heygen_localize.project.state import sql
from heygen_localize.project.state.claim import Claim, name_in
from heygen_localize.project.state.connection import Cursor, Database
from heygen_localize.system.files import step


class PostgresJournal:
    """The answers of a project; in a file of this machine where the database does not take them.

    Then they go into the database with the entries, by the next command on this machine.
    """

    def __init__(
        self, database: Database, claim: Claim, names: Sequence[str], manifest: Path
    ) -> None:
        self._database, self._claim, self._names = database, claim, names
        self._project = names[0]
        self._file = Journal(journal_path(manifest))

    def read(self) -> tuple[Answer, ...]:
        """Read what a run before this one could not bring into the entries.

        Raises:
            StateError: the database cannot be read.
            JournalError: the file cannot be read.
        """
        found = self._database.run(self._rows)
        kept = (read_line(body.encode()) for body in found)
        answers = [answer for answer in kept if answer is not None]
        return tuple(dict.fromkeys([*answers, *self._file.read()]))

    def _rows(self, cursor: Cursor) -> list[str]:
        name = name_in(cursor, self._names)
        return [row[0] for row in cursor.execute(sql.READ_ANSWERS, (name,))]

    def append(self, answers: Iterable[Answer]) -> None:
        """Keep answers for good, whether the database answers or not.

        Raises:
            OSError: neither it nor the disk takes them.
        """
        given = tuple(answers)

        def work(cursor: Cursor) -> None:
            self._claim.check(cursor)
            for answer in given:
                values = (self._project, answer.translation_id, answer.address, line_of(answer))
                cursor.execute(sql.PUT_ANSWER, values)

        try:
            self._database.run(work)
        except LocalizeError:
            self._file.append(given)
        step("journal.synced")

    def settle(self, ended: Collection[str], now: float) -> None:
        """Forget answers, now that the entries are written, as `Journal.settle` does.

        Raises:
            OSError: the file cannot be changed.
            StateError: the database cannot be written.
        """

        def work(cursor: Cursor) -> None:
            old = []
            for body in self._rows(cursor):
                answer = read_line(body.encode())
                if answer is None or not answer.fresh(now) or answer.translation_id in ended:
                    old.append(body)
            if old:
                self._claim.check(cursor)
                cursor.execute(sql.DROP_ANSWERS, (self._project, old))

        self._database.run(work)
        self._file.settle(ended, now)
