"""What the lock keeps of the look at a job's files: figures, and no verdict. Pure.

What is wrong is judged anew from them, by the rules that the manifest has by then.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from msgspec import Meta, Struct

from heygen_localize.core.kinds import Sha256
from heygen_localize.core.measurement import CaptionMeasurement, MediaSummary


class LockedCheck(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """What was found of a job's files by `localize check`.

    Attributes:
        sha256: The media file that was looked at.
        measuring: By which way of measuring: `core.measurement.MEASURING` of then.
        media: What it was measured to be; of stretches those that the source has not.
        source: The outline of its source, where that was measured beside it.
        problem: The code of the error, where it could not be measured.
        captions_sha256: The captions that were looked at beside it, if any.
        captions: What those were measured to be.
    """

    sha256: Sha256
    measuring: Annotated[int, Meta(ge=1, le=1_000_000)]
    media: MediaSummary | None = None
    problem: Annotated[str, Meta(pattern=r"\A[a-z][a-z_]{0,59}\Z")] | None = None
    source: MediaSummary | None = None
    captions_sha256: Sha256 | None = None
    captions: CaptionMeasurement | None = None

    def fits(self, hashes: Iterable[str]) -> bool:
        """Return whether it is about files of these hashes."""
        wanted = {self.sha256, self.captions_sha256} - {None}
        return wanted.issubset(hashes)
