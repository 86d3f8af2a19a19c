"""Links to finished files, asked for where a manifest keeps them out of its lockfile."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from heapq import nlargest

from msgspec.structs import replace

from heygen_localize.core.lock import Lock, LockedJob
from heygen_localize.core.model import Job, LockUrls
from heygen_localize.heygen.client import Client
from heygen_localize.heygen.errors import ApiError
from heygen_localize.project.project import Project

FEW = 4
"""Up to so many jobs are read one by one, more through the list, a hundred a call."""


def keeps_links_out(project: Project) -> bool:
    """Return whether there are finished jobs whose links only HeyGen knows."""
    return project.manifest.lock_urls is LockUrls.NONE and bool(_without_links(project.lock, None))


def with_fresh_links(
    project: Project,
    client: Client,
    selected: Collection[str] | None = None,
    most: int | None = None,
) -> Project:
    """Return the project with HeyGen's links in its lock, of all targets or of the selected.

    They go into no file. The newest pages of the list are read, in proportion to how many jobs are
    asked for, and what is not there one by one; of no more than `most`, the newest, which stand
    on the first pages. A job of another project's mark has no link.

    Raises:
        ApiFailure: HeyGen could not be asked.
    """
    lock = project.lock
    wanted = _newest(_without_links(lock, selected), most)
    jobs = _read(client, {job.translation_id for job in wanted.values()})
    names = {project.manifest.project, *project.manifest.formerly}
    entries = dict(lock.entries)
    for address, served in wanted.items():
        job, entry = jobs.get(served.translation_id), entries[address]
        theirs = job is not None and job.mark is not None and job.mark.project not in names
        if job is None or (theirs and job.id not in project.pinned_ids):
            continue
        fresh = replace(served, outputs=job.outputs)
        entries[address] = (
            replace(entry, job=fresh) if served is entry.job else replace(entry, serving=fresh)
        )
    return replace(project, lock=replace(lock, entries=entries))


def _without_links(lock: Lock, selected: Collection[str] | None) -> dict[str, LockedJob]:
    return {
        address: entry.served
        for address, entry in lock.entries.items()
        if entry.served is not None
        and not entry.served.outputs.reachable
        and (selected is None or address in selected)
    }


def _newest(jobs: Mapping[str, LockedJob], most: int | None) -> Mapping[str, LockedJob]:
    if most is None or len(jobs) <= most:
        return jobs
    return dict(nlargest(most, jobs.items(), key=lambda item: item[1].created_at or 0.0))


def _read(client: Client, ids: set[str]) -> dict[str, Job]:
    found = client.recent(ids) if len(ids) > FEW else {}
    # The list leaves links out where an account has very many jobs.
    done = {name for name, job in found.items() if job.outputs.reachable}
    for name in sorted(ids - done):
        try:
            job = client.job(name)
        except ApiError as failure:
            if not failure.denied:
                raise
            continue
        if job is not None:
            found[name] = job
    return found
