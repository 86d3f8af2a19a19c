"""What a project has ordered so far: when, for how much, for whom, each id once. Pure.

The account tells what it lists; of what it does not list any more the lockfile's entries, its
`spent` and its `paid` do. Where two of them differ, the later moment and the larger amount
count: what a stranger writes into a lockfile never leaves more to spend.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

from msgspec.structs import replace

from heygen_localize.core.fingerprint import Mark
from heygen_localize.core.job_kind import JobKind
from heygen_localize.core.languages import fits
from heygen_localize.core.lock import Lock, LockEntry
from heygen_localize.core.model import Job, JobStatus, Listing, Manifest, Target
from heygen_localize.core.proofread import SessionStatus
from heygen_localize.core.sessions import Session, title_mark
from heygen_localize.core.sources import Reports
from heygen_localize.core.spent import Spent, SpentOrder
from heygen_localize.core.unanswered import Unanswered
from heygen_localize.planning.charge_facts import (
    PROOFREAD,
    Charge,
    ChargeFacts,
    charge_facts,
    is_ours,
    mode_of_any,
)
from heygen_localize.planning.estimate import price_of

LONG_AGO = 0
"""The moment of what was ordered before anybody had budgets, in seconds since 1970."""


def charges(
    manifest: Manifest,
    lock: Lock,
    listing: Listing,
    unanswered: Iterable[Unanswered] = (),
    reports: Reports | None = None,
    failed: Iterable[str] = (),
    sessions: Iterable[Session] = (),
) -> tuple[Charge, ...]:
    """Return all that the project has ordered and that costs, by id; what failed costs nothing.

    Failed jobs are not charged (docs/vendor/behaviour.md, "Paying once"). `unanswered` are orders
    that may be paid for, though nobody knows their jobs; `failed` are ids of sessions that HeyGen
    says have failed, though the lockfile does not know it yet, and `sessions` those that the
    account lists.
    """
    known = charge_facts(manifest, lock, listing, reports or {})
    found: dict[str, Charge] = {}
    pinned = {target.job for target in manifest.targets}  # others ordered those jobs
    listed = {job.id: job for job in listing.jobs}
    for job in listing.jobs:
        if job.status.live and is_ours(job, manifest):
            found[job.id] = _listed(job, known)
    seen = {item.id: item for item in sessions}
    ended = (item.id for item in seen.values() if item.status is SessionStatus.FAILED)
    free = _failed(lock).union(failed, ended)
    others = _unlisted(lock.spent, known), _locked(lock, known), _deleted(lock, known)
    for name, charge in chain(*others):
        if name not in listed and name not in pinned and name not in free:
            found.setdefault(name, charge)
    both = chain(_sessions(known), _seen_sessions(seen.values(), known))
    found |= {name: charge for name, charge in both if name not in free}
    found |= {item.key: _lost(item, known) for item in unanswered}
    return tuple(found[name] for name in sorted(found))


def _listed(job: Job, known: ChargeFacts) -> Charge:
    """Return what a job costs that the account lists, by HeyGen's word where it has one."""
    line = known.lock.spent.get(job.id)
    target = known.by_content.get(job.mark.content) if job.mark is not None else None
    owner = known.owners.get(job.id)
    shared = known.by_address.get(owner or "")
    if target is not None and shared is not None and shared.is_of(target.fingerprint):
        target = shared  # Of targets that share a content the one that ordered it pays.
    earlier = known.earlier.get(job.mark.digest) if job.mark is not None else None
    if target is None and earlier is not None:
        owner = earlier.target.address
    elif owner is not None and job.language is not None and job.kind is JobKind.TRANSLATION:
        # The account outranks a lockfile that gives the job to another language.
        owner = owner if fits(owner.partition("/")[2], job.language) else None
    address = target.address if target is not None else owner
    at = _later(job.created_at, line)
    charge = known.charge(job.id, address, at, mode_of_any(target), None)
    if charge.language is None and job.language is not None:
        charge = replace(charge, language=job.language)
    rate = earlier.price(known.rates) if target is None and earlier is not None else None
    if target is not None:
        rate = price_of(target, known.rates)
    if job.status is JobStatus.COMPLETED and job.duration and rate is not None:
        return known.priced(charge, job.duration, rate=rate)
    return known.priced(charge, job.duration or known.length(address), line, rate)


def _unlisted(spent: Spent, known: ChargeFacts) -> Iterator[tuple[str, Charge]]:
    """Walk over what lines tell of orders, which the account may not list any more."""
    for name, line in spent.items():
        charge = known.charge(name, line.address, line.ordered_at, line.mode, line.usd)
        entry = known.lock.entries.get(line.address)
        for job in (entry.job, entry.serving) if entry is not None else ():
            if job is not None and job.translation_id == name and job.duration:
                rate = known.rate_of(job, line.address)
                charge = known.priced(charge, job.duration, line, rate)
        yield name, charge


