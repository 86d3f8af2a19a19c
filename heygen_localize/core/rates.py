"""What a manifest decides for all of its project: prices, limits, how to order, what to keep."""

from __future__ import annotations

from enum import Enum

from msgspec import Struct

from heygen_localize.core.job_kind import JobKind

READ_ON = "2026-11-27"
"""The day on which the defaults stood on HeyGen's price page; the page bears no date."""

_SPEED, _PRECISION = 0.0333, 0.0667
_SPEED_AUDIO_ONLY = 0.0167


class LockUrls(Enum):
    """Whether output URLs, which open the file to whoever has them, go into the lock."""

    KEEP = "keep"
    NONE = "none"


class Submission(Enum):
    """Whether jobs are ordered one a call, or up to a hundred."""

    SINGLE = "single"
    BATCH = "batch"


class Rates(Struct, frozen=True):
    """USD for a second of output; the defaults are HeyGen's pay-as-you-go prices.

    Where the sound alone has no rate of its own it costs what its mode costs; in mode speed
    at its default price, half of that. Source: docs/vendor/changes-2026-11.md, "Money".
    """

    speed: float = _SPEED
    precision: float = _PRECISION
    proofread: float = 0.0083
    speed_audio_only: float | None = None
    precision_audio_only: float | None = None
    lipsync_speed: float = _SPEED
    lipsync_precision: float = _PRECISION

    def second(
        self, mode: object, audio_only: object = False, kind: JobKind = JobKind.TRANSLATION
    ) -> float:
        """Return the price of a second in a mode, `speed` or `precision`; of sound alone too."""
        if kind is JobKind.LIPSYNC:
            return self.lipsync_precision if mode == "precision" else self.lipsync_speed
        price, alone = self.speed, self.speed_audio_only
        if mode == "precision":
            price, alone = self.precision, self.precision_audio_only
        elif alone is None and price == _SPEED:
            alone = _SPEED_AUDIO_ONLY
        return alone if audio_only is True and alone is not None else price

    def range_of(self, job_id: str) -> tuple[float, float]:
        """Return the least and the most that a second of a job may cost, whatever its options."""
        modes, kind = ("speed", "precision"), JobKind.of(job_id)
        every = [self.second(mode, alone, kind) for mode in modes for alone in (False, True)]
        return min(every), max(every)

    @property
    def origin(self) -> str:
        """Say whose prices these are, and of when."""
        if self == Rates():
            return f"HeyGen's pay-as-you-go prices, read on {READ_ON}"
        return "the manifest's rates"

    def told(self, *, proofread: bool, lipsync: bool = False) -> str:
        """Say which prices these are, and of when."""
        parts = [f"speed {self.speed:g}", f"precision {self.precision:g}"]
        alone = self.second("speed", True)
        parts += [] if alone == self.speed else [f"audio only {alone:g}"]
        parts += [f"proofread {self.proofread:g}"] if proofread else []
        own = (self.lipsync_speed, self.lipsync_precision)
        parts += [f"lip sync {own[0]:g}, in precision {own[1]:g}"] if lipsync else []
        return f"{', '.join(parts)} USD a second: {self.origin}"


class UnknownDuration(Enum):
    """What a cost limit does with a target whose length nobody knows."""

    REFUSE = "refuse"
    ALLOW = "allow"


class Limits(Struct, frozen=True):
    """Bounds on what one run may do. Costs in USD, times in seconds.

    `max_download` is the most that one pulled file may have, in bytes, `max_delete`
    the most jobs that one `prune` may delete.
    """

    max_new: int = 100
    max_cost: float | None = None
    max_concurrent_jobs: int = 10
    max_attempts: int = 3
    unknown_duration: UnknownDuration = UnknownDuration.REFUSE
    stuck_after: float = 7200.0
    max_download: int = 20_000_000_000
    max_delete: int = 10
