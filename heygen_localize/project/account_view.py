"""The account as a plan sees it: listed whole, or as last seen and brought up to date.

Steady state costs what changed: the newest page, the states of what renders, and a sample of
the rest, so that a deletion is noticed in time. Such a view is `partial`: nothing is ordered,
adopted or deleted on it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from msgspec.structs import replace

from heygen_localize.core.job_kind import JobKind
from heygen_localize.core.model import NO_OUTPUTS, Job, Listing
from heygen_localize.heygen.errors import ApiError
from heygen_localize.heygen.pages import IDS_PER_CALL
from heygen_localize.project.account import jobs_named, listed, with_missing
from heygen_localize.project.project import Project
from heygen_localize.project.seen_account import (
    SeenAccount,
    is_of,
    load_seen,
    newest_of,
    sample_of,
    save_seen,
    seen_in,
    seen_path,
)

if TYPE_CHECKING:
    from heygen_localize.heygen.client import Client

_FEW = 10
"""Jobs that are asked for one by one; where more changed, a list is cheaper."""


class AccountView:
    """Looks at an account for a project, and remembers what it saw. `now` in seconds since 1970."""

    def __init__(self, project: Project, client: Client, now: float) -> None:
        manifest = project.manifest
        self._client, self._lock, self._now = client, project.lock, now
        self._answers = project.journal.read()
        self._pinned = project.pinned_ids
        self._named = jobs_named(self._lock, self._answers, self._pinned)
        self._names = (manifest.project, *manifest.formerly)
        self._kinds = project.kinds(self._answers)
        self._path = seen_path(manifest.path)
        self.confirmed: frozenset[str] = frozenset()
        """Ids of the jobs that HeyGen itself told of in this run."""

    def whole(self) -> Listing:
        """List the account whole.

        Raises:
            AccountRefused: the key is not accepted.
        """
        return self._completed(listed(self._client, self._kinds))

    def changes(self) -> Listing | None:
        """Return the account from what was last seen of it, and what changed since.

        None where only a listing of the whole account can tell.

        Raises:
            AccountRefused: the key is not accepted.
        """
        seen = load_seen(self._path, self._client, self._names, self._kinds, self._now)
        if seen is None:
            return None
        new = self._client.since(self._kinds, {*seen.newest, *seen.jobs}, seen.looked_at)
        if new.complete:
            return self._completed(new)
        walked = {job.id: job for job in new.jobs}
        deleted = self._lock.deleted.keys()
        if new.flaw is not None or deleted & walked.keys():
            return None
        kept = {name: job for name, job in seen.jobs.items() if name not in deleted}
        kept |= {name: job for name, job in walked.items() if self._is_ours(job)}
        asked = self._asked_again(job for name, job in kept.items() if name not in walked)
        if asked is None:
            return None
        self.confirmed = frozenset(walked.keys() | asked.keys())
        return self._remembered(seen, kept | asked, walked)

    def _completed(self, listing: Listing) -> Listing:
        found = with_missing(
            self._client, listing, self._lock, self._answers, self._now, self._pinned
        )
        self.confirmed = frozenset(job.id for job in found.jobs)
        if found.complete and not found.gone and not found.denied:
            seen = seen_in(found, self._names, self._named, self._now)
            if seen is not None:
                save_seen(self._path, self._client, self._names, seen)
        return found

    def _is_ours(self, job: Job) -> bool:
        return is_of(job, self._names) or job.id in self._named

    def _asked_again(self, jobs: Iterable[Job]) -> dict[str, Job] | None:
        """Ask for what is on its way, and for a sample of the rest; return the former.

        None where the answer leaves something open, or a job is otherwise than it was.
        """
        moving: dict[str, Job] = {}
        settled: dict[str, Job] = {}
        for job in jobs:
            (moving if job.status.in_progress else settled)[job.id] = job
        room = IDS_PER_CALL - len(moving) % IDS_PER_CALL
        sample = sample_of(list(settled), room, self._now)
        try:
            states = self._client.statuses([*moving, *sample])
            changed = [name for name, job in moving.items() if states.get(name) is not job.status]
            if len(changed) > _FEW or any(
                states.get(name) is not settled[name].status for name in sample
            ):
                return None
            found = {name: self._client.job(name) for name in changed}
        except ApiError as failure:
            if failure.refuses_account:
                raise
            return None
        known = {name: job for name, job in found.items() if job is not None}
        return moving | known if len(known) == len(found) else None

    def _remembered(
        self, seen: SeenAccount, jobs: dict[str, Job], walked: dict[str, Job]
    ) -> Listing:
        oldest: dict[JobKind, int] = {}
        for name, made in seen.newest.items():
            kind = JobKind.of(name)
            oldest[kind] = min(made, oldest.get(kind, made))
        others = seen.others + sum(
            name not in seen.newest and (job.created_at or 0) > oldest.get(job.kind, 0)
            for name, job in walked.items()
            if name not in jobs
        )
        plain = {name: replace(job, outputs=NO_OUTPUTS) for name, job in jobs.items()}
        if plain != seen.jobs or not walked.keys() <= seen.newest.keys() | seen.jobs.keys():
            dates = {name: job.created_at or 0 for name, job in walked.items()} | seen.newest
            newest = newest_of(dates)
            now_seen = replace(seen, looked_at=self._now, newest=newest, others=others, jobs=plain)
            save_seen(self._path, self._client, self._names, now_seen)
        return Listing(tuple(jobs.values()), partial=True, others=others, kinds=self._kinds)
