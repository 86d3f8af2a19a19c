"""Deleting at the vendor what nobody needs any more: shown, agreed to, one after another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from heygen_localize.client import Client
from heygen_localize.clock import Clock
from heygen_localize.deletions import with_deleted
from heygen_localize.errors import LimitError, LockfileError, Problem, VendorError, Where
from heygen_localize.facts import Account, load, look, pinned_ids, select
from heygen_localize.files import step
from heygen_localize.guard import journal_path, only_one
from heygen_localize.journal import Journal
from heygen_localize.limits import another_account
from heygen_localize.lock import Lock, counting_on, without_job
from heygen_localize.lockstore import LockStore
from heygen_localize.model import JobStatus, Listing, LockUrls, Manifest
from heygen_localize.neighbours import counted_on_elsewhere
from heygen_localize.prune_survey import named_ids, orphans_of, survey
from heygen_localize.prunes import Prunable, Pruned, Prunes, Undeleted
from heygen_localize.refusal import ApiFailure
from heygen_localize.text import counted

_HOLDS = 300.0
"""Seconds after which nothing is deleted on a listing, as nothing is ordered on it."""


@dataclass(frozen=True)
class PruneRequest:
    """What a prune is asked for; without `max_delete` the manifest's limit holds."""

    manifest: Path
    targets: tuple[str, ...] = ()
    max_delete: int | None = None
    dry_run: bool = False


@dataclass(frozen=True)
class PruneWatch:
    """Who is told: `show` what will be done, `agree` (raises where nobody does), `deleted` each."""

    show: Callable[[Prunes, float], None]
    agree: Callable[[Prunes], None]
    deleted: Callable[[Prunable], None]


def prune(request: PruneRequest, account: Account, clock: Clock, watch: PruneWatch) -> Pruned:
    """Delete orphans' jobs, superseded ones and duplicates at the vendor.

    That a job is deleted is in the lockfile before it is asked for, and that nothing counts on
    it any more before the next: a crash between the two leaves an id that the next prune
    finds gone.

    Raises:
        UsageError: a pattern that fits no address.
        ManifestError, LockfileError: they cannot be read or written, or another lockfile
            that may count on the jobs cannot be read.
        LimitError: it is more than the limit, or the account is another one.
        ConsentError: nobody agrees.
        BusyError: another process applies the same manifest.
        VendorError: the account could not be listed whole.
        ApiFailure: the vendor could not be asked, or does not answer any more.
    """
    if not request.manifest.exists():
        load(request.manifest)  # which says what to do
    with only_one(request.manifest):
        manifest, lock = load(request.manifest, account)
        listed_at = clock.monotonic()
        prunes = _survey(request, account, manifest, lock, clock)
        most = manifest.limits.max_delete if request.max_delete is None else request.max_delete
        if prunes.doomed and not (request.dry_run and len(prunes.doomed) <= most):
            watch.show(prunes, clock.now())
        _refuse_too_many(prunes, request, most)
        if request.dry_run:
            return Pruned(prunes, clock.now(), dry_run=True)
        if prunes.doomed:
            watch.agree(prunes)
        if clock.monotonic() - listed_at > _HOLDS:
            prunes = _still(prunes, _survey(request, account, manifest, lock, clock))
        return _Deletions(prunes, account.client, manifest, lock, clock).run(watch)


def _survey(
    request: PruneRequest, account: Account, manifest: Manifest, lock: Lock, clock: Clock
) -> Prunes:
    elsewhere = counted_on_elsewhere(manifest.lock_path)
    answers = Journal(journal_path(manifest.path)).read()
    ids = named_ids(manifest.targets, lock) | pinned_ids(manifest)
    listing = look(account.client, lock, answers, clock.now(), ids)
    _refuse_unknown(lock, listing)
    selected = select(request.targets, manifest, lock)
    return survey(
        manifest.targets, lock, listing, manifest.formerly, manifest.rates, selected, elsewhere
    )


def _refuse_unknown(lock: Lock, listing: Listing) -> None:
    """Make sure that the account is known to its last job, and is the lockfile's.

    Raises:
        VendorError: not all of it could be listed.
        LimitError: it has none of the lockfile's jobs.
    """
    if not listing.complete:
        raise VendorError(
            f"the account could not be listed to its end: {listing.flaw}",
            code="listing_incomplete",
            hint="without a whole list nothing is deleted; run the same command again",
        )
    ids = {entry.job.translation_id for entry in lock.entries.values()}
    if ids and ids <= listing.gone:
        forget = "localize forget '*' lets go of those that are not in the manifest"
        raise LimitError.of([another_account(forget)])


def _refuse_too_many(prunes: Prunes, request: PruneRequest, most: int) -> None:
    count = len(prunes.doomed)
    if count > most:
        limit = "limits.max_delete" if request.max_delete is None else "--max-delete"
        raise LimitError(
            f"prune would delete {counted(count, 'job')}, {limit} is {most}",
            code="max_delete_exceeded",
            hint=f"narrow it with --target, or allow it: --max-delete {count}",
        )


def _still(agreed: Prunes, fresh: Prunes) -> Prunes:
    """Keep of what was agreed to what holds by now as well."""
    doomed = {item.translation_id for item in agreed.doomed}
    kept = tuple(item for item in fresh.doomed if item.translation_id in doomed)
    return replace(fresh, doomed=kept)


class _Deletions:
    """Deletes what a prune came to, and keeps the lockfile abreast of it."""

    def __init__(
        self, prunes: Prunes, client: Client, manifest: Manifest, lock: Lock, clock: Clock
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
        if self._prunes.gone:
            self._write()
        deleted: list[Prunable] = []
        refused: list[Undeleted] = []
        for item in self._prunes.doomed:
            problem = self._delete(item)
            if problem is not None:
                refused.append(Undeleted(item.translation_id, item.address, problem))
                continue
            deleted.append(item)
            watch.deleted(item)
        if self._prunes.doomed:
            self._write()
        return Pruned(self._prunes, self._clock.now(), False, tuple(deleted), tuple(refused))

    def _delete(self, item: Prunable) -> Problem | None:
        """Delete one job; give why it was not to be."""
        name, before = item.translation_id, self._lock
        try:
            doubt = self._doubt(item)
            if doubt is not None:
                return doubt
            # Before the job is gone: a key may bring its id back from then on.
            self._lock = with_deleted(self._counting_on_twin(item), name, self._vendors_time())
            self._write()
            self._client.delete(name)
        except ApiFailure as failure:
            if failure.refuses_account or failure.passing:
                raise
            deleted = {id_: at for id_, at in self._lock.deleted.items() if id_ != name}
            self._lock = replace(self._lock, entries=before.entries, deleted=deleted)
            return failure.problems[0]
        step("job.deleted")
        self._lock = without_job(self._lock, name, self._orphans)
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
        if written.entries != self._lock.entries:
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
