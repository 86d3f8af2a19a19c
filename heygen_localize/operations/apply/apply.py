"""Making the manifest true, for the command line and for Python callers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from msgspec import Struct, field
from msgspec.structs import replace

from heygen_localize.buckets.buckets import Buckets
from heygen_localize.core.errors import (
    AccountError,
    ConsentError,
    FrozenError,
    LimitError,
    StateError,
)
from heygen_localize.core.lock import Lock
from heygen_localize.core.model import NO_OUTPUTS, Job, JobStatus, Listing, LockUrls, OutputUrls
from heygen_localize.core.text import pluralize
from heygen_localize.operations.apply.context import RunContext, RunOptions
from heygen_localize.operations.apply.executor import Executor
from heygen_localize.operations.apply.ledger import account_name
from heygen_localize.operations.apply.object_sources import ObjectSources
from heygen_localize.operations.apply.refusals import RefusalLog
from heygen_localize.operations.apply.uploads import Uploader
from heygen_localize.operations.events import Watcher
from heygen_localize.operations.plan import (
    incomplete_listing,
    plan_project,
    policy_of,
)
from heygen_localize.operations.pull.delivery import Delivery, PullDuringApply
from heygen_localize.operations.pull.destinations import refuse_unsafe
from heygen_localize.operations.pull.objects import refuse_unreachable
from heygen_localize.operations.pull.workers import PullTools
from heygen_localize.operations.refused import unsafe_batches
from heygen_localize.operations.request import Request
from heygen_localize.operations.saved_plan import SavedPlan, refuse_more
from heygen_localize.planning.estimate import ordered
from heygen_localize.planning.plan import Plan, SharedJob
from heygen_localize.planning.pull import places
from heygen_localize.planning.reasons import ActionKind
from heygen_localize.planning.reconcile import reconcile
from heygen_localize.planning.results import Applied, Planned, RunResult, unmet_failures
from heygen_localize.project.account import Account, earlier_time, time_at_heygen
from heygen_localize.project.lockfile.store import (
    is_too_large,
    lock_size,
    refuse_too_large,
)
from heygen_localize.project.process_lock import (
    cache_path,
    only_one,
    refuse_full_disk,
    state_folder,
)
from heygen_localize.project.project import Project
from heygen_localize.project.recorder import LockRecorder
from heygen_localize.project.working_lock import WorkingLock
from heygen_localize.system.clock import Clock, SystemClock
from heygen_localize.system.signals import Interruption
from heygen_localize.system.trace import Trace, traced
from heygen_localize.system.web import Web

_ROOM_FOR_AN_ENTRY = 4096
"""Bytes that an entry of the lockfile and its line of the journal take at most, or nearly."""


_LIKELY_LINK = f"https://files.heygen.example/{'x' * 420}"
_LIKELY_OUTPUTS = OutputUrls(_LIKELY_LINK, _LIKELY_LINK, _LIKELY_LINK, _LIKELY_LINK, 10**9)
"""Links as long as HeyGen's."""


def nobody_agrees(planned: Planned) -> None:
    """Agree to what is free, and to nothing that costs.

    Raises:
        ConsentError: the plan orders something.
    """
    if planned.plan.costly:
        raise ConsentError(
            f"the plan orders {ordered(planned.estimate)}, and nobody agreed to pay",
            hint="look at the plan, then pass a Conduct whose review agrees",
        )


class Conduct(Struct, frozen=True):
    """How an `apply` goes about it: what it waits by, who watches, who agrees, who interrupts.

    `review` is shown what will be done, before anything is; it raises where that
    costs and nobody agrees, as it does by default. With `pull`, files are fetched as
    jobs end. Nothing is paid for that a `saved` plan does not show. `keep` is given what came
    of it, and what was read of the checkout for it.
    """

    review: Callable[[Planned], None] = nobody_agrees
    options: RunOptions = field(default_factory=RunOptions)
    clock: Clock = field(default_factory=SystemClock)
    watcher: Watcher = field(default_factory=Watcher)
    interruption: Interruption = field(default_factory=Interruption)
    pull: PullTools | None = None
    saved: SavedPlan | None = None
    keep: Callable[[Applied, Trace], None] | None = None