def _locked(lock: Lock, known: ChargeFacts) -> Iterator[tuple[str, Charge]]:
    """Walk over what entries tell of their jobs."""
    for address, entry in lock.entries.items():
        for name in (*sorted(entry.ids()), *entry.superseded):
            yield name, _of_entry(name, address, entry, known)


def _deleted(lock: Lock, known: ChargeFacts) -> Iterator[tuple[str, Charge]]:
    """Walk over what was deleted before there were budgets."""
    for name, paid in lock.paid.items():
        at, mode = lock.deleted.get(name, LONG_AGO), PROOFREAD if paid.session else None
        yield name, known.priced(known.charge(name, paid.address, at, mode, None), paid.seconds)


def _of_entry(name: str, address: str, entry: LockEntry, known: ChargeFacts) -> Charge:
    """Return what a job costs that only an entry tells of."""
    for job in (entry.job, entry.serving):
        if job is None or job.translation_id != name:
            continue
        target = known.by_address.get(address)
        target = target if target is not None and target.is_of(job.fingerprint) else None
        charge = known.charge(name, address, job.created_at, mode_of_any(target), None)
        seconds = job.duration or known.length(address)
        return known.priced(charge, seconds, rate=known.rate_of(job, address))
    # What was superseded is no younger than the job that took its place.
    charge = known.charge(name, address, entry.job.created_at, None, None)
    return known.priced(charge, known.length(address))


def _failed(lock: Lock) -> frozenset[str]:
    """Return the ids of what the lockfile knows to have failed, whatever a line says of it."""
    jobs = (job for entry in lock.entries.values() for job in (entry.job, entry.serving))
    failed = {job.translation_id for job in jobs if job and job.status is JobStatus.FAILED}
    sessions = (item for item in lock.sessions.values() if item.status is SessionStatus.FAILED)
    return frozenset(failed).union(item.proofread_id for item in sessions)


def _sessions(known: ChargeFacts) -> Iterator[tuple[str, Charge]]:
    for address, session in known.lock.sessions.items():
        name = session.proofread_id
        line = known.lock.spent.get(name)
        at = _later(session.created_at, line)
        charge = known.charge(name, address, at, PROOFREAD, None)
        yield name, known.priced(charge, known.length(address), line)


def _seen_sessions(sessions: Iterable[Session], known: ChargeFacts) -> Iterator[tuple[str, Charge]]:
    """Walk over the listed sessions that are of a target's present text, by their marks."""
    manifest, wanted = known.manifest, dict[str, list[Target]]()
    for target in manifest.targets if sessions else ():
        if target.proofread is None:
            continue
        for name in (manifest.project, *manifest.formerly):
            mark = title_mark(Mark.of(name, target.proofread.session))
            wanted.setdefault(mark, []).append(target)
    for session in sessions:
        there = wanted.get(session.title_mark or "", ())
        address = next((item.address for item in there if session.may_be(item)), None)
        if address is None:
            continue
        line = known.lock.spent.get(session.id)
        at = _later(session.created_at, line)
        charge = known.charge(session.id, address, at, PROOFREAD, None)
        yield session.id, known.priced(charge, known.length(address), line)


def _lost(item: Unanswered, known: ChargeFacts) -> Charge:
    """Return what an order costs at most whose answer nobody heard."""
    target = known.by_address.get(item.address)
    charge = known.charge(item.key, item.address, int(item.sent_at), mode_of_any(target), None)
    rate = price_of(target, known.rates) if target is not None else None
    return known.priced(charge, known.length(item.address), rate=rate)


def _later(at: int | None, line: SpentOrder | None) -> int | None:
    if line is None or at is None:
        return line.ordered_at if line is not None else at
    return max(at, line.ordered_at)


def kept_lines(
    known: Iterable[Charge], addresses: Mapping[str, str], now: float
) -> dict[str, SpentOrder]:
    """Return the lines that keep what some orders cost, by id, for when nothing else tells.

    `addresses` are theirs, by id. `now` stands for what nobody dates, in seconds since 1970.
    """
    lines = {}
    for charge in known:
        address = addresses.get(charge.id)
        if address is not None and charge.usd is not None:
            team = charge.team or "" if charge.team_known else None
            at = int(now) if charge.at is None else charge.at
            lines[charge.id] = SpentOrder(
                charge.address or address, at, charge.usd, team, charge.mode
            )
    return lines
