"""Deleting at HeyGen what a prune came to, one after another, the lockfile abreast of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from heygen_localize.core.deletions import (
    paid_job,
    with_deleted,
    with_paid,
    without_job,
    without_session,
)
from heygen_localize.core.errors import Diagnostic, LockfileError, Where
from heygen_localize.core.lock import Lock, counting_on
from heygen_localize.core.model import JobStatus
from heygen_localize.core.proofread import SessionStatus
from heygen_localize.core.spent import with_lines
from heygen_localize.heygen.client import Client
from heygen_localize.heygen.errors import ApiError
from heygen_localize.planning.prune import (
    PrunableJob,
    PrunableSession,
    Pruned,
    PruneKind,
    PrunePlan,
    Undeleted,
)
from heygen_localize.planning.prune_survey import orphans_of
from heygen_localize.project.account import time_at_heygen
from heygen_localize.project.project import Project
from heygen_localize.system.clock import Clock
from heygen_localize.system.files import step


class PruneWatch(Struct, frozen=True):
    """Who is told: `show` what will be done, `agree` (raises where nobody does).

    `deleted` is told the address and the id of each.
    """

    show: Callable[[PrunePlan, float], None]
    agree: Callable[[PrunePlan], None]
    deleted: Callable[[str, str], None]


class Deletions:
    """Deletes what a prune came to, and keeps the lockfile abreast of it."""

    def __init__(self, prunes: PrunePlan, client: Client, project: Project, clock: Clock) -> None:
        self._prunes, self._client, self._clock = prunes, client, clock
        self._lockfile, self._lock = project.manifest.lock_path.name, project.lock
        self._orphans = orphans_of(project.manifest.targets, project.lock)
        self._store = project.store(project.lock, clock.sleep)

    def run(self, watch: PruneWatch) -> Pruned:
        """Delete one after another.

        Raises:
            LockfileError: it cannot be written, or others changed it meanwhile.
            ApiFailure: HeyGen does not answer any more.
        """
        if self._prunes.spent:
            spent = with_lines(self._lock.spent, self._prunes.spent)
            self._lock = replace(self._lock, spent=spent)
        for name in self._prunes.gone:
            paid = paid_job(self._lock, name)
            if paid is not None:
                self._lock = with_paid(self._lock, name, paid)
            self._lock = without_job(self._lock, name, self._orphans)
        for name in self._prunes.sessions.gone:
            self._lock = without_session(self._lock, name, self._orphans)
        if self._prunes.gone or self._prunes.sessions.gone:
            self._write()
        # Sessions first: with an orphan's last job all is forgotten that the lock has of it.
        done, undone = self._sessions(watch)
        deleted: list[PrunableJob] = []
        refused: list[Undeleted] = []
        for item in self._prunes.doomed:
            problem = self._delete(item)
            if problem is not None:
                refused.append(Undeleted(item.id, item.address, problem))
                continue
            deleted.append(item)
            watch.deleted(item.address, item.id)
        if self._prunes.items:
            self._write()
        jobs = (tuple(deleted), tuple(refused))
        return Pruned(self._prunes, self._clock.now(), False, *jobs, tuple(done), tuple(undone))

    def _sessions(self, watch: PruneWatch) -> tuple[list[PrunableSession], list[Undeleted]]:
        done: list[PrunableSession] = []
        undone: list[Undeleted] = []
        for item in self._prunes.sessions.doomed:
            name = item.id
            problem = self._tell_and_delete(
                item,
                self._lock,
                partial(_session_doubt, self._client, item),
                self._client.delete_session,
            )
            if problem is not None:
                undone.append(Undeleted(name, item.address, problem))
                continue
            step("session.deleted")
            self._lock = without_session(self._lock, name, self._orphans)
            done.append(item)
            watch.deleted(item.address, name)
        return done, undone

    def _delete(self, item: PrunableJob) -> Diagnostic | None:
        name = item.id
        recounted = self._counting_on_twin(item)
        problem = self._tell_and_delete(
            item, recounted, lambda: self._doubt(item), self._client.delete
        )
        if problem is None:
            step("job.deleted")
            self._lock = without_job(self._lock, name, self._orphans)
        return problem

    def _tell_and_delete(
        self,
        item: PrunableJob | PrunableSession,
        lock: Lock,
        doubt: Callable[[], Diagnostic | None],
        delete: Callable[[str], None],
    ) -> Diagnostic | None:
        """Delete a job or a session, once that is in the lockfile; return why it was not to be.

        `lock` is what is written, without the deletion.
        """
        before, name = self._lock, item.id
        try:
            doubts = doubt()
            if doubts is not None:
                return doubts
            # Before it is gone: a key may bring its id back from then on.
            if item.paid is not None:
                lock = with_paid(lock, name, item.paid)
            self._lock = with_deleted(lock, name, self._time())
            self._write()
            delete(name)
        except ApiError as failure:
            if failure.refuses_account or failure.passing:
                raise
            deleted = {id_: at for id_, at in self._lock.deleted.items() if id_ != name}
            self._lock = replace(
                self._lock, entries=before.entries, deleted=deleted, paid=before.paid
            )
            return failure.problems[0]
        return None

    def _doubt(self, item: PrunableJob) -> Diagnostic | None:
        """Make sure by id that what a duplicate's content keeps is there; return why it is not."""
        stays = item.stays
        if stays is None:
            return None
        found = self._client.job(stays.id)
        if found and found.status is JobStatus.COMPLETED and found.mark == stays.mark:
            return None
        return Diagnostic(
            "twin_missing",
            f"{stays.id}, which was to stay in its place, is not there as it was",
            hint="run localize prune again: it lists the account again",
        )

    def _counting_on_twin(self, item: PrunableJob) -> Lock:
        if item.stays is None:
            return self._lock
        entries = {
            address: counting_on(entry, item.stays)
            if entry.job.translation_id == item.id and address not in self._orphans
            else entry
            for address, entry in self._lock.entries.items()
        }
        return replace(self._lock, entries=entries)

    def _write(self) -> None:
        """Write the lockfile; if others changed it, what may be deleted is not known any more."""
        written = self._store.write(self._lock, self._time())
        ours = self._lock
        if (written.entries, written.sessions) != (ours.entries, ours.sessions):
            raise LockfileError(
                "another process changed the lockfile meanwhile",
                code="lockfile_changed",
                where=Where(file=self._lockfile),
                hint="nothing more was deleted; run localize prune again",
            )
        self._lock = written

    def _time(self) -> int:
        # No time of this machine's goes into a lockfile where it can be helped.
        return int(time_at_heygen(self._client, self._clock))


def _session_doubt(client: Client, item: PrunableSession) -> Diagnostic | None:
    """Make sure by ids that a session is as it was, and what its targets count on is there.

    Return why that is not so.

    Raises:
        ApiFailure: no usable answer.
    """
    found = client.session(item.id)
    alive = found is not None and found.status is not item.status
    if alive or (found is not None and item.kind is PruneKind.EXPIRED):
        return _changed(f"{item.id} is not as it was any more")
    for name in item.stays:
        there = client.session(name)
        if there is None or there.status is not SessionStatus.COMPLETED:
            return _changed(f"{name}, which was to stay in its place, is not there as it was")
    return None


def _changed(message: str) -> Diagnostic:
    hint = "run localize prune again: it lists the account again"
    return Diagnostic("session_changed", message, hint=hint)
