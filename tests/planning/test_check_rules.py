"""Which figures break which rule, at which threshold, and how grave that is."""

from __future__ import annotations

from typing import Any

import pytest
from core_builders import target
from msgspec.structs import replace

from heygen_localize.core.checks import DEFAULTS, Rule, Severity, rules_of
from heygen_localize.core.errors import InputError
from heygen_localize.core.measurement import (
    AudioStream,
    CaptionMeasurement,
    Clipping,
    Loudness,
    Measurement,
    Stretch,
    VideoStream,
)
from heygen_localize.planning.check import CheckReport, CheckRow, CheckState, Expected, Subject
from heygen_localize.planning.check_rules import findings
from heygen_localize.planning.judging import beside

EXPECTED = Expected(100.0, dynamic=True, sound_alone=False, language="es-MX")
VIDEO = VideoStream("h264", 1920, 1080, 3000, 100.0, 30.0)
AUDIO = AudioStream("aac", 48000, 2, 100.0)
FILE = Measurement(
    100.0, VIDEO, AUDIO, loudness=Loudness(-16.0, 5.0, -1.0), clipping=Clipping(0.0, 0)
)
CAPTIONS = CaptionMeasurement(
    20,
    1.0,
    99.0,
    offset=0.5,
    in_silence=0.0,
    fastest=15.0,
    fastest_cue=3,
    longest_line=40,
    longest_line_cue=4,
    language="es",
    probability=1.0,
)


def found(
    given: dict[str, Any] | None = None,
    *,
    expected: Expected = EXPECTED,
    captions: CaptionMeasurement | None = CAPTIONS,
    **fields: Any,
) -> list[tuple[str, str, str, float | None]]:
    """Give the findings of a file that is as it should be, but for these figures."""
    subject = Subject(expected, replace(FILE, **fields), captions)
    broken = findings(subject, rules_of(given or {}))
    return [(one.rule.value, one.severity.value, one.message, one.at) for one in broken]


def rules(*arguments: Any, **fields: Any) -> list[str]:
    return [rule for rule, *_ in found(*arguments, **fields)]


def test_a_file_as_it_should_be_breaks_none() -> None:
    assert found() == []
    assert found(captions=None) == []


def test_a_file_that_breaks_off() -> None:
    assert found(broke_at=42.0) == [("decodes", "error", "cannot be decoded beyond 42.0 s", 42.0)]
    assert rules(errors=3) == ["decodes"]


def test_streams() -> None:
    assert rules(audio=None, loudness=None, clipping=None) == ["streams"]
    assert rules(video=None) == ["streams"]
    alone = replace(EXPECTED, sound_alone=True)
    assert rules(expected=alone, video=None) == []


@pytest.mark.parametrize(
    ("seconds", "dynamic", "tolerance", "broken"),
    [
        (130.0, True, None, False),
        (130.6, True, None, True),
        (69.0, True, None, True),
        (102.0, False, None, False),
        (102.6, False, None, True),
        (97.0, False, None, True),
        (109.0, True, 0.1, False),
        (111.0, True, 0.1, True),
    ],
)
def test_length(seconds: float, dynamic: bool, tolerance: float | None, broken: bool) -> None:
    expected = replace(EXPECTED, dynamic=dynamic)
    video, audio = replace(VIDEO, seconds=seconds), replace(AUDIO, seconds=seconds)
    given = {"duration": {"tolerance": tolerance}}
    captions = replace(CAPTIONS, last_cue=60.0)
    told = rules(
        given, expected=expected, captions=captions, seconds=seconds, video=video, audio=audio
    )
    assert told == (["duration"] if broken else [])


def test_a_short_file_may_always_differ_by_half_a_second() -> None:
    expected = replace(EXPECTED, seconds=2.0, dynamic=False)
    video, audio = replace(VIDEO, seconds=2.4), replace(AUDIO, seconds=2.4)
    assert rules(expected=expected, captions=None, seconds=2.4, video=video, audio=audio) == []
    assert rules(expected=replace(expected, seconds=None), captions=None) == []


def test_picture_and_sound_are_of_one_length() -> None:
    ((rule, _, message, at),) = found(audio=replace(AUDIO, seconds=80.0))
    assert (rule, at) == ("duration", 80.0)
    assert message == "its picture is 100.0 s long and its sound 80.0 s"


