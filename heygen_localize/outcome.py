"""What came of planning and of applying: all that the reports show. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from heygen_localize.actions import Plan
from heygen_localize.errors import ExitCode, LocalizeError, Problem
from heygen_localize.estimate import Estimate
from heygen_localize.failures import Failure
from heygen_localize.lock import Lock
from heygen_localize.model import Listing, Manifest
from heygen_localize.pulls import PullReport
from heygen_localize.sources import Reports, silences

_A_DAY = 86400.0


@dataclass(frozen=True)
class Planned:
    """A plan, with all that it was made from.

    `listed_at` is the moment of the run's clock at which the listing was read,
    `made_at` the time of the plan in seconds since 1970. `reports` are what source
    URLs answered, as far as they were asked, `dead_sessions` the ids of proofread
    sessions that came to nothing. `offline` where the lockfile alone was believed.
    """

    manifest: Manifest
    lock: Lock
    listing: Listing
    listed_at: float
    plan: Plan
    estimate: Estimate
    refusals: tuple[Problem, ...]
    reports: Reports = field(default_factory=dict)
    made_at: float = 0.0
    dead_sessions: frozenset[str] = frozenset()
    offline: bool = False

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """What a reader should know besides the plan: of the manifest, and of silent sources."""
        return (*self.manifest.warnings, *silences(self.reports))

    @property
    def expiring(self) -> tuple[str, ...]:
        """Addresses whose links in the lockfile have expired, or will within a day."""
        return tuple(
            address
            for address, entry in sorted(self.lock.entries.items())
            if entry.served is not None
            and entry.served.outputs.expires_at is not None
            and entry.served.outputs.expires_at < self.made_at + _A_DAY
        )


@dataclass(frozen=True)
class RunResult:
    """How a run ended.

    `unfinished` are addresses whose jobs still render or were not ordered yet;
    `stopped` is why no more could be ordered; `in_review` are those whose subtitles
    came with this run, for people to look at.
    """

    ordered: int = 0
    failures: tuple[Failure, ...] = ()
    unfinished: tuple[str, ...] = ()
    timed_out: bool = False
    stopped: LocalizeError | None = None
    in_review: tuple[str, ...] = ()


@dataclass(frozen=True)
class Applied:
    """A plan and what became of it; `pulled` where files were to be fetched too."""

    planned: Planned
    result: RunResult
    lock: Lock
    pulled: PullReport | None = None

    @property
    def exit_code(self) -> ExitCode:
        """Say how the run ended: the first that applies (docs/exit-codes.md)."""
        if self.result.stopped is not None:
            return self.result.stopped.exit_code
        pulled = self.pulled.exit_code if self.pulled is not None else ExitCode.OK
        if self.result.failures or pulled is ExitCode.TARGETS_FAILED:
            return ExitCode.TARGETS_FAILED
        return ExitCode.STILL_RUNNING if self.result.timed_out else pulled
