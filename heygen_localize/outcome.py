"""What came of planning and of applying: all that the reports show. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from heygen_localize.errors import ExitCode, LocalizeError, Problem
from heygen_localize.estimate import Estimate
from heygen_localize.failures import Failure
from heygen_localize.lock import Lock
from heygen_localize.model import Listing, Manifest
from heygen_localize.plan import Plan


@dataclass(frozen=True)
class Planned:
    """A plan, with all that it was made from.

    `listed_at` is the moment of the run's clock at which the listing was read.
    """

    manifest: Manifest
    lock: Lock
    listing: Listing
    listed_at: float
    plan: Plan
    estimate: Estimate
    refusals: tuple[Problem, ...]


@dataclass(frozen=True)
class RunResult:
    """How a run ended.

    `unfinished` are addresses whose jobs still render or were not ordered yet;
    `stopped` is why no more could be ordered.
    """

    ordered: int = 0
    failures: tuple[Failure, ...] = ()
    unfinished: tuple[str, ...] = ()
    timed_out: bool = False
    stopped: LocalizeError | None = None


@dataclass(frozen=True)
class Applied:
    """A plan and what became of it."""

    planned: Planned
    result: RunResult
    lock: Lock

    @property
    def exit_code(self) -> ExitCode:
        """Say how the run ended: the first that applies (docs/exit-codes.md)."""
        if self.result.stopped is not None:
            return self.result.stopped.exit_code
        if self.result.failures:
            return ExitCode.TARGETS_FAILED
        return ExitCode.STILL_RUNNING if self.result.timed_out else ExitCode.OK
