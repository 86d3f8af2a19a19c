"""Targets of one content share one job. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from heygen_localize.planning.plan import JobAction, SharedJob, TargetAction
from heygen_localize.planning.reasons import ActionKind, Reason

_LACKING = (ActionKind.GONE, ActionKind.BLOCKED, ActionKind.HELD)
"""What takes the job that another target of the same content orders: that costs nothing more."""


def share(actions: Sequence[TargetAction]) -> list[TargetAction]:
    """Let one target of each fingerprint order the job, and the others take it too."""
    creators: dict[str, str] = {}
    anew = set()
    for action in actions:
        if action.costs:
            creators.setdefault(action.target.fingerprint, action.address)
        if action.reason is Reason.REPLACE_ASKED:
            anew.add(action.target.fingerprint)
    shared: list[TargetAction] = []
    for action in actions:
        creator = creators.get(action.target.fingerprint, action.address)
        takes = action.costs or action.kind in _LACKING
        takes = takes or (isinstance(action, JobAction) and action.target.fingerprint in anew)
        if creator != action.address and takes:
            action = SharedJob(action.address, facts=action.facts, shares=creator)
        shared.append(action)
    return shared
