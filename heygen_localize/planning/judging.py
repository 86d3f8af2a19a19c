"""From what was measured of a target's files to what is wrong with them. Pure."""

from __future__ import annotations

from heygen_localize.core.measurement import CaptionMeasurement, Measurement
from heygen_localize.planning.check import CheckFiles, CheckRow, Expected, Subject
from heygen_localize.planning.check_rules import findings
from heygen_localize.planning.comparison import as_rendered, outline, told_of


def beside(
    expected: Expected,
    media: Measurement,
    captions: CaptionMeasurement | None,
    source: Measurement | None,
) -> Subject:
    """Return what the rules look at; `source` is the part that was rendered."""
    return Subject(expected, told_of(media, source), captions, outline(source))


def judged(
    files: CheckFiles,
    media: Measurement,
    captions: CaptionMeasurement | None,
    source: Measurement | None,
) -> CheckRow:
    """Hold measured files against the rules; `source` is the whole source, where it is known."""
    target = files.target
    part = None if source is None else as_rendered(source, target)
    subject = beside(Expected.of(target), media, captions, part)
    return CheckRow(
        target.address,
        files.media.path,
        findings(subject, files.rules),
        media,
        captions,
        source=part,
    )
