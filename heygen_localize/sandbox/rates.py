"""What things cost, in US dollars a second of output.

Source: docs/vendor/behaviour.md, "Money": pay-as-you-go, as of the price page
read in November 2026.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Rates:
    """The prices of one account.

    Attributes:
        speed: A translation in that mode.
        precision: A translation in that mode, with audio only too.
        speed_audio_only: A translation in speed mode of the audio alone.
        proofread: A proofread session.
        lipsync_speed: A lip sync in that mode.
        lipsync_precision: A lip sync in that mode.
    """

    speed: float = 0.0333
    precision: float = 0.0667
    speed_audio_only: float = 0.0167
    proofread: float = 0.0083
    lipsync_speed: float = 0.0333
    lipsync_precision: float = 0.0667

    def of_translation(self, order: Mapping[str, Any]) -> float:
        """Return the rate of a job by the request body that makes it."""
        if order.get("mode", "speed") == "precision":
            return self.precision
        return self.speed_audio_only if order.get("translate_audio_only") else self.speed

    def of_lipsync(self, order: Mapping[str, Any]) -> float:
        """Return the rate of a lip sync by the request body that makes it."""
        precision = order.get("mode", "speed") == "precision"
        return self.lipsync_precision if precision else self.lipsync_speed
