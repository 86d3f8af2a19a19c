"""Numbers on the command line and in its variables: finite ones, and within what makes sense."""

from __future__ import annotations

import math
from typing import Any

import click

_LONGEST = 1e8
"""Seconds, three years: more than a clock can wait for would be a mistake or a joke."""

_DEAREST = 1e12
"""USD."""


class FiniteRange(click.FloatRange):
    """A number between two; `nan` compares with neither, and infinity is no length of time."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read a number.

        Raises:
            click.BadParameter: none, an infinite one, or one out of the range.
        """
        number = super().convert(value, param, ctx)
        if not math.isfinite(number):
            self.fail(f"{value!r} is not a finite number.", param, ctx)
        return number


def seconds(least: float = 0.0) -> FiniteRange:
    """Make the type of a length of time."""
    return FiniteRange(least, _LONGEST)


def dollars(least: float = 0.0) -> FiniteRange:
    """Make the type of an amount of money, in USD."""
    return FiniteRange(least, _DEAREST)
