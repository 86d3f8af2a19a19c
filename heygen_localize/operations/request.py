"""What a plan is asked for."""

from __future__ import annotations

from enum import Enum
from pathlib import Path

from msgspec import Struct


class SourceCheck(Enum):
    """Whose source URLs are asked: those of targets that cost, all, or none."""

    COSTLY = "costly"
    ALL = "all"
    NONE = "none"


class Request(Struct, frozen=True):
    """What a plan is asked for. Costs in USD; None leaves a limit to the manifest.

    `targets` are globs of addresses, `states` words of `planning.status.STATES` that the
    lockfile's standing is held against: where both are given, a target has to fit both.
    `replace` are addresses whose finished jobs are to be ordered anew. `within_budget` holds over
    what the budgets do not pay for, where otherwise the plan is refused; `held` are addresses
    that a saved plan held over, and that stay so, whatever room there is by now. `labels` are
    what the rules of the manifest's policy may ask for.
    """

    manifest: str | Path
    targets: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    replace: tuple[str, ...] = ()
    recreate: bool = False
    retry_failed: bool = False
    max_new: int | None = None
    max_cost: float | None = None
    balance_check: bool = True
    check_sources: SourceCheck = SourceCheck.COSTLY
    frozen: bool = False
    within_budget: bool = False
    held: frozenset[str] = frozenset()
    labels: tuple[str, ...] = ()

    @property
    def path(self) -> Path:
        """Where the manifest is."""
        return Path(self.manifest)