@pytest.mark.parametrize(
    ("name", "threshold", "broken"),
    [
        ("min_width", 1920, False),
        ("min_width", 1921, True),
        ("min_height", 1080, False),
        ("min_height", 2160, True),
        ("min_frame_rate", 30, False),
        ("min_frame_rate", 30.1, True),
        ("max_frame_rate", 30, False),
        ("max_frame_rate", 25, True),
    ],
)
def test_size_and_rate(name: str, threshold: float, broken: bool) -> None:
    assert rules({"picture": {name: threshold}}) == (["picture"] if broken else [])


@pytest.mark.parametrize(
    ("given", "loudness", "broken"),
    [
        ({}, Loudness(-40.0, 1.0, 3.0), False),
        ({"target": -16}, Loudness(-18.0, 1.0, 3.0), False),
        ({"target": -16}, Loudness(-18.1, 1.0, 3.0), True),
        ({"target": -16, "tolerance": 5}, Loudness(-12.0, 1.0, 3.0), False),
        ({"target": -16}, Loudness(None, None, -60.0), True),
        ({"max_true_peak": -1}, Loudness(-16.0, 1.0, -1.0), False),
        ({"max_true_peak": -1}, Loudness(-16.0, 1.0, -0.9), True),
    ],
)
def test_loudness(given: dict[str, Any], loudness: Loudness, broken: bool) -> None:
    assert rules({"loudness": given}, loudness=loudness) == (["loudness"] if broken else [])


def test_clipping() -> None:
    assert rules(clipping=Clipping(0.001, 9, (4.0,))) == []
    ((rule, severity, message, at),) = found(clipping=Clipping(0.02, 9, (4.0, 8.0)))
    assert (rule, severity, at) == ("clipping", "warn", 4.0)
    assert message == "2.00% of its samples are clipped"


@pytest.mark.parametrize("name", ["silence", "black"])
@pytest.mark.parametrize(
    ("stretch", "threshold", "place"),
    [
        (Stretch(0.0, 4.0), "start", "at the start"),
        (Stretch(0.2, 4.2), "start", "at the start"),
        (Stretch(96.0, 100.0), "end", "at the end"),
        (Stretch(50.0, 54.0), "within", "in a row"),
    ],
)
def test_stretches(name: str, stretch: Stretch, threshold: str, place: str) -> None:
    others = dict.fromkeys(("start", "end", "within"), 100)
    assert found({name: {**others, threshold: 4}}, **{name: (stretch,)}) == []
    ((rule, _, message, at),) = found({name: {**others, threshold: 3.9}}, **{name: (stretch,)})
    assert (rule, at) == (name, stretch.start)
    assert message.startswith("4.0 s are ")
    assert place in message


@pytest.mark.parametrize("name", ["silence", "black"])
def test_all_of_it_is_told_whatever_the_thresholds(name: str) -> None:
    free = dict.fromkeys(("start", "end", "within"), 1000)
    (told,) = found({name: free}, **{name: (Stretch(0.0, 100.0),)})
    assert told[2].startswith("all of it is ")


def test_a_picture_that_stands_still() -> None:
    assert rules(frozen=(Stretch(1.0, 11.0),)) == []
    assert rules(frozen=(Stretch(1.0, 11.1),)) == ["frozen"]


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"offset": 2.0}, None),
        ({"offset": 2.1}, "caption_timing"),
        ({"offset": -2.1}, "caption_timing"),
        ({"in_silence": 0.3}, None),
        ({"in_silence": 0.4}, "caption_timing"),
        ({"last_cue": 103.0}, "caption_timing"),
        ({"cues": 0}, "caption_timing"),
        ({"language": "pt"}, "caption_language"),
        ({"language": "pt", "probability": 0.8}, None),
        ({"language": None, "probability": None}, None),
        ({"fastest": 25.0}, None),
        ({"fastest": 26.0}, "caption_reading"),
        ({"longest_line": 84}, None),
        ({"longest_line": 85}, "caption_reading"),
    ],
)
def test_captions(fields: dict[str, Any], rule: str | None) -> None:
    assert rules(captions=replace(CAPTIONS, **fields)) == ([rule] if rule else [])


@pytest.mark.parametrize("tag", ["bs-BA", "sr-Latn-RS", "hr-HR"])
def test_languages_that_are_written_alike_are_one(tag: str) -> None:
    captions = replace(CAPTIONS, language="hr")
    assert rules(expected=replace(EXPECTED, language=tag), captions=captions) == []


