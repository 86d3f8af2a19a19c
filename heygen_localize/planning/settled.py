"""Whether a plan may stand on a view of the account that is not whole. Pure."""

from __future__ import annotations

from collections.abc import Collection

from heygen_localize.planning.plan import Action, JobAction, Plan, TargetAction
from heygen_localize.planning.reasons import ActionKind

_FREE = frozenset(
    {
        ActionKind.NONE,
        ActionKind.WAIT,
        ActionKind.RECORD,
        ActionKind.SKIP,
        ActionKind.ORPHAN,
        ActionKind.BLOCKED,
        ActionKind.REVIEW,
        ActionKind.HELD,
    }
)


def settled(plan: Plan, confirmed: Collection[str]) -> bool:
    """Return whether a plan costs, adopts and changes nothing, whatever was not seen.

    What it writes down comes from jobs that are `confirmed`: HeyGen told of them in this run.
    """
    return not plan.duplicates and all(_settled(action, confirmed) for action in plan.actions)


def _settled(action: Action, confirmed: Collection[str]) -> bool:
    if action.kind not in _FREE or (isinstance(action, JobAction) and action.retitle is not None):
        return False
    if not isinstance(action, TargetAction) or not action.records:
        return True
    return action.job is not None and action.job.id in confirmed
