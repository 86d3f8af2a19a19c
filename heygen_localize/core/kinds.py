"""Kinds of texts and numbers in what is read, for msgspec to hold a document against. Pure.

They count while a document is decoded, and nowhere else. None takes what the lockfile's
schema refuses, some refuse what it takes: that is read once more, value by value.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from heygen_localize.core.text import ID_PATTERN

LATEST = 253_402_300_799
"""Seconds since 1970: the end of the year 9999, beyond which no calendar here goes."""

LONGEST = 1e9
"""Seconds; no video lasts for thirty years."""

MOST_ATTEMPTS = 1_000_000

Sha256 = Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")]
VendorId = Annotated[str, Meta(pattern=ID_PATTERN)]
Address = Annotated[str, Meta(pattern=r"\A[a-z0-9][a-z0-9._-]{0,63}/[A-Za-z0-9-]{1,100}\Z")]
Link = Annotated[str, Meta(pattern=r"\Ahttps?://[A-Za-z0-9.-]+(:[0-9]{1,5})?([/?#][!-~]*)?\Z")]
FileKind = Annotated[str, Meta(pattern=r"\A(video|audio|srt|vtt)\Z")]
Moment = Annotated[int, Meta(ge=0, le=LATEST)]
Seconds = Annotated[int, Meta(ge=0, le=1_000_000_000)] | Annotated[float, Meta(ge=0, le=LONGEST)]
"""A whole number stays one: the lockfile is written as it was read."""
Count = Annotated[int, Meta(ge=1, le=MOST_ATTEMPTS)]