def apply(request: Request, account: Account, conduct: Conduct) -> Applied:
    """Make the manifest true.

    Raises:
        BusyError: another process applies the same manifest.
        DiskError: what is paid for could not be kept.
        LimitError: a limit refuses the plan; nothing was paid.
        StateError: jobs are to be ordered together, and no state is shared; nothing was paid.
        LockfileError: the lockfile would become too large to be read; nothing was paid.
        ManifestError: the manifest cannot be applied.
        AccountRefused: the key is not accepted.
        VendorError: HeyGen cannot be reached, or the account could not be
            listed whole; what could be adopted was.
        LockfileError, JournalError: they cannot be read or written.
        FrozenError: the request is for a lockfile that stays, and it would change.
        Interrupted: a signal came; what was learned is written.
    """
    with _planned(request, account, conduct) as (project, planned, trace):
        unsafe = unsafe_batches(project, planned.plan)
        if unsafe:
            raise StateError.of(unsafe)
        held_back = 0 if planned.listing.complete else len(planned.plan.costly)
        if held_back:
            # Limits are for orders; what was not seen may well exist, and none is placed.
            planned = _free_part(planned)
        elif planned.refusals:
            raise LimitError.of(planned.refusals)
        if conduct.saved is not None:
            refuse_more(conduct.saved, planned.plan)
        if request.frozen:
            return _kept(conduct, _frozen(planned), trace)
        if conduct.pull is not None:
            wanted = places(planned.manifest.targets, planned.selected)
            refuse_unsafe(planned.manifest, wanted)
        if planned.plan.costly:
            _refuse_what_cannot_end_well(planned, shared=project.state.shared)
            if conduct.pull is not None:
                refuse_unreachable(conduct.pull.buckets, wanted)
        if planned.plan.changes or planned.lock.merged:
            conduct.review(planned)
        applied = _kept(conduct, _run(project, request, account, planned, conduct), trace)
    if held_back:
        raise incomplete_listing(planned.listing, held_back, applied.result.failures)
    return applied


@contextmanager
def _planned(
    request: Request, account: Account, conduct: Conduct
) -> Iterator[tuple[Project, Planned, Trace]]:
    """Keep other processes away, and only then read the project and plan."""
    if not request.path.exists():
        Project.open(request.path)  # which says what to do
    with only_one(request.path), ExitStack() as held:
        with traced() as trace:
            project = Project.alone(request.path, account, held)
            planned = plan_project(project, request, account, conduct.clock)
        yield project, planned, trace


def _kept(conduct: Conduct, applied: Applied, trace: Trace) -> Applied:
    if conduct.keep is not None:
        conduct.keep(applied, trace)
    return applied


def _frozen(planned: Planned) -> Applied:
    changes = [
        action
        for action in planned.plan.actions
        if action.changes and action.kind is not ActionKind.DRIFT
    ]
    if changes or planned.lock.merged:
        shown = ", ".join(action.address for action in changes[:5])
        raise FrozenError(
            f"the lockfile is not current: {pluralize(len(changes), 'target')} would change"
            + (f" ({shown}{', …' if len(changes) > 5 else ''})" if shown else ""),
            hint="localize plan shows what; localize apply without --frozen does it",
        )
    unmet_now = unmet_failures(planned.plan)
    return Applied(planned, RunResult(failures=unmet_now), planned.lock)


