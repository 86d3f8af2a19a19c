"""Times restored, edits told cue by cue, and versions whose cues are not the same."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from subtitle_samples import ARABIC, at, srt, texts_of, transcript

from heygen_localize.core.errors import SubtitleError
from heygen_localize.subtitles import (
    ChangeKind,
    Cue,
    CueChange,
    Transcript,
    check,
    compare,
    fix_times,
    read,
    same_cues,
    write,
)
from heygen_localize.subtitles.alignment import Pair, Version, align, explain

few = settings(deadline=None, max_examples=40)
CHANGED, ADDED, REMOVED = ChangeKind
TIME_ERRORS = {"times_changed", "time_unreadable", "numbering", "end_before_start", "overlap"}
MACHINE = srt("one", "two", "three", "four")


def spoilt(content: bytes) -> bytes:
    """Give subtitles as an editor might leave them."""
    content = content.replace(b"00:00:02,000 --> ", b"00:00:0Z,000 --> ")
    content = content.replace(b"00:00:04,000 --> 00:00:05,500", b"0:0:9.0 --> 0:0:1.0 X1:3")
    content = content.replace(b"\n\n4\n", b"\n\n7\n").replace(b"\n", b"\r\n")
    return b"\xef\xbb\xbf" + content


def test_times_and_numbers_are_restored_and_text_is_kept() -> None:
    reviewed = srt("one", f"<i>{ARABIC}</i>\n zwei ", "three", "vier")
    assert TIME_ERRORS & {found.code for found in check(spoilt(reviewed), MACHINE)} == {
        "times_changed",
        "time_unreadable",
        "numbering",
        "end_before_start",
    }
    assert fix_times(spoilt(reviewed), MACHINE) == reviewed
    assert check(reviewed, MACHINE) == ()


def test_times_that_overlap_in_the_machines_version_are_restored() -> None:
    machine = srt("a", "b", length=3000)
    assert fix_times(srt("c", "d"), machine) == srt("c", "d", length=3000)
    assert check(srt("c", "d", length=3000), machine) == ()


@pytest.mark.parametrize("shift", [40, 2000, 3_600_000])
def test_subtitles_shifted_as_a_whole_are_mended(shift: int) -> None:
    reviewed = srt("one", "zwei", "three", "four", shift=shift)
    assert texts_of(read(fix_times(reviewed, MACHINE))) == ["one", "zwei", "three", "four"]


def cut(*cues: tuple[str, int, int]) -> bytes:
    return write(Transcript(tuple(Cue(None, start, end, text, 1) for text, start, end in cues)))


ONE, TWO = ("one", 0, 1500), ("two", 2000, 3500)
THREE, FOUR = ("three", 4000, 5500), ("four", 6000, 7500)


@pytest.mark.parametrize(
    ("cues", "words", "line"),
    [
        ((ONE, THREE, FOUR), "expected 4 cues, found 3: cue 2 .*'two'. looks missing", 1),
        ((TWO, THREE, FOUR), "cue 1 .* looks missing", 1),
        ((ONE, ("two three", 2000, 5500), FOUR), "cue 3 .* looks merged into cue 2", 5),
        ((ONE, ("two\nthree", 2000, 3500), FOUR), "cue 3 .* looks merged into cue 2", 5),
        (
            (ONE, TWO, ("th", 4000, 4500), ("ree", 4500, 5500), FOUR),
            "expected 4 cues, found 5: cue 3 looks split: cue 4 ",
            13,
        ),
        (
            (ONE, TWO, ("th", 4000, 5500), ("ree", 5600, 5700), FOUR),
            "cue 3 looks split: cue 4 ",
            13,
        ),
        ((ONE, TWO, THREE, ("new", 5600, 5700), FOUR), "cue 4 .*'new'. looks added", 13),
        ((("new", 0, 1), ONE, TWO, THREE, FOUR), "cue 1 .*'new'. looks added", 1),
        ((ONE, THREE, FOUR, ("new", 8000, 9000)), "not the same: cue 2 .* looks missing", 1),
    ],
)
def test_cues_that_are_not_the_same_are_refused(
    cues: tuple[tuple[str, int, int], ...], words: str, line: int
) -> None:
    with pytest.raises(SubtitleError, match=words) as caught:
        fix_times(cut(*cues), MACHINE)
    assert caught.value.first.where.line == line
    assert "only the text" in (caught.value.first.hint or "")


def test_text_that_would_be_lost_or_no_cue_is_refused() -> None:
    with pytest.raises(SubtitleError, match="belongs to no cue") as caught:
        fix_times(b"words\n\n" + MACHINE, MACHINE)
    assert caught.value.first.where.line == 1
    for content, machine in ((b"", MACHINE), (MACHINE, b""), (b"\xff", MACHINE)):
        with pytest.raises(SubtitleError):
            fix_times(content, machine)


def test_edits_are_told_cue_by_cue() -> None:
    reviewed = cut(ONE, ("zwei", 2000, 3500), FOUR, ("five", 8000, 9000))
    assert compare(read(MACHINE), read(reviewed)) == (
        CueChange(2, 2000, 3500, "two", "zwei", CHANGED),
        CueChange(3, 4000, 5500, "three", None, REMOVED),
        CueChange(4, 8000, 9000, None, "five", ADDED),
    )
    assert compare(read(MACHINE), read(srt("one", "two", "three", "four", shift=9))) == ()
    spaces = read(srt("one ", "two", "three", "four"))
    assert compare(read(MACHINE), spaces) == (CueChange(1, 0, 1500, "one", "one ", CHANGED),)


def test_a_rewritten_cue_beside_a_lost_one() -> None:
    changes = compare(transcript(*"abcdefg"), read(cut(("a", 0, 1500), ("X", 9, 10), FOUR)))
    assert [(change.number, change.kind) for change in changes] == [
        (2, CHANGED),
        (3, REMOVED),
        (4, CHANGED),
        (5, REMOVED),
        (6, REMOVED),
        (7, REMOVED),
    ]


def test_cues_are_the_same_whatever_they_say() -> None:
    before = transcript("a", "b")
    assert same_cues(before, transcript("c", "d"))
    after = transcript("a", "b", "c", length=1400)
    assert not same_cues(before, after)
    assert not same_cues(before, transcript("a"))


def test_cues_without_text_or_times_fit_none() -> None:
    nothing = Version([None, None], ["", ""])
    assert align(nothing, nothing) == (Pair(0, 0), Pair(1, 1))
    assert explain(nothing, nothing, align(nothing, nothing)) == (
        "every cue has its counterpart",
        None,
    )
    assert align(nothing, Version([], [])) == (Pair(0, None), Pair(1, None))


class Counted(list[str]):
    """Texts that count how often they are looked at."""

    looks = 0

    def __getitem__(self, place: Any) -> Any:
        self.looks += 1
        return super().__getitem__(place)


def test_versions_that_have_nothing_in_common_take_bounded_time() -> None:
    size = 3000
    texts = Counted(["a"] * size)
    one = Version(at(*((n, n + 1) for n in range(size))), texts)
    other = Version(at(*((n, n + 2) for n in range(size))), ["b"] * size)
    assert align(one, other) == tuple(Pair(place, place) for place in range(size))
    assert texts.looks < 210_000


words = st.sampled_from(["", "yes", "no", "a\nb", ARABIC])


@few
@given(st.lists(words, min_size=1, max_size=6), st.data())
def test_mended_subtitles_have_no_error_of_times(texts: list[str], data: st.DataObject) -> None:
    machine = srt(*texts)
    edited = data.draw(st.lists(words, min_size=len(texts), max_size=len(texts)))
    shift = data.draw(st.integers(1, 5000))
    reviewed = srt(*edited, shift=shift, step=data.draw(st.integers(100, 5000)))
    try:
        mended = fix_times(reviewed, machine)
    except SubtitleError as error:
        assert "not the same" in error.first.message  # noqa: PT017 (no other may be raised)
        return
    assert not TIME_ERRORS & {found.code for found in check(mended, machine)}
    assert texts_of(read(mended)) == edited


@few
@given(st.lists(words, max_size=6), st.lists(words, max_size=6))
def test_every_cue_is_paired_once(ours: list[str], theirs: list[str]) -> None:
    here, there = (
        Version([cue.times for cue in side.cues], [cue.text for cue in side.cues])
        for side in (transcript(*ours), transcript(*theirs, shift=700))
    )
    pairs = align(here, there)
    assert [pair.machine for pair in pairs if pair.machine is not None] == list(range(len(ours)))
    assert [pair.reviewed for pair in pairs if pair.reviewed is not None] == list(
        range(len(theirs))
    )


@few
@given(st.binary(max_size=60) | st.text("12:,0->\n\r", max_size=80).map(str.encode))
def test_bytes_are_mended_or_refused(content: bytes) -> None:
    for pair in ((content, MACHINE), (MACHINE, content), (content, content)):
        with suppress(SubtitleError):
            assert read(fix_times(*pair))
