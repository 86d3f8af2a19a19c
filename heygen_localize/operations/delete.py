"""Deleting at the vendor what a prune came to, one after another, the lockfile abreast of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from heygen_localize.core.deletions import with_deleted, without_session
from heygen_localize.core.errors import LockfileError, Problem, Where
from heygen_localize.core.lock import Lock, counting_on, without_job
from heygen_localize.core.model import JobStatus, LockUrls, Manifest
from heygen_localize.heygen.client import Client
from heygen_localize.heygen.errors import ApiError
from heygen_localize.operations.session_facts import doubt_about
from heygen_localize.planning.prune import (
    Prunable,
    PrunableSession,
    Pruned,
    PrunePlan,
    Undeleted,
    UndeletedSession,
)
from heygen_localize.planning.prune_survey import orphans_of
from heygen_localize.project.lockfile.store import LockStore
from heygen_localize.system.clock import Clock
from heygen_localize.system.files import step


@dataclass(frozen=True)
class PruneWatch:
    """Who is told: `show` what will be done, `agree` (raises where nobody does).

    `deleted` is told the address and the id of each.
    """

    show: Callable[[PrunePlan, float], None]
    agree: Callable[[PrunePlan], None]
    deleted: Callable[[str, str], None]


class Deletions:
    """Deletes what a prune came to, and keeps the lockfile abreast of it."""

    def __init__(
        self, prunes: PrunePlan, client: Client, manifest: Manifest, lock: Lock, clock: Clock
    ) -> None:
        self._prunes, self._client, self._clock = prunes, client, clock
        self._path, self._lock = manifest.lock_path, lock
        self._orphans = orphans_of(manifest.targets, lock)
        self._store = LockStore(self._path, lock, manifest.lock_urls is LockUrls.KEEP, clock.sleep)

    def run(self, watch: PruneWatch) -> Pruned:
        """Delete one after another.

        Raises:
            LockfileError: it cannot be written, or others changed it meanwhile.
            ApiFailure: the vendor does not answer any more.
        """
        for name in self._prunes.gone:
            self._lock = without_job(self._lock, name, self._orphans)
        for name in self._prunes.sessions.gone:
            self._lock = without_session(self._lock, name, self._orphans)
        if self._prunes.gone or self._prunes.sessions.gone:
            self._write()
        # Sessions first: with an orphan's last job all is forgotten that the lock has of it.
        done, undone = self._sessions(watch)
        deleted: list[Prunable] = []
        refused: list[Undeleted] = []
        for item in self._prunes.doomed:
            problem = self._delete(item)
            if problem is not None:
                refused.append(Undeleted(item.translation_id, item.address, problem))
                continue
            deleted.append(item)
            watch.deleted(item.address, item.translation_id)
        if self._prunes.count:
            self._write()
        jobs = (tuple(deleted), tuple(refused))
        return Pruned(self._prunes, self._clock.now(), False, *jobs, tuple(done), tuple(undone))

    def _sessions(self, watch: PruneWatch) -> tuple[list[PrunableSession], list[UndeletedSession]]:
        done: list[PrunableSession] = []
        undone: list[UndeletedSession] = []
        for item in self._prunes.sessions.doomed:
            name = item.proofread_id
            problem = self._tell_and_delete(
                name,
                self._lock,
                partial(doubt_about, self._client, item),
                self._client.delete_session,
            )
            if problem is not None:
                undone.append(UndeletedSession(name, item.address, problem))
                continue
            step("session.deleted")
            self._lock = without_session(self._lock, name, self._orphans)
            done.append(item)
            watch.deleted(item.address, name)
        return done, undone

    def _delete(self, item: Prunable) -> Problem | None:
        """Delete one job; give why it was not to be."""
        name = item.translation_id
        recounted = self._counting_on_twin(item)
        problem = self._tell_and_delete(
            name, recounted, lambda: self._doubt(item), self._client.delete
        )
        if problem is None:
            step("job.deleted")
            self._lock = without_job(self._lock, name, self._orphans)
        return problem

    def _tell_and_delete(
        self,
        name: str,
        lock: Lock,
        doubt: Callable[[], Problem | None],
        delete: Callable[[str], None],
    ) -> Problem | None:
        """Delete what has an id, once that is in the lockfile; give why it was not to be.

        `lock` is what is written, without the deletion.

        Raises:
            LockfileError: it cannot be written, or others changed it meanwhile.
            ApiFailure: the vendor does not answer any more.
        """
        before = self._lock
        try:
            doubts = doubt()
            if doubts is not None:
                return doubts
            # Before it is gone: a key may bring its id back from then on.
            self._lock = with_deleted(lock, name, self._vendors_time())
            self._write()
            delete(name)
        except ApiError as failure:
            if failure.refuses_account or failure.passing:
                raise
            deleted = {id_: at for id_, at in self._lock.deleted.items() if id_ != name}
            self._lock = replace(self._lock, entries=before.entries, deleted=deleted)
            return failure.problems[0]
        return None

    def _doubt(self, item: Prunable) -> Problem | None:
        """Make sure by id that what a duplicate's content keeps is there; give why it is not."""
        stays = item.stays
        if stays is None:
            return None
        found = self._client.job(stays.id)
        there = found is not None and found.status is JobStatus.COMPLETED
        if there and found is not None and found.mark == stays.mark:
            return None
        return Problem(
            "twin_missing",
            f"{stays.id}, which was to stay in its place, is not there as it was",
            hint="run localize prune again: it looks at the account anew",
        )

    def _counting_on_twin(self, item: Prunable) -> Lock:
        """Let the targets that count on a duplicate count on the job that stays."""
        if item.stays is None:
            return self._lock
        entries = {
            address: counting_on(entry, item.stays)
            if entry.job.translation_id == item.translation_id and address not in self._orphans
            else entry
            for address, entry in self._lock.entries.items()
        }
        return replace(self._lock, entries=entries)

    def _write(self) -> None:
        """Write the lockfile; where others changed it, what may be deleted is not known any more.

        Raises:
            LockfileError: so it is, or it cannot be written.
        """
        written = self._store.write(self._lock, self._vendors_time())
        ours = self._lock
        if (written.entries, written.sessions) != (ours.entries, ours.sessions):
            raise LockfileError(
                "others changed the lockfile while this one worked",
                code="lockfile_changed",
                where=Where(file=self._path.name),
                hint="nothing more was deleted; run localize prune again",
            )
        self._lock = written

    def _vendors_time(self) -> int:
        """Return the time of the vendor's last answer, in seconds since 1970; else ours.

        No time of this machine's goes into a lockfile where it can be helped.
        """
        now = self._clock.now()
        return int(now - (self._client.clock_skew(now) or 0.0))
