"""What the child that decodes tells its parent: lines of JSON, each of one kind."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from heygen_localize.core.measurement import Measurement, Name, Seconds, Share


class Opened(Struct, frozen=True, tag="opened"):
    """The container could be read; how long it says that it is."""

    seconds: Seconds | None


class Reached(Struct, frozen=True, tag="reached"):
    """Decoding goes on. That this cannot be told ends a child whose parent is gone."""

    seconds: Seconds


class Refused(Struct, frozen=True, tag="refused"):
    """Why there is no measurement: a code, and what the library said."""

    code: Annotated[str, Meta(pattern=r"\A[a-z_]{1,40}\Z")]
    detail: Annotated[str, Meta(max_length=300)] = ""


class Measured(Struct, frozen=True, tag="measured"):
    """The file was looked at to its end."""

    measurement: Measurement


class Language(Struct, frozen=True):
    """What a text is written in, and how sure that is; None where that cannot be told."""

    language: Name | None = None
    probability: Share | None = None


Message = Opened | Reached | Refused | Measured

MOST_BYTES = 1_000_000
"""Of a line: a measurement with all its stretches has a tenth of it."""


class MeasureRefused(Exception):
    """What ends a measurement, inside of the child."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail
