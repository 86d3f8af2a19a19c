"""Which jobs the account holds for each wanted content, and which of them stands for it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

from msgspec import Struct

from heygen_localize.core.lock import Lock
from heygen_localize.core.model import Job, JobStatus, Listing, Target
from heygen_localize.core.sessions import Session


class Candidates(Struct, frozen=True):
    """Everything known of one fingerprint.

    `chosen` is the job that stands for it, `failed` are the failed jobs that bear
    its mark, the newest last. `owner` is the first address that wants it, and names it `title`.
    `pinned` is the id of
    the job that the manifest says is to stand for it, whatever its mark and its state.
    `replaced` are the ids of live jobs that give way to one that was ordered in their place;
    `anew` says that a person asks for such a one.
    """

    chosen: Job | None = None
    live: tuple[Job, ...] = ()
    failed: tuple[Job, ...] = ()
    owner: str | None = None
    title: str | None = None
    pinned: str | None = None
    replaced: frozenset[str] = frozenset()
    anew: bool = False


def candidates_by_fingerprint(
    targets: Collection[Target],
    lock: Lock,
    listing: Listing,
    formerly: Collection[str] = (),
    anew: Collection[str] = (),
) -> dict[str, Candidates]:
    """Collect the jobs of every wanted fingerprint and choose one of each.

    A job belongs to a fingerprint by its mark. The lock's word counts only for jobs that
    bear no mark at all, and are of the target's language as far as HeyGen tells, so that
    an entry which a bad merge paired wrongly, or a hand wrote, is not believed; a job
    of another project is never ours. It adds nothing to `failed`: the newest of
    those goes into the next order's key, on which machines without a lock agree.
    `formerly` are the project's earlier names, whose marks say the same; and so do the
    marks of a target's older fingerprints. `anew` are addresses, as in `Policy`.
    """
    by_mark, unmarked = _parted(listing, {lock.project, *formerly})
    locked, pins = _locked_ids(lock), _pins(targets)
    every = {job.id: job for job in listing.jobs} if pins else {}
    owners = _owners(targets)
    asked = {target.fingerprint for target in targets if target.address in anew}
    contents: dict[str, Candidates] = {}
    for target in targets:
        if target.fingerprint in contents:
            continue
        ids = set[str]().union(*(locked[digest] for digest in target.fingerprints))
        marked = [job for mark in target.marks for job in by_mark[mark.content]]
        named_so = (unmarked[name] for name in sorted(ids & unmarked.keys()))
        jobs = marked + [job for job in named_so if _may_be(job, target)]
        replaced = _replaced(jobs)
        chosen = choose([job for job in jobs if job.id not in replaced], ids)
        live = tuple(job for job in jobs if job.status.live)
        pin = pins.get(target.fingerprint)
        if pin is not None:
            chosen, live = _pinned(every.get(pin), live)
        owner = owners.get(target.fingerprint)
        contents[target.fingerprint] = Candidates(
            chosen=chosen,
            live=live,
            failed=tuple(sorted((job for job in marked if not job.status.live), key=age)),
            owner=owner.address if owner else None,
            title=owner.title if owner else None,
            pinned=pin,
            replaced=replaced,
            anew=target.fingerprint in asked,
        )
    return contents


def _owners(targets: Iterable[Target]) -> dict[str, Target]:
    """Collect the first target that wants each fingerprint."""
    owners: dict[str, Target] = {}
    for target in targets:
        if not target.skip:
            owners.setdefault(target.fingerprint, target)
    return owners


def _replaced(jobs: Collection[Job]) -> frozenset[str]:
    """Return the live jobs of a content that give way to one ordered in their place.

    While that one lives: where it failed, the earlier one stands again. A job that is newer
    than it does not give way; one without a date does.
    """
    live = [job for job in jobs if job.status.live]
    newest = max((job for job in live if job.in_place_of_older), key=age, default=None)
    if newest is None:
        return frozenset()
    others = (job for job in live if job is not newest)
    return frozenset(job.id for job in others if job.created_at is None or age(job) < age(newest))


def _parted(
    listing: Listing, ours: Collection[str]
) -> tuple[dict[tuple[str, str], list[Job]], dict[str, Job]]:
    """Part the account's jobs: those of ours, by their content, and those that bear no mark."""
    by_mark: dict[tuple[str, str], list[Job]] = defaultdict(list)
    unmarked: dict[str, Job] = {}
    for job in listing.jobs:
        if job.mark is None:
            unmarked[job.id] = job
        elif job.mark.project in ours:
            by_mark[job.mark.content].append(job)
    return by_mark, unmarked


def _may_be(job: Job, target: Target) -> bool:
    """Return whether a job without a mark can be what a target wants."""
    return job.language is None or job.language.casefold() == target.language.name.casefold()


def _pins(targets: Iterable[Target]) -> dict[str, str]:
    """Collect the ids that the manifest pins, by fingerprint."""
    pins: dict[str, str] = {}
    for target in targets:
        if target.job is not None:
            pins.setdefault(target.fingerprint, target.job)
    return pins


def _pinned(job: Job | None, live: tuple[Job, ...]) -> tuple[Job | None, tuple[Job, ...]]:
    """Let a pinned job stand for its content; one that came to nothing makes no other one spare."""
    if job is None or not job.status.live:
        return job, ()
    return job, live if job in live else (job, *live)


def choose(jobs: Sequence[Job], locked: Collection[str]) -> Job | None:
    """Choose one job of a fingerprint: completed, else in progress, else the newest failed.

    Within the first two, one that the lock names goes first, else the oldest.
    """
    completed = [job for job in jobs if job.status is JobStatus.COMPLETED]
    in_progress = [job for job in jobs if job.status.in_progress]
    for found in (completed, in_progress):
        if found:
            return min(found, key=lambda job: (job.id not in locked, age(job)))
    return max(jobs, key=age, default=None)


def oldest_completed(jobs: Iterable[Job]) -> Job | None:
    """Return the job that every machine chooses of these, whatever its lock says."""
    return min((job for job in jobs if job.status is JobStatus.COMPLETED), key=age, default=None)


def _locked_ids(lock: Lock) -> defaultdict[str, set[str]]:
    """Collect the ids that the lock holds for each fingerprint."""
    ids: defaultdict[str, set[str]] = defaultdict(set)
    for entry in lock.entries.values():
        for job in (entry.job, entry.serving):
            if job is not None:
                ids[job.fingerprint].add(job.translation_id)
    return ids


def age(item: Job | Session) -> tuple[float, str]:
    """Order jobs and sessions from the oldest; one without a date counts as the newest."""
    return (float("inf") if item.created_at is None else item.created_at, item.id)
