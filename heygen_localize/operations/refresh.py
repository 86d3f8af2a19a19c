"""Bringing the lockfile up to what HeyGen says now: fresh links, states, and what drifted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path

from heygen_localize.core.errors import LimitError, VendorError
from heygen_localize.core.lock import Lock, LockEntry
from heygen_localize.core.model import NO_OUTPUTS, Job, JobStatus, LockUrls
from heygen_localize.core.unlisted import unlisted
from heygen_localize.heygen.client import Client
from heygen_localize.heygen.errors import ApiError
from heygen_localize.heygen.listing import Named
from heygen_localize.planning.cost import another_account
from heygen_localize.planning.refresh import Drift, DriftKind, Refreshed, drifts_of
from heygen_localize.project.account import Account
from heygen_localize.project.project import Project
from heygen_localize.project.seen_account import seen_path
from heygen_localize.project.unchanged import forget_answers
from heygen_localize.system.clock import Clock
from heygen_localize.system.files import remove

_FEW = 10
"""Up to so many jobs are asked for one by one, more through the list."""


def refresh(
    manifest: Path, account: Account, clock: Clock, targets: Sequence[str] = ()
) -> Refreshed:
    """Ask for every job that the lockfile counts on, and write what it is like now.

    Nothing is ordered, and nothing is changed at HeyGen.

    Raises:
        UsageError: a pattern that fits no address.
        ManifestError, LockfileError: they cannot be read or written.
        BusyError: another process writes the lockfile.
        LimitError: the account has none of the lockfile's jobs, and is likely another one.
        ApiFailure: HeyGen could not be asked about every job; nothing is written.
    """
    with Project.locked(manifest, account) as project:
        lock, selected = project.lock, project.select(targets)
        chosen = {
            address: entry
            for address, entry in sorted(lock.entries.items())
            if selected is None or address in selected
        }
        ids = {name for entry in chosen.values() for name in entry.ids()}
        found, denied = _jobs(account.client, ids, _needs_links(project, chosen.values()))
        jobs = found.jobs
        if ids and not jobs and not denied:
            _refuse_unknown(account.client, lock, ids)
        recorder = project.recorder(clock)
        drifts: list[Drift] = []
        renewed = 0
        for address, entry in chosen.items():
            for known in (entry.serving, entry.job):
                if known is None:
                    continue
                job, name = jobs.get(known.translation_id), known.translation_id
                if name in denied:
                    was, why = known.status.value, denied[name]
                    drifts.append(Drift(address, name, DriftKind.DENIED, was, why))
                    continue
                drifts += drifts_of(address, known, job)
                if job is not None:
                    renewed += name in found.reachable
                    recorder.refresh(address, job)
        recorder.save()
        # The next plan looks at the whole account, too: what is gone is told at once.
        remove(seen_path(project.manifest.path))
        forget_answers(project.manifest.path)
    return Refreshed(recorder.lock, len(chosen), renewed, tuple(drifts))


def _refuse_unknown(client: Client, lock: Lock, gone: AbstractSet[str]) -> None:
    """Make sure that the account is the lockfile's, though those jobs are gone."""
    others = {entry.job.translation_id for entry in lock.entries.values()} - gone
    if not any(client.job(name) is not None for name in sorted(others)):
        raise LimitError.of([another_account()])


def _needs_links(project: Project, entries: Iterable[LockEntry]) -> bool:
    """Return whether links go into the lockfile, or are in it."""
    known = (job for entry in entries for job in (entry.serving, entry.job) if job is not None)
    return project.manifest.lock_urls is LockUrls.KEEP or any(
        job.outputs != NO_OUTPUTS for job in known
    )


def _jobs(client: Client, wanted: AbstractSet[str], links: bool) -> tuple[Named, dict[str, str]]:
    """Read jobs by their ids, and why some may not be read; those that get a 404 are left out."""
    jobs: dict[str, Job] = {}
    reachable: set[str] = set()
    denied: dict[str, str] = {}
    if len(wanted) > _FEW:
        listed = client.named(wanted, links)
        if listed.flaw is not None:
            problem = unlisted(listed.flaw, "nothing was renewed; run the same command again")
            raise VendorError.of([problem])
        # What is rendered has a link; where the list shows none, the job itself may.
        done, reachable = JobStatus.COMPLETED, {*listed.reachable}
        jobs = {
            name: job
            for name, job in listed.jobs.items()
            if name in reachable or job.status is not done
        }
    for name in sorted(wanted - jobs.keys()):
        try:
            job = client.job(name)
        except ApiError as failure:
            if not failure.denied:
                raise
            denied[name] = str(failure)
            continue
        if job is not None:
            jobs[name] = job
            if job.outputs.reachable:
                reachable.add(name)
    return Named(jobs, frozenset(reachable)), denied
