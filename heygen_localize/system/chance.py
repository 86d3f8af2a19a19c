"""Chance, which spreads requests and samples over time; it guards nothing."""

from __future__ import annotations

import random


def chance(seed: float | None = None) -> random.Random:
    """Return numbers by chance; with a `seed`, the same ones each time."""
    return random.Random(seed)  # noqa: S311 - see above
