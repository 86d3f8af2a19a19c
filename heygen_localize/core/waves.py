"""When something may be ordered at the earliest, and how long ago something was. Pure."""

from __future__ import annotations

import re
from datetime import datetime

from heygen_localize.core.errors import InputError
from heygen_localize.core.text import pluralize

FIRST_YEAR, LAST_YEAR = 2020, 2099

_MOMENT = re.compile(
    r"(\d{4})-\d\d-\d\d[Tt ]\d\d:\d\d(?::\d\d)?(?:[Zz]|[+-](?:0\d|1[0-4]):[0-5]\d)", re.ASCII
)
_AGES = ((86400, "day"), (3600, "hour"), (60, "minute"))


def moment_of(text: str) -> int:
    """Return the seconds since 1970 of a date and time with its offset from UTC.

    Raises:
        InputError: it is none, there is no such day or hour, or it is in another century.
    """
    found = _MOMENT.fullmatch(text)
    if found is None:
        raise InputError(
            "not_before_invalid",
            f"{text[:60]!r} is no date and time with an offset from UTC",
            "write it like 2027-01-15T09:00+01:00",
        )
    if not FIRST_YEAR <= int(found[1]) <= LAST_YEAR:
        raise InputError(
            "not_before_far",
            f"not_before should be in a year from {FIRST_YEAR} to {LAST_YEAR}, not {found[1]}",
            "what is not to be ordered has skip: with the reason",
        )
    try:
        return int(datetime.fromisoformat(text.upper().replace("Z", "+00:00")).timestamp())
    except ValueError as error:
        raise InputError(
            "not_before_invalid", f"{text!r} is no date and time: {error}", "correct it"
        ) from None


def age(seconds: float) -> str:
    """Return a length of time in words, in its largest unit: `3 days`; rounded down."""
    for size, unit in _AGES:
        if seconds >= size:
            return pluralize(int(seconds // size), unit)
    return "less than a minute"
