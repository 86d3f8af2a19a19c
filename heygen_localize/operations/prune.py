"""Deleting at HeyGen what nobody needs any more: shown, agreed to, one after another."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from heygen_localize.core.errors import LimitError, VendorError
from heygen_localize.core.lock import Lock
from heygen_localize.core.model import Listing
from heygen_localize.core.sessions import Seen, Session
from heygen_localize.core.spent import SpentOrder
from heygen_localize.core.unlisted import unlisted
from heygen_localize.core.waits import LISTING_MAX_AGE_SECONDS
from heygen_localize.heygen.client import Client
from heygen_localize.heygen.errors import ApiError
from heygen_localize.operations.delete import Deletions, PruneWatch
from heygen_localize.planning.charges import charges, kept_lines
from heygen_localize.planning.cost import another_account
from heygen_localize.planning.prune import Pruned, PrunePlan, SessionPrunes, counted_both
from heygen_localize.planning.prune_survey import named_ids, survey
from heygen_localize.planning.session_survey import Bounds, SessionSurvey
from heygen_localize.project.account import Account, list_jobs
from heygen_localize.project.other_lockfiles import counted_on, counted_on_elsewhere
from heygen_localize.project.project import Project
from heygen_localize.system.clock import Clock


class PruneRequest(Struct, frozen=True):
    """What a prune is asked for; without `max_delete` the manifest's limit holds."""

    manifest: Path
    targets: tuple[str, ...] = ()
    max_delete: int | None = None
    dry_run: bool = False


def prune(request: PruneRequest, account: Account, clock: Clock, watch: PruneWatch) -> Pruned:
    """Delete orphans' jobs, superseded ones and duplicates, and sessions that came to nothing.

    That one is deleted is in the lockfile before it is asked for, and that nothing counts on
    it any more before the next: a crash between the two leaves an id that the next prune
    finds gone.

    Raises:
        UsageError: a pattern that fits no address.
        ManifestError, LockfileError: they cannot be read or written, or another lockfile
            that may count on the jobs cannot be read.
        LimitError: it is more than the limit, or the account is another one.
        ConsentError: nobody agrees.
        BusyError: another process applies the same manifest.
        VendorError: the account could not be listed whole.
        ApiFailure: HeyGen could not be asked, or does not answer any more.
    """
    with Project.locked(request.manifest, account) as project:
        listed_at = clock.monotonic()
        prunes = _survey(project, request, account, clock)
        limit = project.manifest.limits.max_delete
        most = limit if request.max_delete is None else request.max_delete
        if prunes.items and not (request.dry_run and len(prunes.items) <= most):
            watch.show(prunes, clock.now())
        _refuse_too_many(prunes, request, most)
        if request.dry_run:
            return Pruned(prunes, clock.now(), dry_run=True)
        if prunes.items:
            watch.agree(prunes)
        if clock.monotonic() - listed_at > LISTING_MAX_AGE_SECONDS:
            prunes = _still(prunes, _survey(project, request, account, clock))
        return Deletions(prunes, account.client, project, clock).run(watch)


def _survey(project: Project, request: PruneRequest, account: Account, clock: Clock) -> PrunePlan:
    manifest, lock = project.manifest, project.lock
    exported = (manifest.project, *manifest.formerly) if project.state.shared else ()
    elsewhere = counted_on_elsewhere(manifest.lock_path, exported)
    for name, other in project.state.counted_on_elsewhere().items():
        for job in counted_on(other):
            elsewhere.setdefault(job, name)
    answers = project.journal.read()
    ids = named_ids(manifest.targets, lock) | project.pinned_ids
    listing = list_jobs(account.client, project.kinds(answers), lock, answers, clock.now(), ids)
    _refuse_unknown(lock, listing)
    selected = project.select(request.targets, lock.sessions)
    prunes = survey(
        manifest.targets, lock, listing, manifest.formerly, manifest.rates, selected, elsewhere
    )
    working = {job.id for job in listing.jobs if job.status.in_progress}
    rendering = {item.address for item in answers if item.translation_id in working}
    rendering |= {name for name, entry in lock.entries.items() if entry.ids() & working}
    bounds = Bounds(manifest.formerly, selected, elsewhere, rendering)
    sessions = SessionSurvey(manifest.targets, lock, manifest.rates, bounds)
    prunes = replace(
        prunes,
        sessions=look_at_sessions(account.client, sessions, clock.now()),
        lipsyncs_unseen=listing.lipsyncs_denied,
    )
    return replace(prunes, spent=_lines(prunes, project, listing, clock.now()))


