"""The account's jobs, and whose they are. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from msgspec import Struct

from heygen_localize.core.errors import Diagnostic
from heygen_localize.core.lock import Lock
from heygen_localize.core.model import Job, Listing, Target
from heygen_localize.core.unlisted import unlisted
from heygen_localize.planning.candidates import age


class AccountJob(Struct, frozen=True):
    """A job of the account.

    `project` is the one that localize ordered it for, None where localize did not. `addresses`
    are the targets of this manifest that it renders, or is pinned to; `counted` says that the
    lockfile counts on it.
    """

    job: Job
    project: str | None
    addresses: tuple[str, ...] = ()
    counted: bool = False


class AccountJobs(Struct, frozen=True):
    """The account's jobs, the newest first; `flaw` says why these are not all.

    `project` is the manifest's, None where there is no manifest.
    """

    jobs: tuple[AccountJob, ...]
    project: str | None = None
    flaw: str | None = None

    @property
    def problem(self) -> Diagnostic | None:
        """What is told where these are not all."""
        hint = "there may be more jobs than these; run the same command again"
        return None if self.flaw is None else unlisted(self.flaw, hint)


def account_jobs(
    listing: Listing,
    targets: Iterable[Target] = (),
    lock: Lock | None = None,
    formerly: Collection[str] = (),
) -> tuple[AccountJob, ...]:
    """Return the jobs of a listing, the newest first, as a manifest and its lockfile know them."""
    ours = {lock.project, *formerly} if lock is not None else frozenset[str]()
    by_content: dict[tuple[str, str], list[str]] = {}
    known: dict[str, set[str]] = {}
    for target in targets:
        for own in target.marks:
            by_content.setdefault(own.content, []).append(target.address)
        if target.job is not None:
            known.setdefault(target.job, set()).add(target.address)
    counted = set()
    for address, entry in lock.entries.items() if lock is not None else ():
        for name in entry.ids():
            counted.add(name)
            known.setdefault(name, set()).add(address)
    found = []
    for job in sorted(listing.jobs, key=age, reverse=True):
        mark = job.mark
        addresses = set(known.get(job.id, ()))
        if mark is not None and mark.project in ours:
            addresses.update(by_content.get(mark.content, ()))
        project = mark.project if mark is not None else None
        found.append(AccountJob(job, project, tuple(sorted(addresses)), job.id in counted))
    return tuple(found)
