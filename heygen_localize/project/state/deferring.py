"""What has targets delivered, written by those who change their jobs or find them amiss."""

from __future__ import annotations

from collections.abc import Collection

from heygen_localize.project.state import task_sql
from heygen_localize.project.state.connection import Cursor, Database


def defer(cursor: Cursor, project: str, addresses: Collection[str]) -> None:
    """Have targets delivered whose jobs changed, in the transaction that writes so.

    Where no worker ever served the project, nothing is deferred.
    """
    cursor.execute(task_sql.DEFER, (list(addresses), project))


def catch_up(cursor: Cursor, project: str, undelivered: Collection[str]) -> None:
    """Have all targets delivered that are not yet, and forget failures of those that are.

    What failed before waits for somebody to look.
    """
    given = list(undelivered)
    cursor.execute(task_sql.DEFER_NEW, (given, project))
    cursor.execute(task_sql.DROP_SETTLED, (project, given))


def free_places(cursor: Cursor, project: str, ended: Collection[str]) -> None:
    """Let go of the places of a project's jobs that have ended, by their ids.

    Whoever orders next would do it; until then a fleet looks busy that is not.
    """
    held = [row[0] for row in cursor.execute(task_sql.PLACES_OF, (project,)).fetchall()]
    over = [name for name in held if name in ended]
    if over:
        cursor.execute(task_sql.FREE_OVER, (project, over))


def retry(database: Database, project: str, addresses: Collection[str] | None) -> tuple[str, ...]:
    """Have failed deliveries tried again, all or some; return their addresses.

    Raises:
        StateError: the database refuses, or does not answer.
    """
    given = None if addresses is None else list(addresses)

    def work(cursor: Cursor) -> tuple[str, ...]:
        rows = cursor.execute(task_sql.RETRY, (project, given, given)).fetchall()
        return tuple(sorted(row[0] for row in rows))

    return database.run(work)