def _lines(
    prunes: PrunePlan, project: Project, listing: Listing, now: float
) -> dict[str, SpentOrder]:
    """Return what budgets are held against once all this is deleted."""
    manifest, lock = project.manifest, project.lock
    if not manifest.budgets.items:
        return {}
    addresses = {item.id: item.address for item in prunes.items}
    for address, entry in lock.entries.items():
        ids = entry.ids().union(entry.superseded)
        addresses |= dict.fromkeys(ids.intersection(prunes.gone), address)
    for address, session in lock.sessions.items():
        addresses.setdefault(session.proofread_id, address)
    return kept_lines(charges(manifest, lock, listing), addresses, now)


def _refuse_unknown(lock: Lock, listing: Listing) -> None:
    """Make sure that the account is known to its last job, and is the lockfile's."""
    if not listing.complete:
        hint = "without a whole list nothing is deleted; run the same command again"
        raise VendorError.of([unlisted(listing.flaw, hint)])
    ids = {entry.job.translation_id for entry in lock.entries.values()}
    if ids and ids <= listing.gone:
        forget = "localize forget '*' lets go of those that are not in the manifest"
        raise LimitError.of([another_account(forget)])


def _refuse_too_many(prunes: PrunePlan, request: PruneRequest, most: int) -> None:
    count, sessions = len(prunes.items), len(prunes.sessions.doomed)
    if count > most:
        limit = "limits.max_delete" if request.max_delete is None else "--max-delete"
        raise LimitError(
            f"prune would delete {counted_both(count - sessions, sessions)}, {limit} is {most}",
            code="max_delete_exceeded",
            hint=f"narrow it with --target, or allow it: --max-delete {count}",
        )


def _still(agreed: PrunePlan, fresh: PrunePlan) -> PrunePlan:
    ids = {item.id for item in agreed.items}
    kept = tuple(item for item in fresh.doomed if item.id in ids)
    sessions = tuple(item for item in fresh.sessions.doomed if item.id in ids)
    return replace(fresh, doomed=kept, sessions=replace(fresh.sessions, doomed=sessions))


def look_at_sessions(client: Client, survey: SessionSurvey, now: float) -> SessionPrunes:
    """List the account's sessions, and ask by their ids for those that may be deleted.

    Where they cannot be listed whole or asked for, none is deleted, and the result says why.
    `now` in seconds since 1970.

    Raises:
        AccountRefused: the key is not accepted.
    """
    if survey.idle:
        return SessionPrunes()
    listed = client.sessions()
    if not listed.whole:
        return SessionPrunes(unseen=listed.flaw or "HeyGen has no list of them here")
    seen = Seen({session.id: session for session in listed.sessions})
    asked: dict[str, Session | None] = {}
    for name in survey.to_ask(seen, now):
        failure = _ask(client, name, asked)
        # What is denied is denied of that session alone: it stays.
        if failure is not None and not failure.denied:
            return SessionPrunes(unseen=f"{name} could not be asked for: {failure}")
    return survey.prunes(replace(seen, asked=asked), now)


def _ask(client: Client, name: str, asked: dict[str, Session | None]) -> ApiError | None:
    try:
        asked[name] = client.session(name)
    except ApiError as failure:
        if failure.refuses_account:
            raise
        return failure
    return None
