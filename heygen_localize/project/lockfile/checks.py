"""What a lockfile says of files that were looked at, read. Pure."""

from __future__ import annotations

import msgspec

from heygen_localize.core.decoding import Misfit
from heygen_localize.core.locked_check import LockedCheck

_DEEPEST = 5
"""Levels: a check, its media, a list of stretches, one of them, a moment."""


def check(value: object) -> LockedCheck:
    """Read what was found of files: every number of it has its bounds.

    Raises:
        Misfit: it is none.
    """
    try:
        return msgspec.convert(_whole(value, _DEEPEST), LockedCheck)
    except msgspec.ValidationError:
        raise Misfit(((), "what files were measured to be")) from None


def _whole(value: object, levels: int) -> object:
    """Write whole numbers as such, also where they stand there as `2.0`; refuse what is null."""
    if value is None or levels == 0:
        raise msgspec.ValidationError
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_whole(item, levels - 1) for item in value]
    if isinstance(value, dict):
        return {name: _whole(item, levels - 1) for name, item in value.items()}
    return value
