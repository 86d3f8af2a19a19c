"""Subtitles read and written: exact text, exact places, and what cannot be read."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pysubs2 import SSAFile
from pysubs2.formats.subrip import MAX_REPRESENTABLE_TIME
from subtitle_samples import ARABIC, HEBREW, JAPANESE, srt, texts_of, transcript

from heygen_localize.core.errors import SubtitleError
from heygen_localize.core.text import subtitle_bytes
from heygen_localize.subtitles import Cue, Transcript, read, write
from heygen_localize.subtitles.scanner import holds_cue
from heygen_localize.subtitles.timing import LATEST, style_of, times_of

few = settings(deadline=None, max_examples=40)
TIMES = "00:00:01,000 --> 00:00:02,500"


def test_a_cue_has_its_number_times_text_and_line() -> None:
    content = (
        b"\n1\n00:00:01,000 --> 00:00:02,500\nTwo\nlines\n\n7\n01:00:00,000 --> 01:00:01,001\nA\n"
    )
    assert read(content).cues == (
        Cue(1, 1000, 2500, "Two\nlines", 2),
        Cue(7, 3_600_000, 3_601_001, "A", 7),
    )


@pytest.mark.parametrize(
    "text",
    [
        ARABIC,
        HEBREW,
        JAPANESE,
        "<i>Hi</i> {\\an8}there \\N \\h",
        " spaces around \u00a0 ",
        "In\n1984",
        "- Who?\n- Me.",
        "",
        "\u00a0",
        "first\n\nlast",
        "\nbelow a blank line",
        "a --> b",
        "Note: a --> b",
        "At\n5\n12:30",
        "nextline\u0085 and \u2028 \x0b \x0c stay",
    ],
)
def test_text_stays_as_it_is(text: str) -> None:
    assert texts_of(read(srt("before", text, "after"))) == ["before", text, "after"]
    assert texts_of(read(srt(text))) == [text]


def test_what_is_written_is_plain_and_numbered() -> None:
    cues = (Cue(9, 0, 1, "a\r\nb\rc\n \n", 1), Cue(None, 2, LATEST, "d", 1))
    assert write(Transcript(cues)) == (
        b"1\n00:00:00,000 --> 00:00:00,001\na\nb\nc\n\n2\n00:00:00,002 --> 99:59:59,999\nd\n"
    )
    assert LATEST == MAX_REPRESENTABLE_TIME


def test_encoding_bom_and_line_ends_make_no_difference() -> None:
    content = srt(ARABIC, "two\nlines")
    for ends in ("\r\n", "\r"):
        text = content.decode().replace("\n", ends)
        for encoding in ("utf-8-sig", "utf-16", "utf-16-be"):
            mark = codecs.BOM_UTF16_BE if encoding == "utf-16-be" else b""
            changed = mark + text.encode(encoding)
            assert read(changed) == read(content)
            assert subtitle_bytes(changed) == content


@pytest.mark.parametrize(
    ("line", "times"),
    [
        ("0:0:1,5 --> 0:0:2,25", (1500, 2250)),
        ("00:00:01.000-->00:00:02.000", (1000, 2000)),
        ("\t00:00:01,000  -->  99:59:59,999 ", (1000, LATEST)),
        ("00:00:01,000 --> 00:00:02,000 X1:40 X2:600 Y1:20 Y2:50", (1000, 2000)),
    ],
)
def test_other_ways_to_write_times(line: str, times: tuple[int, int]) -> None:
    assert read(f"1\n{line}\nHi".encode()).cues[0].times == times


@pytest.mark.parametrize(
    "line",
    [
        "100:00:00,000 --> 100:00:01,000",
        "00:60:00,000 --> 00:61:00,000",
        "00:00:01,000 --> 00:00:60,000",
        "00:00:0l,000 --> 00:00:02,000",
        "00:00:01,000 -> 00:00:02,000",
        "00:00:01,000",
        "00:00:01 --> 00:00:02",
        "00.00.01.000 --> 00.00.02.000",
        "٠٠:٠٠:٠١,٠٠٠ --> ٠٠:٠٠:٠٢,٠٠٠",
    ],
)
def test_times_that_cannot_be_read_are_told_with_their_line(line: str) -> None:
    content = f"1\n{TIMES}\nHi\n\n2\n{line}\nHo\n".encode()
    with pytest.raises(SubtitleError) as caught:
        read(content)
    assert (caught.value.first.where.line, len(caught.value.problems)) == (6, 1)
    assert "00:00:01,000 --> 00:00:02,500" in (caught.value.first.hint or "")


def test_a_line_of_text_is_no_line_of_times() -> None:
    assert times_of("Hi") is None
    assert style_of("Hi") is None
    assert style_of("00:00:01,000 --> 00:00:02,50") == "milliseconds have fewer than three digits"
    assert style_of("00:00:01,000 --> 00:00:02,500 X1:4") == "something follows the times"
    assert style_of(TIMES) is None


def test_unreadable_times_without_number_or_blank_line() -> None:
    for between in ("\n\n", "\n2\n"):
        content = f"1\n{TIMES}\nHi{between}00:00:03,000 --> 00:00:0A,000\nHo\n"
        with pytest.raises(SubtitleError, match="cannot be read"):
            read(content.encode())


@pytest.mark.parametrize(
    ("content", "line", "words"),
    [
        (b"", None, "no cue"),
        (b"words\n\nand words", None, "no cue"),
        (b"1\n" + TIMES.encode() + b"\nol\xe9\n", 3, "byte 0xE9 at offset 34"),
        ("1\n00:0".encode("utf-16-le"), 1, "this is UTF-16LE"),
        ("1\n".encode("utf-16") + b"\n", 2, "UTF-16 that is cut off"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n", 1, "Git LFS"),
        (b"\nWEBVTT\n\n1\n" + TIMES.encode() + b"\nHi", 2, "before the first cue"),
    ],
)
def test_what_cannot_be_read(content: bytes, line: int | None, words: str) -> None:
    with pytest.raises(SubtitleError, match=words) as caught:
        read(content)
    assert (caught.value.first.where.line, caught.value.first.hint is None) == (line, False)
    assert str(caught.value).endswith(caught.value.first.message)


def test_a_byte_that_is_not_utf8_has_its_line_with_any_line_ends() -> None:
    with pytest.raises(SubtitleError) as caught:
        read(b"a\rb\r\nc\n\xff")
    assert caught.value.first.where.line == 4


@pytest.mark.parametrize(
    "cue",
    [
        Cue(1, 0, LATEST + 1, "a", 3),
        Cue(1, -1, 1, "a", 3),
        Cue(1, 0, 1, f"a\n\n2\n{TIMES}\nb", 3),
        Cue(1, 0, 1, f"a\n{TIMES}", 3),
        Cue(1, 0, 1, "a\n\n2\n1:2:3", 3),
    ],
)
def test_what_cannot_be_written(cue: Cue) -> None:
    with pytest.raises(SubtitleError, match="cue 1") as caught:
        write(Transcript((cue,)))
    assert caught.value.first.where.line == 3


def _is_plain(text: str) -> bool:
    lines = text.split("\n")
    return "\r" not in text and (text == "" or lines[-1].strip(" \t") != "") and not holds_cue(text)


texts = st.lists(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
    .map(lambda text: text.replace("\r", ""))
    .filter(_is_plain)
    | st.text("1\n2:>- <i", max_size=12).filter(_is_plain),
    min_size=1,
    max_size=5,
)


@few
@given(texts, st.integers(0, 10_000_000))
def test_reading_gives_what_was_written(texts: list[str], shift: int) -> None:
    cues = transcript(*texts, shift=shift)
    assert read(write(cues)) == cues
    library = SSAFile.from_string(write(cues).decode(), format_="srt", keep_html_tags=True)
    assert [(event.start, event.end) for event in library] == [cue.times for cue in cues.cues]


@few
@given(st.binary(max_size=60) | st.text("12:,0->\n\r \ufeff<i", max_size=80).map(str.encode))
def test_bytes_are_read_or_refused(content: bytes) -> None:
    try:
        again = read(write(read(content)))
    except SubtitleError:
        return
    assert [cue.times for cue in again.cues] == [cue.times for cue in read(content).cues]
