"""The words of what a file was measured to be."""

from __future__ import annotations

import msgspec
import pytest

from heygen_localize.core.measurement import (
    SUMMARY_STRETCHES,
    AudioStream,
    Loudness,
    Measurement,
    Stretch,
    VideoStream,
)

PAUSES = tuple(Stretch(float(n), round(n + 0.5 + n // 2 / 10, 1)) for n in range(1, 60, 2))
MEASURED = Measurement(
    60.0,
    VideoStream("h264", 160, 90, 1798, 60.0, 29.97),
    AudioStream("aac", 48000, 2, 60.0),
    loudness=Loudness(-16.0, 4.1, -1.2),
    silence=(Stretch(0.0, 0.5), *PAUSES),
    speech=(Stretch(0.5, 59.0),),
    waveform=(0, 50, 100),
)


def test_it_is_the_same_after_json() -> None:
    written = msgspec.json.encode(MEASURED)
    assert msgspec.json.decode(written, type=Measurement) == MEASURED
    assert b'"silence":[[0.0,0.5],[1.0,1.5],' in written


def test_a_summary_keeps_the_longest_stretches_and_those_at_the_edges() -> None:
    summary = MEASURED.summary()
    assert summary.silence[0] == Stretch(0.0, 0.5)
    assert summary.silence[1:] == PAUSES[1 - SUMMARY_STRETCHES :]
    assert summary.video == MEASURED.video
    assert len(msgspec.json.encode(summary)) < 600


def test_speech_begins_with_its_first_stretch() -> None:
    assert MEASURED.speech_onset == 0.5


@pytest.mark.parametrize(
    "text",
    ['{"seconds":-1}', '{"seconds":1,"waveform":[101]}', '{"seconds":1,"silence":[[1]]}'],
)
def test_what_a_child_cannot_have_measured_is_refused(text: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(text, type=Measurement)
