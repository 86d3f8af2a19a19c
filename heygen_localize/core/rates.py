"""What HeyGen asks for a second of output, and the bounds on what one run may do."""

from __future__ import annotations

from enum import Enum

from msgspec import Struct

READ_ON = "2026-11-27"
"""The day on which the defaults stood on HeyGen's price page; the page bears no date."""

_SPEED = 0.0333
_SPEED_AUDIO_ONLY = 0.0167


class Rates(Struct, frozen=True):
    """USD for a second of output; the defaults are HeyGen's pay-as-you-go prices.

    Where the sound alone has no rate of its own it costs what its mode costs; in mode speed
    at its default price, half of that. Source: docs/vendor/changes-2026-11.md, "Money".
    """

    speed: float = _SPEED
    precision: float = 0.0667
    proofread: float = 0.0083
    speed_audio_only: float | None = None
    precision_audio_only: float | None = None

    def second(self, mode: object, audio_only: object) -> float:
        """Return the price of a second in a mode, `speed` or `precision`; of sound alone too."""
        price, alone = self.speed, self.speed_audio_only
        if mode == "precision":
            price, alone = self.precision, self.precision_audio_only
        elif alone is None and price == _SPEED:
            alone = _SPEED_AUDIO_ONLY
        return alone if audio_only is True and alone is not None else price

    @property
    def every(self) -> tuple[float, ...]:
        """What a second may cost, whatever a job was ordered with."""
        modes = ("speed", "precision")
        return tuple(self.second(mode, alone) for mode in modes for alone in (False, True))

    @property
    def origin(self) -> str:
        """Say whose prices these are, and of when."""
        if self == Rates():
            return f"HeyGen's pay-as-you-go prices, read on {READ_ON}"
        return "the manifest's rates"

    def told(self, *, proofread: bool) -> str:
        """Say which prices these are, and of when."""
        parts = [f"speed {self.speed:g}", f"precision {self.precision:g}"]
        alone = self.second("speed", True)
        parts += [] if alone == self.speed else [f"audio only {alone:g}"]
        parts += [f"proofread {self.proofread:g}"] if proofread else []
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
