"""The heart: what is wanted, what is remembered and what the account holds, made into a plan.

Pure. The table that it follows stands in docs/design.md, "Reconciling".
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from heygen_localize.core.lock import Lock, LockEntry
from heygen_localize.core.model import NO_OUTPUTS, Job, Listing, Target
from heygen_localize.planning.blocking import denied_job, problem_of
from heygen_localize.planning.candidates import Candidates, candidates_by_fingerprint
from heygen_localize.planning.plan import Action, ActionKind, Duplicate, Plan, Reason


@dataclass(frozen=True)
class Policy:
    """What the manifest and the command line decide about the table's open rows.

    `stuck_after` is in seconds. `formerly` are earlier names of the project.
    """

    recreate: bool = False
    retry_failed: bool = False
    max_attempts: int = 3
    stuck_after: float = 7200.0
    keep_urls: bool = True
    formerly: tuple[str, ...] = ()


def reconcile(
    targets: Sequence[Target],
    lock: Lock,
    listing: Listing,
    now: float,
    policy: Policy = Policy(),
    selected: Collection[str] | None = None,
) -> Plan:
    """Work out what is to be done for each target.

    Args:
        targets: All of the manifest's, in the order of addresses.
        lock: What the lockfile remembers.
        listing: The account's jobs, answers of this run included.
        now: Seconds since 1970; only tells which running jobs are stuck.
        policy: Limits and flags.
        selected: Addresses to plan for; the rest is left untouched, and with
            a selection nothing is called an orphan. None plans for all.
    """
    ours = (lock.project, *policy.formerly)
    contents = candidates_by_fingerprint(targets, lock, listing, policy.formerly)
    renames = _renames(targets, lock) if selected is None else {}
    actions = [
        _action(target, lock, contents[target.fingerprint], renames, listing, now, policy)
        for target in targets
        if selected is None or target.address in selected
    ]
    actions = _share(actions)
    if selected is None:
        actions += _orphans(targets, lock, renames)
    ids = {entry.job.translation_id for entry in lock.entries.values()}
    return Plan(
        project=lock.project,
        actions=tuple(sorted(actions, key=lambda action: action.address)),
        duplicates=_duplicates(actions, contents),
        foreign=_foreign(listing, ours, contents),
        all_gone=bool(ids) and ids <= listing.gone and not policy.recreate,
        max_attempts=policy.max_attempts,
    )


def _foreign(listing: Listing, ours: Collection[str], contents: Mapping[str, Candidates]) -> int:
    """Count the jobs that are left alone: without our mark, and not pinned by the manifest."""
    pinned = {content.pinned for content in contents.values()}
    others = (job for job in listing.jobs if job.mark is None or job.mark.project not in ours)
    return sum(job.id not in pinned for job in others)


def _renames(targets: Iterable[Target], lock: Lock) -> dict[str, str]:
    """Pair new addresses with old ones of the same content: new address → old address."""
    wanted = {target.address for target in targets}
    free: dict[str, list[str]] = defaultdict(list)
    for address in sorted(lock.entries.keys() - wanted, reverse=True):
        free[lock.entries[address].job.fingerprint].append(address)
    renames = {}
    for target in targets:
        olds = [digest for digest in target.fingerprints if free[digest]]
        if target.address not in lock.entries and olds:
            renames[target.address] = free[olds[0]].pop()
    return renames


def _action(
    target: Target,
    lock: Lock,
    content: Candidates,
    renames: Mapping[str, str],
    listing: Listing,
    now: float,
    policy: Policy,
) -> Action:
    """Find the row of the table that fits one target, on its own."""
    moved_from = renames.get(target.address)
    entry = lock.entries.get(moved_from or target.address)
    denied = denied_job(target, lock, listing)
    kind, reason = _row(target, entry, content, listing, denied, now, policy)
    if moved_from and kind in (ActionKind.NONE, ActionKind.WAIT, ActionKind.RECORD):
        kind, reason = ActionKind.ADOPT, Reason.RENAMED
    if content.pinned is not None and kind is ActionKind.ADOPT and not moved_from:
        reason = Reason.PINNED
    job = _shown_job(target, entry, content, reason)
    retitle = _retitle(target, entry, content)
    if retitle is not None and kind is ActionKind.NONE:
        kind, reason = ActionKind.RETITLE, Reason.TITLE_CHANGED
    return Action(
        address=target.address,
        kind=kind,
        reason=reason,
        target=target,
        entry=entry,
        job=job,
        title=content.title,
        retitle=retitle,
        records=entry is not None and job is not None and _records(target, entry, job, reason),
        moved_from=moved_from,
        failures=len(content.failed),
        newest_failure=content.failed[-1].id if content.failed else None,
        problem=problem_of(content, listing, denied, reason),
    )


def _row(
    target: Target,
    entry: LockEntry | None,
    content: Candidates,
    listing: Listing,
    denied: str | None,
    now: float,
    policy: Policy,
) -> tuple[ActionKind, Reason]:
    """Read the table from the top. `denied` is a job of the content that may not be read."""
    job = content.chosen
    if target.skip:
        return ActionKind.SKIP, Reason.SKIPPED
    if job is not None and job.status.live:
        return _live_row(target, entry, job, now, policy)
    if content.pinned is not None:
        return ActionKind.BLOCKED, Reason.PIN_FAILED if job else Reason.PIN_UNKNOWN
    if denied is not None:
        return ActionKind.BLOCKED, Reason.JOB_DENIED
    if entry is not None and _is_gone(entry, target, listing, job):
        return ActionKind.RECREATE if policy.recreate else ActionKind.GONE, Reason.JOB_GONE
    if job is not None:
        if len(content.failed) < policy.max_attempts or policy.retry_failed:
            return ActionKind.RETRY, Reason.JOB_FAILED
        return ActionKind.BLOCKED, Reason.ATTEMPTS_USED_UP
    if entry is None:
        return ActionKind.CREATE, Reason.NEW
    if not target.is_of(entry.job.fingerprint):
        return ActionKind.REPLACE, Reason.SPEC_CHANGED
    return ActionKind.CREATE, Reason.LOCK_MISPAIRED


def _live_row(
    target: Target, entry: LockEntry | None, job: Job, now: float, policy: Policy
) -> tuple[ActionKind, Reason]:
    """Read the rows of a job that is rendered or on the way: they never cost."""
    if entry is None:
        return ActionKind.ADOPT, Reason.NOT_IN_LOCK
    if not target.is_of(entry.job.fingerprint):
        return ActionKind.ADOPT, Reason.SPEC_RENDERED_BEFORE
    if entry.job.translation_id != job.id:
        return ActionKind.ADOPT, Reason.OTHER_JOB
    if job.status.in_progress:
        late = job.created_at is not None and now - job.created_at > policy.stuck_after
        return ActionKind.WAIT, Reason.STUCK if late else Reason.RENDERING
    if _state_differs(entry, job):
        return ActionKind.RECORD, Reason.STATE_CHANGED
    told = job.outputs != NO_OUTPUTS
    if policy.keep_urls and told and not entry.job.outputs.same_files(job.outputs):
        return ActionKind.RECORD, Reason.OUTPUTS_CHANGED
    if entry.job.public_url not in target.public_urls:
        return ActionKind.RECORD, Reason.PUBLIC_URL_CHANGED
    return ActionKind.NONE, Reason.UP_TO_DATE


def _is_gone(entry: LockEntry, target: Target, listing: Listing, failed: Job | None) -> bool:
    """Tell whether the target's job was deleted, and was more than one more failed attempt."""
    deleted = entry.job.translation_id in listing.gone
    counted = entry.job.status.live or failed is None
    return deleted and counted and target.is_of(entry.job.fingerprint)