def test_a_language_that_nobody_can_tell_breaks_nothing() -> None:
    assert rules(expected=replace(EXPECTED, language="yue-Hant-XX")) == ["caption_language"]
    assert rules(expected=replace(EXPECTED, language="ceb")) == []


@pytest.mark.parametrize("rule", Rule)
def test_a_rule_is_as_grave_as_the_manifest_says(rule: Rule) -> None:
    for severity in Severity:
        for said in (severity.value, {"severity": severity.value}):
            setting = rules_of({rule.value: said})[rule]
            assert (setting.severity, setting.thresholds) == (severity, DEFAULTS[rule].thresholds)
    assert rules_of({rule.value: None})[rule] == DEFAULTS[rule]
    assert rules_of({rule.value: {"severity": None}})[rule] == DEFAULTS[rule]


def test_what_is_off_is_not_looked_at() -> None:
    assert found({"decodes": "off"}, broke_at=42.0) == []
    assert [severity for _, severity, *_ in found({"decodes": "warn"}, broke_at=42.0)] == ["warn"]


@pytest.mark.parametrize(
    "given",
    [
        {"picture": {"min_frame_rate": 30, "max_frame_rate": 25}},
        {"loudness": {"target": -16, "max_true_peak": -20}},
    ],
)
def test_thresholds_that_exclude_each_other_are_a_mistake(given: dict[str, Any]) -> None:
    with pytest.raises(InputError) as caught:
        rules_of(given)
    assert caught.value.first.code == "checks_contradict"


def test_what_is_expected_of_a_target() -> None:
    made = target(
        options={"enable_dynamic_duration": False, "end_time": 90, "start_time": 10},
        settings={"duration": 120},
    )
    assert Expected.of(made) == Expected(80.0, dynamic=False, sound_alone=False, language="es-MX")
    assert Expected.of(target()).seconds is None


def test_the_state_of_a_target_is_that_of_its_gravest_finding() -> None:
    broken = findings(Subject(EXPECTED, replace(FILE, broke_at=1.0), None), rules_of({}))
    mild = findings(Subject(EXPECTED, FILE, replace(CAPTIONS, fastest=99.0)), rules_of({}))
    rows = (
        CheckRow("a/ja", "a.mp4", broken + mild, FILE),
        CheckRow("b/ja", "b.mp4", mild, FILE),
        CheckRow("c/ja", "c.mp4", (), FILE),
        CheckRow("d/ja", "d.mp4"),
    )
    assert [row.state for row in rows] == [
        CheckState.FAILED,
        CheckState.WARNED,
        CheckState.OK,
        CheckState.UNPULLED,
    ]
    assert CheckReport(rows).exit_code == 1
    assert CheckReport(rows[1:]).exit_code == 0


def test_sound() -> None:
    def of(**fields: Any) -> AudioStream:
        return replace(AUDIO, **fields)

    assert rules(audio=of(correlation=-0.4)) == []
    cancels = "its two channels cancel each other out where they are played as one"
    assert found(audio=of(correlation=-0.9)) == [("sound", "warn", cancels, None)]
    assert rules({"sound": {"min_correlation": -1}}, audio=of(correlation=-0.9)) == []
    assert found({"sound": "error"}, audio=of(silent_channels=(2,))) == [
        ("sound", "error", "channel 2 of 2 is silent", None)
    ]
    assert rules({"sound": {"min_channels": 6, "min_sample_rate": 96000}}) == ["sound", "sound"]
    assert rules({"sound": {"min_channels": 2, "min_sample_rate": 48000}}) == []


def test_a_channel_that_the_source_has_silent_too_is_no_defect() -> None:
    dub = replace(FILE, audio=replace(AUDIO, silent_channels=(2,)))
    for source, broken in ((dub, 0), (FILE, 1)):
        subject = beside(EXPECTED, dub, None, source)
        assert len(findings(subject, rules_of({}))) == broken


def test_captions_over_each_other() -> None:
    overlapping = replace(CAPTIONS, overlap=0.8, overlap_at=12.0)
    assert found(captions=overlapping) == [
        (
            "caption_timing",
            "warn",
            "two captions are shown at once for 0.8 s, 0.5 are allowed",
            12.0,
        )
    ]
    assert rules({"caption_timing": {"max_overlap": 1}}, captions=overlapping) == []
