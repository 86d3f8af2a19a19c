"""How a command ends, for whoever started it."""

from __future__ import annotations

from collections.abc import Collection
from enum import IntEnum


class ExitCode(IntEnum):
    """What the process tells its caller, in the order of docs/exit-codes.md: the first applies."""

    BUG = 70
    HUNG_UP = 129
    INTERRUPTED = 130
    TERMINATED = 143
    USAGE = 2
    ACCOUNT = 7
    LIMIT = 3
    VENDOR = 4
    TARGETS_FAILED = 1
    STILL_RUNNING = 6
    CHANGES = 5
    UNWRITTEN = 74
    OK = 0

    # As from Python 3.11 on; before, str() gives the name.
    __str__ = int.__repr__

    @classmethod
    def first_of(cls, codes: Collection[ExitCode]) -> ExitCode:
        """Return the one of several that applies first."""
        return next((code for code in cls if code in codes), cls.OK)
