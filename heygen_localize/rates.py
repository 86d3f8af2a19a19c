"""What the vendor asks for a second of output."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Rates:
    """USD for a second of output video; the dearest that the vendor's pages name.

    Source: docs/vendor/behaviour.md, "Money".
    """

    speed: float = 0.05
    precision: float = 0.1
    proofread: float = 0.0083
