"""What one manifest orders that an earlier one did not, had all of that been rendered. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from heygen_localize.core.lock import Lock, LockedJob, LockEntry
from heygen_localize.core.locked_target import sent_along, source_of
from heygen_localize.core.model import JobStatus, Target
from heygen_localize.planning.changes import locked_spec
from heygen_localize.planning.plan import Plan


def as_rendered(targets: Iterable[Target], lock: Lock) -> Lock:
    """Return the lock as if all of these targets were rendered, and nothing else.

    Lengths are those that the lock knows. Subtitles that wait for approval are as good as
    rendered: what comes of them is no change of the manifest.
    """
    entries = {
        target.address: LockEntry(target.language.name, _job(target, lock))
        for target in targets
        if target.skip is None
    }
    return replace(lock, entries=entries)


def _job(target: Target, lock: Lock) -> LockedJob:
    known = lock.entries.get(target.address)
    same = known is not None and target.is_of(known.job.fingerprint)
    return LockedJob(
        fingerprint=target.fingerprint,
        translation_id=target.job or target.fingerprint[:32],
        status=JobStatus.COMPLETED,
        title=target.title,
        duration=known.job.duration if known is not None else None,
        source=source_of(target, {}),
        public_url=target.public_url,
        sent=sent_along(target),
        spec=locked_spec(target, target.fingerprint),
        accepted=known.job.accepted if known is not None and same else None,
    )


def costly_part(plan: Plan) -> Plan:
    """Return the part of a plan that orders something."""
    return replace(plan, actions=plan.costly)


def with_part(plan: Plan, part: Plan) -> Plan:
    """Return a plan with the actions of a part of it in their places."""
    found = {action.address: action for action in part.actions}
    return replace(
        plan, actions=tuple(found.get(action.address, action) for action in plan.actions)
    )
