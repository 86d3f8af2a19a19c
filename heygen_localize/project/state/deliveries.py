"""What a worker delivered, noted in its target's entry and in nothing else of the project."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from heygen_localize.core.errors import Where
from heygen_localize.core.lock import Lock, PulledFile
from heygen_localize.core.model import OutputUrls
from heygen_localize.core.objects import StoredObject
from heygen_localize.project.state import sql, task_sql
from heygen_localize.project.state.connection import Cursor, Database
from heygen_localize.project.state.rows import TARGETS, LockRows, lock_of
from heygen_localize.project.working_lock import WorkingLock


class Notes:
    """What is noted of one target while its files come, to be entered at the end."""

    def __init__(self) -> None:
        self._notes: list[Callable[[WorkingLock], None]] = []

    def note_links(self, address: str, translation_id: str, outputs: OutputUrls) -> None:
        """Note links that were signed anew."""
        self._notes.append(lambda lock: lock.note_links(address, translation_id, outputs))

    def note_pulled(self, address: str, translation_id: str, kind: str, file: PulledFile) -> None:
        """Note a file that came, with the job that it is of."""
        self._notes.append(lambda lock: lock.note_pulled(address, translation_id, kind, file))

    def note_stored(self, address: str, kind: str, stored: StoredObject) -> None:
        """Note what was put into a bucket."""
        self._notes.append(lambda lock: lock.note_stored(address, kind, stored))

    def rested(self) -> bool:
        """Return that nothing is to be written before the end."""
        return False

    def save(self) -> None:
        """Write nothing: all is entered at the end."""

    def entered(self, lock: Lock) -> Lock:
        """Return a lock with what was noted, of those jobs that it still counts on."""
        working = WorkingLock(lock)
        for note in self._notes:
            note(working)
        return working.lock


class Shipment(Struct, frozen=True):
    """What came of a target: files that were delivered now, and how many bytes they have."""

    files: int = 0
    bytes: int = 0


def read_target(database: Database, project: str, address: str) -> Lock:
    """Return a lock of one target alone; of none where the project has no such entry.

    Raises:
        StateError: the database refuses, or does not answer.
        LockfileError: what stands there is no entry.
    """
    where = Where(file=database.address.shown)
    return database.run(lambda cursor: _read(cursor, project, address, where) or Lock(project))


def _read(cursor: Cursor, project: str, address: str, where: Where) -> Lock | None:
    row = cursor.execute(task_sql.ENTRY, (project, address)).fetchone()
    return None if row is None else lock_of(project, {(TARGETS, address): row[0]}, where)


def enter(
    cursor: Cursor,
    name: tuple[str, str],
    notes: Notes,
    shipment: Shipment,
    *,
    keep_urls: bool,
) -> None:
    """Enter what was delivered of a target, by project and address, into its entry as it is now.

    The project's row has to be locked in this transaction: who writes the whole project meanwhile
    sees by its version that there is something to merge.
    """
    project, address = name
    before = _read(cursor, project, address, Where())
    if before is None:
        return
    after = notes.entered(before)
    rows = LockRows(keep_urls)
    was, now = (rows.of(lock)[TARGETS, address] for lock in (before, after))
    if was != now:
        cursor.execute(sql.PUT_ENTRIES, ([TARGETS], [address], [now], project))
        cursor.execute(sql.NEXT_VERSION, (project,))
    if shipment.files:
        cursor.execute(task_sql.DELIVERED, (project, address, shipment.files, shipment.bytes))