def _shown_job(
    target: Target, entry: LockEntry | None, content: Candidates, reason: Reason
) -> Job | None:
    """Give the job that an action is about: the content's, and what a skipped target keeps."""
    if reason is Reason.JOB_GONE:
        return None
    if target.skip and entry is not None and target.is_of(entry.job.fingerprint):
        jobs = (*content.live, *content.failed)
        return next((job for job in jobs if job.id == entry.job.translation_id), content.chosen)
    return content.chosen


def _records(target: Target, entry: LockEntry, job: Job, reason: Reason) -> bool:
    """Tell whether the lock is to learn the job's state.

    A blocked target's lock may still wait for an earlier attempt. A skipped
    target's is never paired anew: that would change what stands for the content.
    """
    ours = target.is_of(entry.job.fingerprint)
    if reason is Reason.SKIPPED and not ours:
        return False
    hopes = reason is Reason.ATTEMPTS_USED_UP and ours and entry.job.status.live
    return hopes or _state_differs(entry, job)


def _state_differs(entry: LockEntry, job: Job) -> bool:
    """Tell whether the lock has this very job in another state."""
    return entry.job.translation_id == job.id and entry.job.status is not job.status


def _retitle(target: Target, entry: LockEntry | None, content: Candidates) -> str | None:
    """Give the title that a live job lacks; only the content's first address cares.

    What the lock says was sent outranks what the vendor shows, so that a title
    which the vendor trims or folds is not sent at every run.
    """
    job = content.chosen
    owned = target.address == content.owner and content.title is not None
    if not owned or job is None or not job.status.live:
        return None
    if job.mark is None and content.pinned is None:
        return None  # the lock's word alone is none to change somebody's job by
    same = entry is not None and entry.job.translation_id == job.id
    title = entry.job.title if entry is not None and same else job.title
    return content.title if title != content.title else None


def _share(actions: Sequence[Action]) -> list[Action]:
    """Let one target of each fingerprint order the job, and the others take it too."""
    creators: dict[str, str] = {}
    for action in actions:
        if action.costs and action.target is not None:
            creators.setdefault(action.target.fingerprint, action.address)
    shared = []
    for action in actions:
        creator = creators.get(action.target.fingerprint) if action.target else None
        takes = action.costs or action.kind in (ActionKind.GONE, ActionKind.BLOCKED)
        if creator is not None and creator != action.address and takes:
            action = replace(
                action, kind=ActionKind.ADOPT, reason=Reason.SHARES_JOB, shares=creator, job=None
            )
        shared.append(action)
    return shared


def _orphans(targets: Iterable[Target], lock: Lock, renames: Mapping[str, str]) -> list[Action]:
    """Report what the lock has and the manifest does not; it is kept."""
    kept = {target.address for target in targets} | set(renames.values())
    return [
        Action(
            address=address,
            kind=ActionKind.ORPHAN,
            reason=Reason.NOT_IN_MANIFEST,
            entry=lock.entries[address],
        )
        for address in sorted(lock.entries.keys() - kept)
    ]


def _duplicates(
    actions: Iterable[Action], contents: Mapping[str, Candidates]
) -> tuple[Duplicate, ...]:
    """Find live jobs beyond the chosen one, each fingerprint named by its first address."""
    found: dict[str, Duplicate] = {}
    for action in actions:
        if action.target is None:
            continue
        name, content = action.target.fingerprint, contents[action.target.fingerprint]
        live = sorted(job.id for job in content.live if job is not content.chosen)
        if live and content.chosen is not None:
            found.setdefault(name, Duplicate(action.address, content.chosen.id, tuple(live)))
    return tuple(sorted(found.values(), key=lambda duplicate: duplicate.address))
