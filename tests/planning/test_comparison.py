"""A dub beside its source: what is told apart, and what both have is no defect."""

from __future__ import annotations

from typing import Any

import pytest
from core_builders import target
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from heygen_localize.core.checks import rules_of
from heygen_localize.core.measurement import (
    AudioStream,
    Loudness,
    Measurement,
    Stretch,
    VideoStream,
)
from heygen_localize.planning.check import Expected, Subject
from heygen_localize.planning.check_rules import findings
from heygen_localize.planning.comparison import as_rendered, differences, of_its_own, only_here

VIDEO = VideoStream("h264", 1920, 1080, frame_rate=30.0, frames=3000, seconds=100.0)
SOURCE = Measurement(
    100.0,
    VIDEO,
    AudioStream("aac", 48000, 2, 100.0),
    loudness=Loudness(-16.0),
    waveform=tuple(range(100)),
)


def told(**fields: Any) -> list[tuple[str, str]]:
    return [(one.what, one.message) for one in differences(SOURCE, replace(SOURCE, **fields))]


def broken(
    dub: Measurement, source: Measurement | None = SOURCE, **checks: Any
) -> list[tuple[str, str, str]]:
    expected = Expected(None, dynamic=False, sound_alone=False, language="es-MX")
    own = dub if source is None else of_its_own(source, dub)
    found = findings(Subject(expected, own, None, source), rules_of(checks))
    return [(one.rule.value, one.severity.value, one.message) for one in found]


def test_the_same_file_differs_in_nothing() -> None:
    assert told() == []
    assert told(seconds=100.1, loudness=Loudness(-16.9), video=replace(VIDEO, width=1918)) == []
    assert broken(SOURCE) == []


def test_each_difference_is_told() -> None:
    assert told(seconds=98.5) == [("length", "the dub is 1.5 s shorter")]
    assert told(loudness=Loudness(-20.5)) == [("loudness", "the dub is 4.5 LU quieter")]
    assert told(audio=None, loudness=None) == [("sound", "only the source has sound")]
    assert told(video=None) == [("picture", "only the source has picture")]
    assert told(video=replace(VIDEO, width=1280, height=720)) == [
        ("size", "the dub is 1280×720, the source 1920×1080")
    ]
    assert told(video=replace(VIDEO, frame_rate=25.0)) == [
        ("frame rate", "the dub has 25 frames a second, the source 30")
    ]


def test_a_picture_turned_or_larger_or_of_almost_the_same_rate_is_no_difference() -> None:
    assert told(video=replace(VIDEO, width=1080, height=1920)) == []
    assert told(video=replace(VIDEO, width=3840, height=2160, frame_rate=29.97)) == []
    varies = replace(SOURCE, video=replace(VIDEO, variable=True))
    assert differences(varies, replace(SOURCE, video=replace(VIDEO, frame_rate=25.0))) == ()


def test_a_picture_of_another_shape() -> None:
    message = "the dub has another shape, 1920×1440, than the source, 1920×1080"
    assert told(video=replace(VIDEO, height=1440)) == [("shape", message)]
    assert told(video=replace(VIDEO, width=1936, height=1088)) == []


def test_no_rate_is_compared_of_a_file_that_breaks_off() -> None:
    assert told(video=replace(VIDEO, frame_rate=25.0), broke_at=3.0) == []


def test_silence_that_only_one_of_them_has_is_told_with_its_place() -> None:
    source = replace(SOURCE, silence=(Stretch(0.0, 4.0), Stretch(50.0, 53.0)))
    dub = replace(SOURCE, silence=(Stretch(0.2, 4.1), Stretch(70.0, 72.0), Stretch(80.0, 80.6)))
    assert [(one.at, one.until, one.in_source) for one in differences(source, dub)] == [
        (50.0, 53.0, True),
        (70.0, 72.0, False),
    ]


def test_a_longer_dub_has_the_same_silence_later() -> None:
    source = replace(SOURCE, silence=(Stretch(50.0, 55.0),))
    dub = replace(SOURCE, seconds=120.0, silence=(Stretch(60.0, 66.0),))
    assert [one.what for one in differences(source, dub)] == ["length"]


def test_moments_of_files_of_quite_another_length_are_not_compared() -> None:
    stretch = (Stretch(20.0, 40.0),)
    source, dub = (replace(SOURCE, seconds=one, silence=stretch) for one in (100.0, 60.0))
    assert [one.what for one in differences(source, dub)] == ["length"]
    assert "silence" in [rule for rule, *_ in broken(dub, source)]


def test_the_picture_rule_compares_with_the_source() -> None:
    smaller = replace(SOURCE, video=replace(VIDEO, width=1280, height=720, frame_rate=25.0))
    assert broken(smaller) == [
        ("picture", "warn", "it is 1280×720, the source 1920×1080"),
        ("picture", "warn", "it has 25 frames a second, the source 30"),
    ]
    errors = broken(smaller, picture={"like_source": "error", "severity": "warn"})
    assert [severity for _, severity, _ in errors] == ["error", "error"]
    assert broken(smaller, picture={"like_source": "off"}) == []
    assert broken(smaller, picture="off") == []
    assert broken(smaller, source=None) == []


@pytest.mark.parametrize("kind", ["silence", "black", "frozen"])
def test_what_the_source_has_too_is_no_defect(kind: str) -> None:
    stretch = (Stretch(20.0, 40.0),)
    dub = replace(SOURCE, **{kind: stretch})
    assert [rule for rule, *_ in broken(dub, None)] == [kind]
    assert [rule for rule, *_ in broken(dub)] == [kind]
    assert broken(dub, replace(SOURCE, **{kind: stretch})) == []
    shorter = replace(SOURCE, **{kind: (Stretch(20.0, 30.0),)})
    assert [rule for rule, *_ in broken(dub, shorter)] == [kind]


def test_the_length_of_a_measured_source_is_known() -> None:
    assert broken(replace(SOURCE, seconds=90.0)) == [
        ("duration", "error", "it is 90.0 s long, the source 100.0 s: more than 2.0 s apart"),
    ]


def test_a_part_of_a_source_is_compared_from_where_it_begins() -> None:
    whole = replace(SOURCE, silence=(Stretch(10.0, 30.0), Stretch(90.0, 95.0)))
    part = as_rendered(whole, target(options={"start_time": 20, "end_time": 60}))
    assert (part.seconds, part.silence, part.loudness) == (40.0, (Stretch(0.0, 10.0),), None)
    assert part.waveform == tuple(range(20, 60))
    assert as_rendered(whole, target()) is whole
    assert as_rendered(whole, target(options={"start_time": 200})) is whole


@st.composite
def stretches(draw: st.DrawFn) -> tuple[Stretch, ...]:
    moments = sorted(draw(st.lists(st.integers(0, 1000), unique=True, max_size=20)))
    pairs = zip(moments[::2], moments[1::2], strict=False)
    return tuple(Stretch(start / 10, end / 10) for start, end in pairs)


@given(stretches(), stretches())
def test_only_what_no_stretch_of_the_other_covers_is_left(
    here: tuple[Stretch, ...], there: tuple[Stretch, ...]
) -> None:
    expected = tuple(
        one
        for one in here
        if not any(other.start - 0.5 <= one.start and one.end <= other.end + 0.5 for other in there)
    )
    assert only_here(here, there) == expected
    assert only_here(here, here) == ()
