"""How a project stands in a database: for people who look after it."""

from __future__ import annotations

from msgspec import Struct

from heygen_localize.project.state import sql
from heygen_localize.project.state.claim import lock_name, name_in
from heygen_localize.project.state.connection import Cursor
from heygen_localize.project.state.postgres import PostgresState


class Standing(Struct, frozen=True):
    """What a database has of a project; `holder` is who writes to it now, None if nobody does.

    `schema` is the version of the tables, `version` counts the writings of the project.
    """

    project: str
    schema: int
    read_only: bool
    version: int = 0
    targets: int = 0
    answers: int = 0
    holder: str | None = None


def standing(state: PostgresState) -> Standing:
    """Look at a project in a database.

    Raises:
        StateError: it cannot be read.
    """

    def work(cursor: Cursor) -> Standing:
        name = name_in(cursor, state.names) or state.names[0]
        read_only = cursor.execute(sql.IS_READ_ONLY).fetchone()[0]
        held = cursor.execute(sql.IS_HELD, (lock_name(name),)).fetchone()[0]
        row = cursor.execute(sql.COUNTS, (name,)).fetchone()
        version, holder, targets, answers = row or (0, None, 0, 0)
        writer = (holder or "an unknown process") if held else None
        return Standing(name, sql.VERSION, read_only, version, targets, answers, writer)

    return state.database.run(work)
