"""Entering a job into the lockfile by hand, after asking the vendor about it."""

from __future__ import annotations

from pathlib import Path

from heygen_localize.clock import Clock
from heygen_localize.errors import UsageError
from heygen_localize.executor.book import LockBook
from heygen_localize.facts import Account, load, select
from heygen_localize.guard import journal_path, only_one
from heygen_localize.journal import Journal
from heygen_localize.model import Job, LockUrls


def bring_in(
    manifest: Path, account: Account, address: str, translation_id: str, clock: Clock
) -> Job:
    """Let a target count on a job that the account has, and write the lockfile.

    Raises:
        UsageError: no such target, no such job, or the job is of other content.
        ManifestError, LockfileError: they cannot be read or written.
        BusyError: another process applies the same manifest.
        ApiFailure: the vendor could not be asked.
    """
    if not manifest.exists():
        load(manifest)  # which says what to do
    with only_one(manifest):
        return _bring_in(manifest, account, address, translation_id, clock)


def _bring_in(
    manifest: Path, account: Account, address: str, translation_id: str, clock: Clock
) -> Job:
    loaded, lock = load(manifest, account)
    select([address], loaded, lock)
    target = next((item for item in loaded.targets if item.address == address), None)
    if target is None:
        raise UsageError(f"{address} is not in the manifest", code="target_unknown")
    job = account.client.job(translation_id)
    if job is None:
        raise UsageError(
            f"the vendor knows no job {translation_id}",
            code="job_unknown",
            hint="is it of another account? localize doctor shows which one this is",
        )
    if job.mark != target.mark:
        raise UsageError(
            f"{translation_id} bears another mark than {address} as it is wanted now",
            code="job_other_content",
            hint="only a job that was ordered for this very content can be entered",
        )
    keep_urls = loaded.lock_urls is LockUrls.KEEP
    book = LockBook(loaded.lock_path, lock, keep_urls, Journal(journal_path(manifest)), clock)
    book.take(target, job, 1)
    book.save()
    return job
