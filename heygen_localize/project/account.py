"""The HeyGen account: connecting to it, which jobs it has, and what time it is there."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from heygen_localize.core.fingerprint import Mark
from heygen_localize.core.job_kind import JobKind
from heygen_localize.core.lock import Lock, LockEntry
from heygen_localize.core.model import Job, JobStatus, Listing
from heygen_localize.heygen.errors import ApiError
from heygen_localize.project.journal import Answer
from heygen_localize.system.clock import Clock

if TYPE_CHECKING:
    # validate needs neither a network nor the time that loading one takes.
    from heygen_localize.heygen.client import Client
    from heygen_localize.heygen.config import Connection

_LISTING_TRIES = 3
"""Times that a listing which breaks off is begun anew; each page is repeated by itself too."""


class Account(Struct, frozen=True):
    """An account to hold the manifest against. `loopback` where it is the sandbox."""

    client: Client
    loopback: bool = False


def connect(
    environment: Mapping[str, str] | None = None, home: str | Path | None = None
) -> Account:
    """Find key and base in the environment (the process's own), or HeyGen client's file.

    Raises:
        AccountError: there is no key.
        UsageError: the base cannot be used.
    """
    from heygen_localize.heygen.config import connection

    given = os.environ if environment is None else environment
    return account_of(connection(given, Path(home) if home else Path.home()))


def account_of(found: Connection) -> Account:
    """Open an account for a connection that was found."""
    from heygen_localize.heygen.client import Client
    from heygen_localize.heygen.transport import Transport

    return Account(Client(Transport(found)), found.loopback)


def list_jobs(
    client: Client,
    kinds: Collection[JobKind],
    lock: Lock,
    answers: Sequence[Answer],
    now: float,
    more: Iterable[str] = (),
) -> Listing:
    """List the account's jobs of these kinds, and ask for what is not there (`with_missing`).

    Raises:
        AccountRefused: the key is not accepted.
    """
    return with_missing(client, listed(client, kinds), lock, answers, now, more)


def jobs_named(lock: Lock, answers: Sequence[Answer], more: Iterable[str]) -> frozenset[str]:
    """Return the ids that lockfile and journal name, and `more`: a listing must tell of each."""
    locked = {entry.job.translation_id for entry in lock.entries.values()}
    return frozenset(locked.union(more, (answer.translation_id for answer in answers)))


def with_missing(
    client: Client,
    listing: Listing,
    lock: Lock,
    answers: Sequence[Answer],
    now: float,
    more: Iterable[str],
) -> Listing:
    """Ask for the lock's and the journal's jobs that a listing lacks, and for the ids in `more`.

    Only a 404 of its own means that a job is gone, never absence from a list;
    and not even that in the first minutes after it was ordered. A 403 is about that
    job alone: it is neither gone nor there. `now` in seconds since 1970.

    Raises:
        AccountRefused: the key is not accepted.
    """
    if not listing.complete:
        return listing
    # A list that lags may still show what we deleted, so those are asked for by their ids.
    doubtful = lock.deleted.keys() & {job.id for job in listing.jobs}
    jobs = {job.id: job for job in listing.jobs if job.id not in doubtful}
    earlier: dict[str, set[str]] = {}
    for entry in lock.entries.values():
        earlier.setdefault(entry.job.translation_id, set()).update(entry.superseded)
    fresh = {
        answer.translation_id: answer.as_job()
        for answer in answers
        if answer.fresh(now) and answer.translation_id not in lock.deleted
    }
    wanted = sorted(jobs_named(lock, answers, more) | doubtful)
    return _asked(client, replace(listing, jobs=tuple(jobs.values())), wanted, earlier, fresh)


def _asked(
    client: Client,
    listing: Listing,
    wanted: list[str],
    earlier: Mapping[str, set[str]],
    fresh: Mapping[str, Job],
) -> Listing:
    """Add to a listing the jobs that it lacks, by their ids; `earlier` are those before a job.

    `fresh` are jobs ordered so lately that they are there whatever is answered.
    """
    jobs = {job.id: job for job in listing.jobs}
    gone: set[str] = set()
    denied: dict[str, str] = {}
    while wanted:
        name = wanted.pop()
        if name in jobs or name in gone or name in denied:
            continue
        try:
            job = client.job(name) or fresh.get(name)
        except ApiError as failure:
            if failure.refuses_account:
                raise
            if failure.denied:
                denied[name] = str(failure)
                continue
            return replace(listing, flaw=f"job {name} could not be asked for: {failure}")
        if job is None:
            gone.add(name)
            # HeyGen's replay of an old order may name one before it, gone as well.
            wanted += sorted(earlier.get(name, ()))
        else:
            jobs[name] = job
    return replace(listing, jobs=tuple(jobs.values()), gone=frozenset(gone), denied=denied)


def listed(client: Client, kinds: Collection[JobKind]) -> Listing:
    """List an account's jobs of these kinds, again where that breaks off.

    Then with all that any try has seen.
    """
    listing, seen = client.listing(kinds), dict[str, Job]()
    for _ in range(_LISTING_TRIES - 1):
        if listing.complete:
            break
        seen |= {job.id: job for job in listing.jobs}
        listing = client.listing(kinds)
    if listing.complete:
        return listing
    # What an earlier try saw, and the last did not come to, is there all the same.
    seen |= {job.id: job for job in listing.jobs}
    return replace(listing, jobs=tuple(seen.values()))


def jobs_from_lockfile(
    lock: Lock, answers: Sequence[Answer], pinned: Iterable[str] = ()
) -> Listing:
    """Return the jobs that lockfile and journal name, for where the account cannot be asked.

    `pinned` are believed to be there: what the manifest pins costs nothing either way.
    """
    jobs: dict[str, Job] = {name: Job(name, JobStatus.PENDING) for name in pinned}
    jobs |= {
        answer.translation_id: answer.as_job()
        for answer in answers
        if answer.translation_id not in lock.deleted
    }
    sent = {job.id: job.callback_id for job in jobs.values()}
    for entry in lock.entries.values():
        for known in (entry.serving, entry.job):
            if known is not None:
                mark = Mark.of(lock.project, known.fingerprint)
                anew = known is entry.job and _in_place_of_served(entry)
                marked = mark.in_place_of_older() if anew else str(mark)
                jobs[known.translation_id] = Job(
                    id=known.translation_id,
                    status=known.status,
                    callback_id=sent.get(known.translation_id) or marked,
                    language=entry.language,
                    title=known.title,
                    created_at=known.created_at,
                    duration=known.duration,
                    failure_message=known.failure_message,
                    outputs=known.outputs,
                )
    return Listing(tuple(jobs.values()))


def _in_place_of_served(entry: LockEntry) -> bool:
    """Return whether a job was ordered in place of the one of the same content that is served."""
    serving = entry.serving
    return serving is not None and serving.fingerprint == entry.job.fingerprint


def time_at_heygen(client: Client, clock: Clock) -> float:
    """Return the time by HeyGen's clock, as its last answer told it; ours where it told none.

    In seconds since 1970, as `earlier_time`.
    """
    now = clock.now()
    return max(0.0, now - (client.clock_skew(now) or 0.0))


def earlier_time(account: Account | None, clock: Clock) -> float:
    """Return the time by HeyGen's clock or by ours: the earlier one.

    Of two clocks one may lie. The earlier never begins a period of a budget too soon, so that at
    worst more counts as spent, and lets nothing go out before its moment.
    """
    now = clock.now()
    there = time_at_heygen(account.client, clock) if account is not None else now
    return max(0.0, min(now, there))
