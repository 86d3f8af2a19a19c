"""Following jobs until they end: few calls for many jobs, and one failed call ends nothing."""

from __future__ import annotations

import random
from collections.abc import Collection

from msgspec import Struct
from msgspec.structs import replace

from heygen_localize.core.model import Job, JobStatus
from heygen_localize.core.waits import EVENTUAL_CONSISTENCY_SECONDS
from heygen_localize.heygen.client import Client
from heygen_localize.heygen.errors import ApiError
from heygen_localize.system.chance import chance
from heygen_localize.system.clock import Clock

_SLOWEST = 6
"""The pause grows to this many times the first one: 10 s to 60 s."""

_GROWTH = 1.5
_FEW = 4
"""Up to so many finished jobs are read one by one, more through the list."""

_OUTPUTS_WITHIN = 120.0
"""Seconds in which a completed job gets its `video_url` (behaviour.md, "Video translations")."""

_SILENCE_TIMEOUT = 600.0
"""Seconds without a single answer, after which waiting on is no use."""


class _Followed(Struct):
    """A job of ours on its way. Times are of the run's clock, in seconds."""

    since: float
    status: JobStatus
    ended_at: float | None = None
    overdue: bool = False


class Polled(Struct, frozen=True):
    """What one poll found of our jobs: begun to run, ended, no longer known to HeyGen.

    `denied` are ended jobs that may not be read, with what HeyGen said of each.
    `failure` tells why an answer is missing this time, all of them or the last; the
    next poll may have it.
    """

    running: tuple[str, ...] = ()
    ended: tuple[Job, ...] = ()
    lost: tuple[str, ...] = ()
    denied: tuple[tuple[str, ApiError], ...] = ()
    failure: ApiError | None = None


class Poller:
    """Asks for the states of the jobs in progress, at a pace that grows.

    `others` are the ids of other jobs of the account, which hold places too. `next_at` is the
    moment of the run's clock at which to poll again.
    """

    def __init__(
        self,
        client: Client,
        clock: Clock,
        interval: float,
        others: Collection[str] = (),
        jitter: random.Random | None = None,
    ) -> None:
        self.client, self.clock, self.interval, self.others = client, clock, interval, set(others)
        self._random = jitter or chance()
        self._followed: dict[str, _Followed] = {}
        self._rendering: set[str] = set()
        self._pause = self.interval
        self.next_at = self.clock.monotonic() + self.interval
        self._heard = self.clock.monotonic()

    def follow(self, job_id: str, status: JobStatus = JobStatus.PENDING) -> None:
        """Take in a job that is on its way, or completed without its files' links."""
        now = self.clock.monotonic()
        if not self._followed:
            self._pause, self.next_at = self.interval, now + self.interval
        if job_id in self._followed:
            return
        ended_at = now if status is JobStatus.COMPLETED else None
        self._followed[job_id] = _Followed(now, status, ended_at)
        if ended_at is None:
            self._rendering.add(job_id)

    def heard(self) -> None:
        """Take note that nobody was asked for a while: that HeyGen was silent is not so."""
        self._heard = self.clock.monotonic()

    @property
    def waiting(self) -> tuple[str, ...]:
        """The ids of our jobs that have not been read to their end."""
        return tuple(self._followed)

    @property
    def places_held(self) -> int:
        """How many of the account's places are taken, as far as we know."""
        return len(self.held)

    @property
    def held(self) -> set[str]:
        """The ids of the jobs that hold them, ours and others'."""
        return self._rendering | self.others

    def overdue(self, seconds: float) -> tuple[str, ...]:
        """Name, once each, the jobs that render for longer than so many seconds of this run."""
        late = []
        for name, job in self._followed.items():
            if not job.overdue and self.clock.monotonic() - job.since > seconds:
                job.overdue = True
                late.append(name)
        return tuple(late)

    def poll(self, watch_others: bool) -> Polled:
        """Ask once.

        A job is given as completed only with its links, or when they stayed out
        for two minutes.

        Raises:
            ApiFailure: the key is refused, or nothing was heard for ten minutes.
        """
        self._pause = min(self._pause * _GROWTH, self.interval * _SLOWEST)
        self.next_at = self.clock.monotonic() + self._pause * self._random.uniform(0.9, 1.1)
        try:
            polled = self._poll(watch_others)
        except ApiError as failure:
            polled = Polled(failure=failure)
        if polled.failure is None:
            self._heard = self.clock.monotonic()
        elif (
            polled.failure.refuses_account
            or self.clock.monotonic() - self._heard > _SILENCE_TIMEOUT
        ):
            raise polled.failure
        return polled

    def _poll(self, watch_others: bool) -> Polled:
        rendering = frozenset(self._rendering)
        states = self.client.statuses(sorted(rendering | (self.others if watch_others else set())))
        now = self.clock.monotonic()
        begun, lost = [], []
        for name, state in sorted(states.items()):
            ended = state is None or not state.in_progress
            if name not in rendering:
                self.others -= {name} if ended else set()
            elif state is None:
                lost += self._lost(name, now)
            elif state is not self._followed[name].status:
                self._followed[name].status = state
                if ended:
                    self._followed[name].ended_at = now
                    self._rendering.discard(name)
                else:
                    begun.append(name)
        read = self._read(now)
        return replace(read, running=tuple(begun), lost=(*lost, *read.lost))

    def _lost(self, name: str, now: float) -> list[str]:
        """Let go of a job that HeyGen does not know, unless it is only too new."""
        if now - self._followed[name].since < EVENTUAL_CONSISTENCY_SECONDS:
            return []
        self._forget(name)
        return [name]

    def _forget(self, name: str) -> None:
        del self._followed[name]
        self._rendering.discard(name)

    def _read(self, now: float) -> Polled:
        """Read the jobs that ended, and let go of those that need no more asking.

        Where a call fails, what was read before it still counts.
        """
        ended = {
            name: job.ended_at for name, job in self._followed.items() if job.ended_at is not None
        }
        finished: list[Job] = []
        lost: list[str] = []
        denied: list[tuple[str, ApiError]] = []
        failure = None
        try:
            found = self.client.recent(ended) if len(ended) > _FEW else {}
            for name, ended_at in ended.items():
                try:
                    job = found.get(name) or self.client.job(name)
                except ApiError as caught:
                    if not caught.denied:
                        raise
                    self._forget(name)
                    denied.append((name, caught))
                    continue
                if job is None:
                    lost += self._lost(name, now)
                elif self._is_final(job, now - ended_at):
                    self._forget(name)
                    finished.append(job)
        except ApiError as caught:
            failure = caught
        return Polled((), tuple(finished), tuple(lost), tuple(denied), failure)

    @staticmethod
    def _is_final(job: Job, ended_for: float) -> bool:
        if job.status.in_progress:
            return False  # the two endpoints disagree for a moment
        awaited = job.status.live and not job.outputs.reachable
        return not awaited or ended_for >= _OUTPUTS_WITHIN
