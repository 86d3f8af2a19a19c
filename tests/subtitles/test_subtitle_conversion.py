"""What is almost SubRip, as SubRip; and what has no one reading."""

from __future__ import annotations

from pathlib import Path

import pytest

from heygen_localize.core.errors import SubtitleError
from heygen_localize.subtitles import as_subrip, read

DATA = Path(__file__).parent.parent / "data/session_texts"
PLAIN = b"1\n00:00:00,500 --> 00:00:02,000\nHola\n\n\n7\n00:00:03,000 --> 00:00:04,250\nAdios\n\n"


def test_subrip_stays_as_it_is() -> None:
    assert as_subrip(PLAIN) == PLAIN


@pytest.mark.parametrize(
    "name", ["plain.vtt", "points.srt", "some-milliseconds.srt", "hours-of-three-digits.srt"]
)
def test_what_leaves_no_doubt(name: str) -> None:
    converted = as_subrip((DATA / name).read_bytes())
    assert converted == (DATA / "converted.srt").read_bytes()
    assert as_subrip(converted) == converted


def test_fractions_are_fractions() -> None:
    cue = read(as_subrip(b"1\n00:00:01.5 --> 000:00:02.25\nHola\n")).cues[0]
    assert (cue.start, cue.end) == (1500, 2250)


def test_times_without_hours() -> None:
    cue = read(as_subrip(b"1\n01:02,500 --> 01:04,000\nHola\n")).cues[0]
    assert (cue.start, cue.end) == (62_500, 64_000)


@pytest.mark.parametrize(
    ("content", "told", "line"),
    [
        (b"", "there is no cue", None),
        (b"<html></html>", "there is no cue", None),
        (b"WEBVTT\n", "there is no cue", None),
        (b"1\n00:00:01 --> 00:00:02\nHola\n", "times without milliseconds", 2),
        (b"1\n00:01 --> 00:02\nHola\n", "times without milliseconds", 2),
        (b"1\n100:00:01,000 --> 100:00:02,000\nHola\n", "a time of 100 hours", 2),
        (b"WEBVTT\n\n100:00:01.000 --> 100:00:02.000\nHola\n", "a time of 100 hours", 3),
        (b"WEBVTT\n\n00:61.000 --> 00:62.000\nHola\n", "times of a cue cannot be read", 3),
        (b"WEBVTT\n\n00:01 --> 00:02\nHola\n", "times of a cue cannot be read", 3),
        (b"WEBVTT\n\nHola\n", "text that belongs to no cue", 3),
        (b"1\n00:99:01,000 --> 00:99:02,000\nHola\n", "times of a cue cannot be read", 2),
    ],
)
def test_what_has_no_one_reading(content: bytes, told: str, line: int | None) -> None:
    with pytest.raises(SubtitleError, match=told) as caught:
        as_subrip(content)
    assert caught.value.first.where.line == line


def test_all_lines_that_cannot_be_read_are_told_together() -> None:
    with pytest.raises(SubtitleError) as caught:
        as_subrip(b"1\n00:00:01 --> 00:00:02\nHola\n\n2\n00:00:03 --> 00:00:04\nAdios\n")
    assert [mistake.where.line for mistake in caught.value.problems] == [2, 6]
