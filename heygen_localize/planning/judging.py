"""From what was measured of a target's files to what is wrong with them. Pure."""

from __future__ import annotations

from heygen_localize.core.measurement import CaptionMeasurement, Measurement
from heygen_localize.planning.check import CheckFiles, CheckRow, Expected, Subject
from heygen_localize.planning.check_rules import findings
from heygen_localize.planning.comparison import as_rendered, of_its_own


def judged(
    files: CheckFiles,
    media: Measurement,
    captions: CaptionMeasurement | None,
    source: Measurement | None,
) -> CheckRow:
    """Hold measured files against the rules; `source` is the whole source, where it is known."""
    target = files.target
    part = None if source is None else as_rendered(source, target)
    own = media if part is None else of_its_own(part, media)
    subject = Subject(Expected.of(target), own, captions, part)
    return CheckRow(
        target.address,
        files.media.path,
        findings(subject, files.rules),
        media,
        captions,
        source=part,
    )
