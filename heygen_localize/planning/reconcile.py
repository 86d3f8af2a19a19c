"""The heart: what is wanted, what is remembered and what the account holds, made into a plan.

Pure. The table that it follows stands in docs/design.md, "Reconciling".
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from msgspec import Struct

from heygen_localize.core.lock import Lock, LockEntry
from heygen_localize.core.model import NO_OUTPUTS, Job, Listing, Target
from heygen_localize.planning.besides import Duplicate, Wait
from heygen_localize.planning.blocking import blocking_problem, denied_job
from heygen_localize.planning.candidates import Candidates, candidates_by_fingerprint
from heygen_localize.planning.plan import (
    AttemptsUsedUp,
    Blocked,
    JobAction,
    Order,
    Orphan,
    Plan,
    TargetAction,
    TargetFacts,
)
from heygen_localize.planning.reasons import ActionKind, Reason
from heygen_localize.planning.renames import renamed
from heygen_localize.planning.replacing import ordered_anew
from heygen_localize.planning.sharing import share


class Policy(Struct, frozen=True):
    """What the manifest and the command line decide about the table's open rows.

    `stuck_after` is in seconds. `formerly` are earlier names of the project, `anew` the addresses
    whose finished jobs a person wants replaced. `due_at` is the time, in seconds since 1970, that
    is held against each `not_before`; None stands for the plan's.
    """

    recreate: bool = False
    retry_failed: bool = False
    max_attempts: int = 3
    stuck_after: float = 7200.0
    keep_urls: bool = True
    formerly: tuple[str, ...] = ()
    anew: frozenset[str] = frozenset()
    due_at: float | None = None


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
    contents = candidates_by_fingerprint(targets, lock, listing, policy.formerly, policy.anew)
    renames = renamed(targets, lock) if selected is None else {}
    waiting = _waiting(targets, lock, contents, now, policy)
    actions = share(
        [
            _held(action, waiting.get(action.address))
            for action in (
                _action(target, lock, contents[target.fingerprint], renames, listing, now, policy)
                for target in targets
                if selected is None or target.address in selected
            )
        ]
    )
    orphans = _orphans(targets, lock, renames) if selected is None else []
    ids = {entry.job.translation_id for entry in lock.entries.values()}
    return Plan(
        project=lock.project,
        actions=tuple(sorted([*actions, *orphans], key=lambda action: action.address)),
        duplicates=_duplicates(actions, contents),
        foreign=_foreign(listing, ours, contents),
        all_gone=bool(ids) and ids <= listing.gone and not policy.recreate,
        max_attempts=policy.max_attempts,
        waits=waiting,
    )


def _waiting(
    targets: Sequence[Target],
    lock: Lock,
    contents: Mapping[str, Candidates],
    now: float,
    policy: Policy,
) -> Mapping[str, Wait]:
    """Return what waits for a canary or for its moment."""
    if not any(target.canaries or target.not_before for target in targets):
        return {}
    # Here, since most manifests have none.
    from heygen_localize.planning.waves import waits

    due = now if policy.due_at is None else policy.due_at
    return waits(targets, lock, due, contents, policy.anew)


def _held(action: TargetAction, wait: Wait | None) -> TargetAction:
    """Let an order wait that is not to be placed yet."""
    if wait is None or not action.costs:
        return action
    from heygen_localize.planning.waves import held

    return held(action, wait)


def _foreign(listing: Listing, ours: Collection[str], contents: Mapping[str, Candidates]) -> int:
    """Count the jobs that are left alone: without our mark, and not pinned by the manifest."""
    pinned = {content.pinned for content in contents.values()}
    others = (job for job in listing.jobs if job.mark is None or job.mark.project not in ours)
    return listing.others + sum(job.id not in pinned for job in others)


def _action(
    target: Target,
    lock: Lock,
    content: Candidates,
    renames: Mapping[str, str],
    listing: Listing,
    now: float,
    policy: Policy,
) -> TargetAction:
    """Find the row of the table that fits one target, on its own: the first from the top."""
    moved_from = renames.get(target.address)
    entry = lock.entries.get(moved_from or target.address)
    address, job = target.address, content.chosen
    newest = content.failed[-1].id if content.failed else None
    facts = TargetFacts(
        target, entry, moved_from, content.title, len(content.failed), newest, content.anew
    )
    if target.skip:
        return _skipped(facts, content)
    if job is not None and job.status.live:
        anew = ordered_anew(facts, content, job, now) if address in policy.anew else None
        if anew is not None:
            return anew
        return _of_live_job(facts, content, job, now, policy)
    differs = entry is not None and job is not None and _state_differs(entry, job)
    denied = denied_job(target, lock, listing)
    blocked = blocking_problem(target, content, listing, denied)
    if blocked is not None:
        reason, problem = blocked
        return Blocked(address, reason, facts=facts, job=job, records=differs, problem=problem)
    if entry is not None and _is_gone(entry, target, listing, job):
        if policy.recreate:
            return Order(address, ActionKind.RECREATE, Reason.JOB_GONE, facts=facts, job=None)
        return TargetAction(address, ActionKind.GONE, Reason.JOB_GONE, facts=facts, job=None)
    if job is not None and len(content.failed) >= policy.max_attempts and not policy.retry_failed:
        # The lock may still wait for an earlier attempt.
        hopes = entry is not None and target.is_of(entry.job.fingerprint) and entry.job.status.live
        return AttemptsUsedUp(address, facts=facts, job=job, records=hopes or differs)
    kind, reason = ActionKind.CREATE, Reason.LOCK_MISPAIRED
    if job is not None:
        kind, reason = ActionKind.RETRY, Reason.JOB_FAILED
    elif entry is None:
        kind, reason = ActionKind.CREATE, Reason.NEW
    elif not target.is_of(entry.job.fingerprint):
        kind, reason = ActionKind.REPLACE, Reason.SPEC_CHANGED
    return Order(address, kind, reason, facts=facts, job=job, records=differs)


def _skipped(facts: TargetFacts, content: Candidates) -> TargetAction:
    """Leave a target alone, but for the state of the job that it keeps.

    It is never paired anew: that would change what stands for the content.
    """
    target, entry, job, records = facts.target, facts.entry, content.chosen, False
    if entry is not None and target.is_of(entry.job.fingerprint):
        jobs = (*content.live, *content.failed)
        job = next((job for job in jobs if job.id == entry.job.translation_id), job)
        records = job is not None and _state_differs(entry, job)
    kind, reason = ActionKind.SKIP, Reason.SKIPPED
    return TargetAction(target.address, kind, reason, facts=facts, job=job, records=records)


def _of_live_job(
    facts: TargetFacts, content: Candidates, job: Job, now: float, policy: Policy
) -> JobAction:
    """Count on a job that is rendered or on the way: it never costs."""
    kind, reason = _live_row(facts.target, facts.entry, job, now, policy)
    if facts.moved_from and kind is not ActionKind.ADOPT:
        kind, reason = ActionKind.ADOPT, Reason.RENAMED
    if content.pinned is not None and kind is ActionKind.ADOPT and not facts.moved_from:
        reason = Reason.PINNED
    records = kind is not ActionKind.NONE
    retitle = _retitle(facts, content, job)
    if retitle is not None and kind is ActionKind.NONE:
        kind, reason = ActionKind.RETITLE, Reason.TITLE_CHANGED
    return JobAction(
        facts.target.address,
        kind,
        reason,
        facts=facts,
        job=job,
        records=records,
        retitle=retitle,
    )


def _live_row(
    target: Target, entry: LockEntry | None, job: Job, now: float, policy: Policy
) -> tuple[ActionKind, Reason]:
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
    if entry.held is not None:
        # Here, since few runs load what judges files.
        from heygen_localize.planning.checked import rejected

        if rejected(target, entry):
            return ActionKind.NONE, Reason.CHECK_FAILED
    return ActionKind.NONE, Reason.UP_TO_DATE


def _is_gone(entry: LockEntry, target: Target, listing: Listing, failed: Job | None) -> bool:
    """Return whether the target's job was deleted, and was more than one more failed attempt."""
    deleted = entry.job.translation_id in listing.gone
    counted = entry.job.status.live or failed is None
    return deleted and counted and target.is_of(entry.job.fingerprint)


