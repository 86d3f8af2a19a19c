"""The tables: made, and brought up to our version. Nothing is ever taken out of them."""

from __future__ import annotations

from heygen_localize.project.state import sql
from heygen_localize.project.state.connection import Cursor, Database, newer


def migrate(database: Database) -> tuple[int, int]:
    """Make the tables, or bring them up to our version; return the version before and now.

    Raises:
        StateError: they are of a later version, or this user may not.
    """

    def work(cursor: Cursor) -> tuple[int, int]:
        cursor.execute(sql.MIGRATING)
        if not cursor.execute(sql.MADE).fetchone()[0]:
            cursor.execute(sql.MAKE)
        before = cursor.execute(sql.SCHEMA_VERSION).fetchone()[0] or 0
        if before > sql.VERSION:
            raise newer(database.address, before)
        for version, statements in enumerate(sql.MIGRATIONS, 1):
            if version > before:
                cursor.execute(statements)
                cursor.execute(sql.MIGRATED, (version,))
        return before, sql.VERSION

    return database.run(work, checked=False)
