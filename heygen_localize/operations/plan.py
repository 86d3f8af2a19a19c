"""From a manifest and an account to a plan: what is asked on the way, and what refuses it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from msgspec.structs import replace

from heygen_localize.core.balance import Balance
from heygen_localize.core.errors import Diagnostic, LocalizeError, VendorError
from heygen_localize.core.model import Listing, LockUrls, Manifest, MediaKind
from heygen_localize.core.sources import Reports
from heygen_localize.core.text import pluralize
from heygen_localize.core.unanswered import Unanswered
from heygen_localize.core.unlisted import unlisted
from heygen_localize.heygen.errors import ApiError
from heygen_localize.heygen.glossaries import uses_glossaries, with_glossaries
from heygen_localize.media import Role
from heygen_localize.operations.refused import refusals_of, unsafe_batches
from heygen_localize.operations.request import Request, SourceCheck
from heygen_localize.operations.sessions import Reviews, reviewed_plan
from heygen_localize.planning.estimate import estimate
from heygen_localize.planning.plan import Plan
from heygen_localize.planning.reconcile import Policy, reconcile
from heygen_localize.planning.replacing import refuse_irreplaceable, unreplaced
from heygen_localize.planning.results import Failure, Planned
from heygen_localize.planning.settled import settled
from heygen_localize.planning.sources import apply_source_checks
from heygen_localize.planning.status import chosen
from heygen_localize.project.account import Account, earlier_time, jobs_from_lockfile
from heygen_localize.project.account_view import AccountView
from heygen_localize.project.process_lock import cache_path
from heygen_localize.project.project import Project
from heygen_localize.system.clock import SYSTEM_CLOCK, Clock


def plan(
    request: Request,
    account: Account | None,
    clock: Clock = SYSTEM_CLOCK,
    *,
    loopback: bool = False,
) -> Planned:
    """Work out what `apply` would do; without an account, from the lockfile alone.

    With `loopback`, sources may be on this machine even then.

    Raises:
        UsageError: a `targets` pattern that fits no address.
        ManifestError, LockfileError: see `Project.open`.
        ApiFailure: HeyGen could not be asked.
    """
    project = Project.open(request.path, account, loopback=loopback)
    return plan_project(project, request, account, clock)


def plan_project(
    project: Project, request: Request, account: Account | None, clock: Clock
) -> Planned:
    """Work out what `apply` would do for a project that is open, as `plan` does."""
    selected = selected_by(request, project, clock.now())
    _refuse_irreplaceable(request, project, selected)
    listed_at = clock.monotonic()

    def made_from(listing: Listing) -> Reviews:
        return _reconciled(project, request, account, clock, selected, listing)

    listing, reviews = _seen(project, request, account, clock, made_from)
    made, found_orders, lost = _without_doubtful(project, reviews, listing)
    warnings = (*reviews.warnings, *_warnings(project, request, made, clock))
    manifest = replace(project.manifest, warnings=(*project.manifest.warnings, *warnings))
    reports: Reports = {}
    if listing.flaw is None and account is not None:
        reports = _ask_sources(made, request, account, clock)
        made = _with_glossaries(
            apply_source_checks(made, reviews.lock, reports, listing.lipsyncs_denied), account
        )
    expected = estimate(made, manifest.targets, reviews.lock, manifest.rates, reports)
    planned = Planned(
        manifest,
        reviews.lock,
        listing,
        listed_at,
        made,
        expected,
        (),
        reports,
        clock.now(),
        reviews.remote,
        offline=account is None,
        selected=selected,
        found_orders=found_orders,
        kept_in=project.state.name if project.state.shared else None,
    )
    return _judged(planned, lost, request, account, clock)


def _refuse_irreplaceable(
    request: Request, project: Project, selected: frozenset[str] | None
) -> None:
    about = {
        item.address: item
        for item in project.manifest.targets
        if selected is None or item.address in selected
    }
    refuse_irreplaceable(request.replace, about)


def _reconciled(
    project: Project,
    request: Request,
    account: Account | None,
    clock: Clock,
    selected: frozenset[str] | None,
    listing: Listing,
) -> Reviews:
    """Hold the manifest against a listing, and against the proofread sessions of its targets."""
    manifest, lock = project.manifest, project.lock
    policy = replace(policy_of(request, manifest), due_at=earlier_time(account, clock))
    made = reconcile(manifest.targets, lock, listing, clock.now(), policy, selected)
    if listing.flaw is not None:
        return Reviews(made, lock)
    return reviewed_plan(made, lock, account, clock.now(), policy)


def _warnings(
    project: Project, request: Request, made: Plan, clock: Clock
) -> tuple[Diagnostic, ...]:
    """Return what is to be said of a plan that refuses nothing of it."""
    found = (*unreplaced(request.replace, made, clock.now()), *unsafe_batches(project, made))
    if not made.waits:
        return found
    # Here, since most manifests have no waves.
    from heygen_localize.planning.waves import far_off

    return (*found, *far_off(made, clock.now()))


def _judged(
    planned: Planned,
    lost: Sequence[Unanswered],
    request: Request,
    account: Account | None,
    clock: Clock,
) -> Planned:
    """Return a plan with what refuses it: budgets, limits, rules; and with the balance."""
    if planned.manifest.budgets.items:
        # Here, since most manifests have none.
        from heygen_localize.operations.budget import held_against

        planned = held_against(planned, lost, account, clock, request)
    return replace(
        planned,
        refusals=refusals_of(planned, request, clock),
        balance=_balance(planned.plan, request, account),
    )


def _seen(
    project: Project,
    request: Request,
    account: Account | None,
    clock: Clock,
    made_from: Callable[[Listing], Reviews],
) -> tuple[Listing, Reviews]:
    """Look at the account, and plan; at what changed alone, where nothing else matters."""
    if account is None:
        answers = project.journal.read()
        listing = jobs_from_lockfile(project.lock, answers, project.pinned_ids)
        return listing, made_from(listing)
    view = AccountView(project, account.client, clock.now())
    changes = None if request.recreate or request.replace else view.changes()
    if changes is not None:
        reviews = made_from(changes)
        if changes.complete or settled(reviews.plan, view.confirmed):
            return changes, reviews
    listing = view.whole()
    return listing, made_from(listing)


def _without_doubtful(
    project: Project, reviews: Reviews, listing: Listing
) -> tuple[Plan, Mapping[str, str], tuple[Unanswered, ...]]:
    """Hold back orders that may be paid for already; return those that the account tells of.

    Then those that it does not.
    """
    unanswered = project.state.unanswered()
    if not unanswered:
        return reviews.plan, {}, ()
    # Here, since only a shared state knows of any.
    from heygen_localize.planning.unanswered import found_orders, hold_back

    found = found_orders(unanswered, listing, reviews.lock)
    lost = tuple(item for item in unanswered if item.key not in found)
    return hold_back(reviews.plan, lost), found, lost


def _balance(made: Plan, request: Request, account: Account | None) -> Balance | None:
    """Return what the account can still spend, where the plan costs and HeyGen tells."""
    if account is None or not made.costly or not request.balance_check or request.frozen:
        return None
    try:
        return account.client.balance()
    except ApiError as failure:
        if failure.refuses_account:
            raise
        return None


def _with_glossaries(made: Plan, account: Account) -> Plan:
    """Show what was rendered before its glossary was changed, where HeyGen tells."""
    if not uses_glossaries(made):
        return made
    try:
        return with_glossaries(made, account.client.glossaries())
    except ApiError as failure:
        if failure.unauthorized:
            raise
        return made  # it is shown, and decides nothing


def selected_by(request: Request, project: Project, now: float) -> frozenset[str] | None:
    """Return the addresses that a request is about; None where it is about all.

    Raises:
        UsageError: a pattern that fits no address.
    """
    selected = project.select(request.targets)
    return chosen(selected, request.states, project.manifest.targets, project.lock, now)


def policy_of(request: Request, manifest: Manifest) -> Policy:
    """Bring together what the manifest and the command line decide."""
    return Policy(
        recreate=request.recreate,
        retry_failed=request.retry_failed,
        max_attempts=manifest.limits.max_attempts,
        stuck_after=manifest.limits.stuck_after,
        keep_urls=manifest.lock_urls is LockUrls.KEEP,
        formerly=manifest.formerly,
        anew=frozenset(request.replace),
    )


def _ask_sources(made: Plan, request: Request, account: Account, clock: Clock) -> Reports:
    """Ask each URL once, in the role that it is used in."""
    if request.check_sources is SourceCheck.NONE:
        return {}
    every = request.check_sources is SourceCheck.ALL
    sources: dict[str, Role] = {}
    for action in made.of_targets:
        target = action.target
        if target.skip or not (every or action.costs):
            continue
        uses = (
            (target.source, Role.VIDEO),
            (target.audio, Role.AUDIO),
            (target.srt, Role.SUBTITLES),
        )
        for media, role in uses:
            if media is not None and media.kind is MediaKind.URL:
                sources.setdefault(media.reference, role)
    if not sources:
        return {}
    # Here, since few plans ask an address.
    from heygen_localize.media.probe import Prober

    cache = cache_path(request.path, "sources.json")
    return Prober(loopback=account.loopback, cache=cache, clock=clock).ask(sources)


def incomplete_listing(
    listing: Listing, held_back: int, failures: Sequence[Failure] = ()
) -> LocalizeError:
    """Say that the account could not be listed whole, so that nothing may be ordered.

    `failures` of what could be adopted all the same are told with it.
    """
    problem = unlisted(
        listing.flaw,
        f"{pluralize(held_back, 'target')} may or may not exist already, so none was ordered; "
        "run the same command again",
    )
    return VendorError.of([problem, *(failure.problem for failure in failures)])
