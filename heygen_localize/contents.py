"""Which jobs the account holds for each wanted content, and which of them stands for it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from heygen_localize.fingerprint import Mark
from heygen_localize.lock import Lock
from heygen_localize.model import Job, JobStatus, Listing, Target


@dataclass(frozen=True)
class Content:
    """Everything known of one fingerprint.

    `chosen` is the job that stands for it, `failed` are the failed jobs that bear
    its mark, the newest last. `owner` is the first address that wants it, and names it `title`;
    there is none where another content names the same job already.
    """

    chosen: Job | None = None
    live: tuple[Job, ...] = ()
    failed: tuple[Job, ...] = ()
    owner: str | None = None
    title: str | None = None


def gather(targets: Iterable[Target], lock: Lock, listing: Listing) -> dict[str, Content]:
    """Collect the jobs of every wanted fingerprint and choose one of each.

    A job belongs to a fingerprint by its mark. The lock's word counts only for
    jobs that bear no mark of this project, so that an entry which a bad merge
    paired wrongly is not believed. It adds nothing to `failed`: the newest of
    those goes into the next order's key, on which machines without a lock agree.
    """
    by_mark: dict[Mark, list[Job]] = defaultdict(list)
    unmarked: dict[str, Job] = {}
    for job in listing.jobs:
        if job.mark is not None and job.mark.project == lock.project:
            by_mark[job.mark].append(job)
        else:
            unmarked[job.id] = job
    locked = _locked_ids(lock)
    owners: dict[str, Target] = {}
    for target in targets:
        if not target.skip:
            owners.setdefault(target.fingerprint, target)
    contents: dict[str, Content] = {}
    named: set[str] = set()
    for target in targets:
        if target.fingerprint in contents:
            continue
        ids = locked[target.fingerprint]
        marked = by_mark[target.mark]
        jobs = marked + [unmarked[name] for name in sorted(ids & unmarked.keys())]
        chosen = choose(jobs, ids)
        owner = owners.get(target.fingerprint)
        if owner is not None and chosen is not None and chosen.status.live:
            owner = None if chosen.id in named else owner
            named.add(chosen.id)
        contents[target.fingerprint] = Content(
            chosen=chosen,
            live=tuple(job for job in jobs if job.status.live),
            failed=tuple(sorted((job for job in marked if not job.status.live), key=_age)),
            owner=owner.address if owner else None,
            title=owner.title if owner else None,
        )
    return contents


def choose(jobs: Sequence[Job], locked: Collection[str]) -> Job | None:
    """Choose one job of a fingerprint: completed, else in progress, else the newest failed.

    Within the first two, one that the lock names goes first, else the oldest.
    """
    completed = [job for job in jobs if job.status is JobStatus.COMPLETED]
    in_progress = [job for job in jobs if job.status.in_progress]
    for found in (completed, in_progress):
        if found:
            return min(found, key=lambda job: (job.id not in locked, _age(job)))
    return max(jobs, key=_age, default=None)


def _locked_ids(lock: Lock) -> defaultdict[str, set[str]]:
    """Collect the ids that the lock holds for each fingerprint."""
    ids: defaultdict[str, set[str]] = defaultdict(set)
    for entry in lock.entries.values():
        for job in (entry.job, entry.serving):
            if job is not None:
                ids[job.fingerprint].add(job.translation_id)
    return ids


def _age(job: Job) -> tuple[float, str]:
    """Order jobs from the oldest; one without a date counts as the newest."""
    return (float("inf") if job.created_at is None else job.created_at, job.id)