def _state_differs(entry: LockEntry, job: Job) -> bool:
    """Return whether the lock has this very job in another state."""
    return entry.job.translation_id == job.id and entry.job.status is not job.status


def _retitle(facts: TargetFacts, content: Candidates, job: Job) -> str | None:
    """Return the title that a live job lacks; only the content's first address cares.

    What the lock says was sent outranks what HeyGen shows, so that a title
    which HeyGen trims or folds is not sent at every run.
    """
    entry = facts.entry
    if facts.target.address != content.owner or content.title is None:
        return None
    if job.mark is None and content.pinned is None:
        return None  # the lock's word alone is none to change somebody's job by
    same = entry is not None and entry.job.translation_id == job.id
    title = entry.job.title if entry is not None and same else job.title
    return content.title if title != content.title else None


def _orphans(targets: Iterable[Target], lock: Lock, renames: Mapping[str, str]) -> list[Orphan]:
    """Report what the lock has and the manifest does not; it is kept."""
    kept = {target.address for target in targets} | set(renames.values())
    return [Orphan(name, entry=lock.entries[name]) for name in sorted(lock.entries.keys() - kept)]


def _duplicates(
    actions: Iterable[TargetAction], contents: Mapping[str, Candidates]
) -> tuple[Duplicate, ...]:
    """Find live jobs beyond the chosen one, each fingerprint named by its first address."""
    found: dict[str, Duplicate] = {}
    for action in actions:
        name, content = action.target.fingerprint, contents[action.target.fingerprint]
        passed = content.replaced
        live = [job for job in content.live if job is not content.chosen]
        others = tuple(sorted(job.id for job in live if job.id not in passed))
        if others and content.chosen is not None:
            found.setdefault(name, Duplicate(action.address, content.chosen.id, others))
    return tuple(sorted(found.values(), key=lambda duplicate: duplicate.address))
