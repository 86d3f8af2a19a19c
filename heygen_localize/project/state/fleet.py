"""Looking at a fleet in its database. What stands there may be a stranger's: it is cleaned."""

from __future__ import annotations

from collections import defaultdict

from heygen_localize.core.text import sanitize
from heygen_localize.planning.fleet import (
    AccountPlaces,
    Doing,
    Fleet,
    FleetWorker,
    Queue,
    Rate,
    Trouble,
)
from heygen_localize.project.state import sql, task_sql
from heygen_localize.project.state.connection import Cursor, Database
from heygen_localize.project.state.tasks import DEAD_AFTER_SECONDS

_MOST_WORKERS = 1000
_MOST_TROUBLES = 100
_LONGEST = 200


def fleet_of(database: Database) -> Fleet:
    """Return the fleet as it is at one moment.

    Raises:
        StateError: the database refuses, or does not answer.
    """

    def work(cursor: Cursor) -> Fleet:
        cursor.execute(sql.SNAPSHOT)
        minute, minute_bytes, hour, hour_bytes = cursor.execute(task_sql.RATES).fetchone()
        return Fleet(
            where=database.address.shown,
            queues=_queues(cursor),
            workers=_workers(cursor),
            places=tuple(
                AccountPlaces(_clean(row[0], 64), row[1])
                for row in cursor.execute(task_sql.ACCOUNT_PLACES).fetchall()
            ),
            minute=Rate(minute, minute_bytes),
            hour=Rate(hour, hour_bytes),
            troubles=_troubles(cursor),
            trouble_count=cursor.execute(task_sql.TROUBLE_COUNT).fetchone()[0],
        )

    return database.run(work)


def _clean(text: str, longest: int = _LONGEST) -> str:
    return sanitize(text, longest)


def _queues(cursor: Cursor) -> tuple[Queue, ...]:
    return tuple(
        Queue(
            _clean(project),
            _clean(kind),
            waiting,
            running,
            failed,
            keyed,
            None if age is None or age < 0 else round(age, 1),
        )
        for project, kind, waiting, running, failed, keyed, age in cursor.execute(
            task_sql.QUEUES
        ).fetchall()
    )


def _workers(cursor: Cursor) -> tuple[FleetWorker, ...]:
    doing = defaultdict[int, list[Doing]](list)
    for worker, project, kind, address, age in cursor.execute(task_sql.RUNNING).fetchall():
        doing[worker].append(Doing(_clean(project), _clean(kind), _clean(address), round(age, 1)))
    return tuple(
        FleetWorker(
            id=number,
            host=_clean(host, 100),
            pid=pid,
            version=_clean(version, 40),
            projects=tuple(sorted(_clean(name) for name in projects)),
            since=round(since, 1),
            silent=round(silent, 1),
            alive=silent < DEAD_AFTER_SECONDS,
            doing=tuple(doing.get(number, ())),
        )
        for number, host, pid, version, projects, since, silent in cursor.execute(
            task_sql.WORKERS, (_MOST_WORKERS,)
        ).fetchall()
    )


def _troubles(cursor: Cursor) -> tuple[Trouble, ...]:
    return tuple(
        Trouble(
            _clean(project),
            _clean(kind),
            _clean(address),
            state == "failed",
            tries,
            _clean(reason, 500),
            None if state != "waiting" else round(max(0.0, due), 1),
        )
        for project, kind, address, state, tries, reason, due in cursor.execute(
            task_sql.TROUBLES, (_MOST_TROUBLES,)
        ).fetchall()
    )
