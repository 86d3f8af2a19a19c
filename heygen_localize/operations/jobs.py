"""Which jobs the account has, and whose they are."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from heygen_localize.core.job_kind import JobKind
from heygen_localize.planning.jobs import AccountJobs, account_jobs
from heygen_localize.project.account import Account
from heygen_localize.project.project import Project


def jobs_of_account(account: Account, manifest: Path, targets: Sequence[str] = ()) -> AccountJobs:
    """List the account's jobs; with `targets`, those of the addresses that a glob fits.

    Without a manifest it is not known which targets they are of.

    Raises:
        UsageError: a pattern that fits no address, or patterns without a manifest.
        ManifestError, LockfileError: see `Project.open`.
        ApiFailure: HeyGen could not be asked.
    """
    if not targets and not manifest.exists():
        listing = account.client.listing((JobKind.TRANSLATION,))
        return AccountJobs(account_jobs(listing), None, listing.flaw)
    project = Project.open(manifest, account)
    selected = project.select(targets)
    listing = account.client.listing(project.kinds(project.journal.read()))
    found = account_jobs(listing, project.manifest.targets, project.lock, project.manifest.formerly)
    jobs = tuple(item for item in found if selected is None or selected & {*item.addresses})
    flaw = listing.flaw or listing.lipsyncs_denied
    return AccountJobs(jobs, project.manifest.project, flaw)