def _run(
    project: Project, request: Request, account: Account, planned: Planned, conduct: Conduct
) -> Applied:
    manifest = planned.manifest
    recorder = project.recorder(conduct.clock, planned.lock)
    recorder.note_validators(planned.reports)
    _expect_spending(recorder, planned, account, conduct.clock)
    name = account_name(account, planned) if project.state.shared and planned.plan.costly else ""
    orders = project.state.orders(name)
    web = Web(loopback=account.loopback)
    objects = ObjectSources(Buckets(), loopback=account.loopback)
    uploader = Uploader(account.client.assets, web, recorder, conduct.watcher, manifest, objects)
    selected = planned.selected

    def replan(lock: Lock, listing: Listing) -> Plan:
        policy = policy_of(request, manifest)
        now = conduct.clock.now()
        return reconcile(manifest.targets, lock, listing, now, policy, selected)

    options = replace(
        conduct.options,
        max_concurrent_jobs=manifest.limits.max_concurrent_jobs,
        stuck_after=manifest.limits.stuck_after,
    )

    def run(watcher: Watcher) -> RunResult:
        clock, interruption = conduct.clock, conduct.interruption
        refused = RefusalLog(cache_path(manifest.path, "refusals.json"), clock)
        tools = RunContext(
            account.client, recorder, uploader, web, clock, watcher, interruption, refused, orders
        )
        return Executor(planned, tools, options, replan).run()

    if conduct.pull is None:
        return Applied(planned, run(conduct.watcher), recorder.lock)
    with Delivery(manifest, recorder, conduct.pull, conduct.interruption) as delivery:
        alongside = PullDuringApply(conduct.watcher, manifest, recorder, delivery, selected)
        alongside.begin()
        result = run(alongside)
        pulled = alongside.finish()
    return Applied(planned, result, recorder.lock, pulled)


def _expect_spending(
    recorder: LockRecorder, planned: Planned, account: Account, clock: Clock
) -> None:
    """Have the recorder keep what the orders of a run cost, where the manifest has budgets."""
    if not planned.manifest.budgets.items or not planned.plan.changes:
        return
    # Here, since most manifests have none.
    from heygen_localize.operations.budget import lines_to_keep, order_lines

    recorder.keep_spent(lines_to_keep(planned, earlier_time(account, clock)))
    recorder.expect(order_lines(planned), lambda: int(time_at_heygen(account.client, clock)))


def _refuse_what_cannot_end_well(planned: Planned, *, shared: bool) -> None:
    """Find out before paying whether answers can be kept, and whether there is money.

    What is `shared` has room for any number; answers go to this machine's disk if that fails.
    """
    manifest = planned.manifest
    keep_urls = manifest.lock_urls is LockUrls.KEEP
    now = lock_size(planned.lock, keep_urls)
    size = now + _ROOM_FOR_AN_ENTRY * len(planned.plan.costly)
    if is_too_large(size) and not shared:
        refuse_too_large(manifest.lock_path, now + _added(planned, keep_urls))
    for folder in (manifest.lock_path.parent, state_folder(manifest.path)):
        refuse_full_disk(folder, size)
    balance = planned.balance
    if balance is not None and planned.estimate.cost and balance.lacks(planned.estimate.cost):
        raise AccountError(
            f"the plan costs about {planned.estimate.cost:.2f} USD, the account has "
            f"{balance.remaining:.2f} ({balance.left}, {balance.billing})",
            code="balance_too_low",
            hint="top it up, narrow the plan with --target, or go on with --no-balance-check",
        )


def _added(planned: Planned, keep_urls: bool) -> int:
    """Return how many bytes a run will add to the lockfile, or nearly: its orders, rendered."""
    working = WorkingLock(Lock(planned.lock.project, assets=planned.lock.assets))
    outputs = _LIKELY_OUTPUTS if keep_urls else NO_OUTPUTS
    for action in planned.plan.of_targets:
        if action.costs:
            job = Job("x" * 40, JobStatus.COMPLETED, created_at=10**9, outputs=outputs)
            job = replace(job, title=action.facts.title, duration=100.25)
            working.adopt(action.target, job, 1)
    return lock_size(working.lock, keep_urls)


def _free_part(planned: Planned) -> Planned:
    """Leave out what costs, and what waits for something that costs."""
    whole = planned.plan
    free = (
        action for action in whole.actions if not action.costs and not isinstance(action, SharedJob)
    )
    nothing = replace(planned.estimate, jobs=0, seconds=0.0, cost=0.0, sessions=0, later=0.0)
    nothing = replace(nothing, unknown=(), prices={})
    return replace(planned, plan=replace(whole, actions=tuple(free)), estimate=nothing)
