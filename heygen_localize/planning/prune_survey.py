"""Which jobs nobody needs any more, and may be deleted at HeyGen. Pure.

Deleting is for good, so a job goes only where three agree: the lock names it (or its mark
says that it is one too many), it has ended, and the manifest does not want its content.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from heygen_localize.core.lock import Lock
from heygen_localize.core.model import Job, Listing, Target
from heygen_localize.core.rates import Rates
from heygen_localize.planning.candidates import (
    Candidates,
    candidates_by_fingerprint,
    oldest_completed,
)
from heygen_localize.planning.estimate import price_of
from heygen_localize.planning.prune import Kept, KeptWhy, PrunableJob, PruneKind, PrunePlan

_RATES = Rates()


class _Claim(Struct, frozen=True):
    """An id that the lock names for something that is not wanted any more."""

    translation_id: str
    kind: PruneKind
    address: str
    counted_on: bool = False


def orphans_of(targets: Iterable[Target], lock: Lock) -> frozenset[str]:
    """Return the addresses that the lock has and the manifest does not."""
    known = lock.entries.keys() | lock.sessions.keys() | lock.approvals.keys()
    return frozenset(known - {target.address for target in targets})


def named_ids(targets: Iterable[Target], lock: Lock) -> frozenset[str]:
    """Return the ids that have to be asked for where the list does not show them."""
    return frozenset(claim.translation_id for claim in _claims(lock, orphans_of(targets, lock)))


def survey(
    targets: Sequence[Target],
    lock: Lock,
    listing: Listing,
    formerly: Collection[str] = (),
    rates: Rates = _RATES,
    selected: Collection[str] | None = None,
    elsewhere: Mapping[str, str] | None = None,
) -> PrunePlan:
    """Find what may be deleted.

    Args:
        targets: All of the manifest's, in the order of addresses.
        lock: What the lockfile remembers.
        listing: The account's jobs; ids of `named_ids` that HeyGen answered 404
            for are in `gone`.
        formerly: Earlier names of the project.
        rates: What a second of output costs.
        selected: The addresses that count; None for all.
        elsewhere: Ids that other lockfiles count on, and which.

    Raises:
        ValueError: the listing is not complete: what stands for a content is not known.
    """
    if not listing.complete:
        raise ValueError("only a complete listing tells what nobody needs")
    contents = candidates_by_fingerprint(targets, lock, listing, formerly)
    projects = frozenset({lock.project, *formerly})
    found = _Survey(targets, lock, listing, contents, projects, rates, elsewhere or {})
    for claim in _claims(lock, orphans_of(targets, lock)):
        if selected is None or claim.address in selected:
            found.judge(claim)
    for target in targets:
        if selected is None or target.address in selected:
            found.spare(target)
    return found.prunes()


def _claims(lock: Lock, orphans: Collection[str]) -> Iterator[_Claim]:
    """Walk over the ids that may go: an entry's earlier ones before that it counts on."""
    for address, entry in sorted(lock.entries.items()):
        for name in entry.superseded:
            yield _Claim(name, PruneKind.SUPERSEDED, address)
        if address not in orphans:
            continue
        for known in (entry.serving, entry.job):
            if known is not None:
                name, counted_on = known.translation_id, known is entry.job
                yield _Claim(name, PruneKind.ORPHAN, address, counted_on)


