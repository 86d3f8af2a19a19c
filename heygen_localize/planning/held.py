"""A target that nothing is ordered for yet, although nothing is wrong with it. Pure."""

from __future__ import annotations

from typing import Any

from heygen_localize.core.errors import Diagnostic
from heygen_localize.planning.plan import TargetAction
from heygen_localize.planning.reasons import ActionKind, Reason


class Held(TargetAction, frozen=True, kw_only=True):
    """What is ordered later: `problem` says what it waits for. That is no failure.

    `until` is the moment, in seconds since 1970, before which it is not ordered; `canaries` are
    the addresses that have to be rendered and accepted before it. Neither is set where a budget
    does not pay for it.
    """

    kind: ActionKind = ActionKind.HELD
    reason: Reason = Reason.OVER_BUDGET
    problem: Diagnostic
    until: int | None = None
    canaries: tuple[str, ...] = ()

    def _extras(self) -> dict[str, Any]:
        return {
            "problem": self.problem.document(),
            "held_until": self.until,
            "canaries": list(self.canaries) or None,
        }
