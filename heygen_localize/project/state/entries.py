"""What the lockfile would hold, in a table: a row for each target, upload and approval."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from msgspec import Struct
from msgspec.structs import replace

from heygen_localize.core.deletions import without_old_deletions
from heygen_localize.core.errors import Where
from heygen_localize.core.lock import Lock, LockEntry
from heygen_localize.project.lockfile.merge import merge
from heygen_localize.project.state import sql
from heygen_localize.project.state.claim import Claim
from heygen_localize.project.state.connection import Cursor, Database
from heygen_localize.project.state.deferring import defer
from heygen_localize.project.state.rows import TARGETS, LockRows, Rows, lock_of
from heygen_localize.system.files import step

Undelivered = Callable[[str, LockEntry], bool]
"""Whether a target, by its address, has files that are not where they belong yet."""


class Snapshot(Struct, frozen=True):
    """What the entries of a project were at one moment; version 0 before the first."""

    version: int = 0
    rows: Rows = {}


def snapshot(cursor: Cursor, project: str) -> Snapshot:
    """Read the entries of a project as they are in this transaction."""
    row = cursor.execute(sql.PROJECT_VERSION, (project,)).fetchone()
    if row is None:
        return Snapshot()
    rows = {(part, name): body for part, name, body in cursor.execute(sql.ENTRIES, (project,))}
    return Snapshot(row[0], rows)


class PostgresStore:
    """The entries of one command, from their reading on: what changed is written, and no more."""

    def __init__(
        self,
        database: Database,
        claim: Claim,
        project: str,
        seen: Snapshot,
        rows: LockRows,
        undelivered: Undelivered,
    ) -> None:
        self._database, self._claim, self._project = database, claim, project
        self._known, self._rows, self._undelivered = seen, rows, undelivered

    def write(self, lock: Lock, now: float | None = None) -> Lock:
        """Write the lock, merged with what others wrote meanwhile; return what is kept now.

        Raises:
            StateError: it cannot be written.
        """
        wanted, self._known = self._database.run(lambda cursor: self._written(cursor, lock, now))
        step("lock.written")
        return wanted

    def _written(self, cursor: Cursor, lock: Lock, now: float | None) -> tuple[Lock, Snapshot]:
        self._claim.check(cursor)
        row = cursor.execute(sql.PROJECT_VERSION, (self._project,)).fetchone()
        there, wanted = self._known, lock
        if row is not None and row[0] != self._known.version:
            there, wanted = self._merged(cursor, lock, row[0])
        if now is not None and wanted.deleted and self._rows.of(wanted) != there.rows:
            wanted = without_old_deletions(wanted, now)
        rows = self._rows.of(wanted)
        changed = {name: body for name, body in rows.items() if there.rows.get(name) != body}
        dropped = there.rows.keys() - rows.keys()
        if not changed and not dropped and there.version:
            return wanted, there
        if changed:
            parts, names = zip(*changed, strict=True)
            bodies = list(changed.values())
            cursor.execute(sql.PUT_ENTRIES, (list(parts), list(names), bodies, self._project))
            self._defer(cursor, wanted, changed)
        if dropped:
            parts, names = zip(*dropped, strict=True)
            cursor.execute(sql.DROP_ENTRIES, (list(parts), list(names), self._project))
        cursor.execute(sql.NEXT_VERSION, (self._project,))
        return wanted, Snapshot(there.version + 1, rows)

    def _merged(self, cursor: Cursor, lock: Lock, version: int) -> tuple[Snapshot, Lock]:
        """Return what others made of the entries since, and what that and ours come to.

        While a run has the project, workers alone write, and each its own entry: so no more than
        what changed is read and merged, however many entries there are.
        """
        since = cursor.execute(sql.ENTRIES_SINCE, (self._project, self._known.version))
        news = {(part, name): body for part, name, body in since}
        there = Snapshot(version, {**self._known.rows, **news})
        count = cursor.execute(sql.ENTRY_COUNT, (self._project,)).fetchone()[0]
        if len(there.rows) != count or any(part != TARGETS for part, _ in news):
            there = snapshot(cursor, self._project)
            return there, merge(self._lock(self._known), lock, self._lock(there))
        before = Snapshot(0, {key: body for key, body in self._known.rows.items() if key in news})
        names = {name for _, name in news}
        ours = {name: lock.entries[name] for name in names if name in lock.entries}
        both = merge(self._lock(before), replace(lock, entries=ours), self._lock(Snapshot(0, news)))
        others = {name: entry for name, entry in lock.entries.items() if name not in names}
        return there, replace(lock, entries=dict(sorted({**others, **both.entries}.items())))

    def _defer(self, cursor: Cursor, lock: Lock, changed: Iterable[tuple[str, str]]) -> None:
        """Leave to workers what the targets that changed have to deliver by now."""
        due = [
            name
            for part, name in changed
            if part == TARGETS and self._undelivered(name, lock.entries[name])
        ]
        if due:
            defer(cursor, self._project, due)

    def _lock(self, seen: Snapshot) -> Lock:
        where = Where(file=self._database.address.shown)
        return lock_of(self._project, seen.rows, where)