class _Survey:
    """Judges one job after another."""

    def __init__(
        self,
        targets: Sequence[Target],
        lock: Lock,
        listing: Listing,
        contents: Mapping[str, Candidates],
        projects: frozenset[str],
        rates: Rates,
        elsewhere: Mapping[str, str],
    ) -> None:
        self._lock, self._contents, self._projects, self._rates = lock, contents, projects, rates
        self._jobs = {job.id: job for job in listing.jobs}
        self._gone, self._elsewhere = listing.gone, elsewhere
        # What is wanted, or may be once its text is approved.
        reviewed = {target.proofread.session for target in targets if target.proofread is not None}
        marked = reviewed.union(*(target.fingerprints for target in targets))
        self._wanted = {name[:32] for name in marked}
        self._protected = _protected(targets, lock, contents)
        addresses = {target.address for target in targets}
        self._counting = [entry for name, entry in lock.entries.items() if name in addresses]
        self._pinned = {target.job for target in targets if target.job is not None}
        self._used = {name for entry in self._counting for name in entry.ids()} | self._pinned
        self._used |= {content.chosen.id for content in contents.values() if content.chosen}
        # A renamed target counts on them, and they are at most duplicates. The end of one that is
        # gone is to be remembered, or its content would be ordered anew.
        self._used |= {
            known.translation_id
            for name, entry in lock.entries.items()
            if name not in addresses
            for known in (entry.serving, entry.job)
            if known is not None and known.fingerprint[:32] in self._wanted
        }
        self._doomed: dict[str, PrunableJob] = {}
        self._kept: dict[str, Kept] = {}
        self._forgotten: dict[str, None] = {}
        self._last: dict[str, str] = {}

    def judge(self, claim: _Claim) -> None:
        """Decide about an id that the lock names."""
        name = claim.translation_id
        if name in self._used or name in self._doomed:
            return
        if name in self._gone:
            if name not in self._protected:
                self._forgotten[name] = None
            return
        job = self._jobs.get(name)
        if job is None:
            return  # nobody was asked about it
        if self._ours(job) and job.mark is not None and job.mark.digest in self._wanted:
            return  # at most a duplicate
        if self._keeps(job, claim.kind, claim.address):
            return
        self._doom(job, claim.kind, claim.address, self._rates.range_of(name)[0])
        if claim.counted_on:
            self._last[name] = claim.address

    def spare(self, target: Target) -> None:
        """Find the jobs of a wanted content beyond the one that stays.

        Which one stays follows from the account alone, so that everyone keeps the same: after
        `--replace` the one whose mark says that older ones give way to it.
        """
        content = self._contents[target.fingerprint]
        # A job that bears an old name may be that of somebody who goes on under it.
        own = [job for job in content.live if self._bears_our_name(job)]
        stays = oldest_completed(job for job in own if job.id not in content.replaced)
        if stays is None:
            return
        rate = price_of(target, self._rates)
        for job in sorted(own, key=lambda job: job.id):
            if job.id == stays.id or job.id in self._doomed:
                continue
            if self._is_needed(job.id, target):
                continue
            if not self._keeps(job, PruneKind.DUPLICATE, target.address):
                self._doom(job, PruneKind.DUPLICATE, target.address, rate, stays)

    def _is_needed(self, name: str, target: Target) -> bool:
        """Return whether a target needs this very job, and could not count on its twin."""
        if name in self._pinned:
            return True
        for entry in self._counting:
            if name in entry.ids() and not (
                entry.job.translation_id == name and target.is_of(entry.job.fingerprint)
            ):
                return True
        return False

    def prunes(self) -> PrunePlan:
        """Return what was decided.

        What an orphan counts on stays while another of its jobs renders, or the lock
        would forget that one with it.
        """
        busy = {item.address for item in self._kept.values() if item.why is KeptWhy.RENDERING}
        doomed = [item for name, item in self._doomed.items() if self._last.get(name) not in busy]
        kept = tuple(self._kept.values())
        return PrunePlan(self._lock.project, tuple(doomed), kept, tuple(self._forgotten))

    def _bears_our_name(self, job: Job) -> bool:
        return job.mark is not None and job.mark.project == self._lock.project

    def _ours(self, job: Job) -> bool:
        return job.mark is not None and job.mark.project in self._projects

    def _keeps(self, job: Job, kind: PruneKind, address: str) -> bool:
        """Keep a job that is protected, needed elsewhere, not ended or not ours; tell whether."""
        other = None
        if job.id in self._protected:
            why = KeptWhy.PROTECTED
        elif job.id in self._elsewhere:
            why, other = KeptWhy.ELSEWHERE, self._elsewhere[job.id]
        elif job.status.in_progress:
            why = KeptWhy.RENDERING
        elif not self._ours(job):
            why = KeptWhy.FOREIGN
        else:
            return job.id in self._kept
        self._kept[job.id] = Kept(job.id, kind, address, why, other)
        return True

    def _doom(
        self, job: Job, kind: PruneKind, address: str, rate: float, stays: Job | None = None
    ) -> None:
        cost = None if job.duration is None else round(job.duration * rate, 4)
        if not job.status.live:
            cost = 0.0  # failed jobs are not charged
        self._doomed[job.id] = PrunableJob(
            job.id,
            kind,
            address,
            job.status,
            job.created_at,
            cost,
            job.duration,
            job.title,
            stays,
        )


def _protected(
    targets: Iterable[Target], lock: Lock, contents: Mapping[str, Candidates]
) -> frozenset[str]:
    """Collect the ids that `protect` keeps: by the manifest, or as the lock remembers it."""
    kept: set[str] = set()
    addresses = {name for name, entry in lock.entries.items() if entry.protected}
    for target in targets:
        if target.protect:
            addresses.add(target.address)
            kept |= {job.id for job in contents[target.fingerprint].live}
    for address in addresses & lock.entries.keys():
        entry = lock.entries[address]
        kept |= entry.ids() | set(entry.superseded)
    return frozenset(kept)
