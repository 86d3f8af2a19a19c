"""What came of planning and of applying: all that the reports show. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from heygen_localize.core.errors import ExitCode, LocalizeError, Problem
from heygen_localize.core.lock import Lock, LockedSession
from heygen_localize.core.model import Listing, Manifest
from heygen_localize.core.proofread import SessionStatus
from heygen_localize.core.sources import Reports
from heygen_localize.planning.cost import Estimate
from heygen_localize.planning.failures import Failure
from heygen_localize.planning.plan import Plan
from heygen_localize.planning.proofread import Remote
from heygen_localize.planning.pull import PullReport
from heygen_localize.planning.sources import silences

_A_DAY = 86400.0


@dataclass(frozen=True)
class Planned:
    """A plan, with all that it was made from.

    `listed_at` is the moment of the run's clock at which the listing was read,
    `made_at` the time of the plan in seconds since 1970. `reports` are what source
    URLs answered, `sessions` what the vendor said of proofread sessions, both as far as
    they were asked. `offline` where the lockfile alone was believed.
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
    sessions: Remote = field(default_factory=dict)
    offline: bool = False

    @property
    def dead_sessions(self) -> frozenset[str]:
        """The ids of sessions that came to nothing: an order may not be answered with them."""
        dead = (None, SessionStatus.FAILED)
        return frozenset(name for name, state in self.sessions.items() if state in dead)

    def failed_session(self, address: str) -> LockedSession | None:
        """Return the session after which another is ordered: the vendor itself says it failed.

        The lockfile's word is not enough: another key would pay for one that lives again.
        """
        held = self.lock.sessions.get(address)
        failed = held is not None and self.sessions.get(held.proofread_id) is SessionStatus.FAILED
        return held if failed else None

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
        pulled = self.pulled.exit_code if self.pulled is not None else ExitCode.OK
        if pulled is ExitCode.USAGE:
            return pulled
        if self.result.stopped is not None:
            return self.result.stopped.exit_code
        if self.result.failures or pulled is ExitCode.TARGETS_FAILED:
            return ExitCode.TARGETS_FAILED
        return ExitCode.STILL_RUNNING if self.result.timed_out else pulled
