"""What a check finds in reviewed subtitles: each kind once, all at once, with its line."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from subtitle_samples import ARABIC, HEBREW, JAPANESE, srt

from heygen_localize.core.errors import Severity
from heygen_localize.subtitles import CheckLimits, Finding, check

few = settings(deadline=None, max_examples=40)
ERROR, WARNING = Severity
MENDED = "localize proofread fix-times ADDRESS"


def codes(findings: tuple[Finding, ...]) -> list[tuple[str, int | None, int | None]]:
    return [(finding.code, finding.where.line, finding.cue) for finding in findings]


def one(findings: tuple[Finding, ...], code: str) -> Finding:
    (found,) = (finding for finding in findings if finding.code == code)
    return found


@pytest.mark.parametrize(
    "text", ["Hi", ARABIC, HEBREW, JAPANESE, "<i>Hi</i>\n{\\an8}<font size=2>a</font>"]
)
def test_good_subtitles_have_no_findings(text: str) -> None:
    content = srt("first", text)
    assert check(content) == check(content, content) == check(content, srt("a", text)) == ()


def test_everything_is_told_at_once_by_line() -> None:
    content = (
        b"\xef\xbb\xbfWEBVTT\r\n\r\n2\r\n00:00:01,000 --> 00:00:03,000\r\n\r\n"
        b"2\r\n00:00:02,000 --> 00:00:01,000\r\n<i>Hi\r\n\r\nlost\r\n\r\n"
        b"00:00:04.000 --> 00:00:05.000\r\n<blink>Ho\r\n\r\n"
        b"9\r\n00:00:0l,000 --> 00:00:09,000\r\nol\xe9\r\n"
    )
    assert codes(check(content)) == [
        ("stray_text", 1, None),
        ("bom", 1, None),
        ("line_ends", 1, None),
        ("numbering", 3, 1),
        ("empty_cue", 4, 1),
        ("numbering", 6, 2),
        ("end_before_start", 7, 2),
        ("overlap", 7, 2),
        ("markup_unbalanced", 8, 2),
        ("blank_line", 9, 2),
        ("numbering", 12, 3),
        ("time_style", 12, 3),
        ("markup_unknown", 13, 3),
        ("numbering", 15, 4),
        ("time_unreadable", 16, 4),
        ("not_utf8", 17, None),
    ]


def test_a_warning_stops_nothing() -> None:
    content = b"\xef\xbb\xbf" + srt("Hi").replace(b"\n", b"\r\n").replace(b",", b".")
    findings = check(content, srt("Hi"))
    assert [finding.code for finding in findings] == ["bom", "line_ends", "time_style"]
    assert {finding.severity for finding in findings} == {WARNING}
    assert findings[2].hint == MENDED


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        ("1\n00:0".encode("utf-16-le"), "UTF-16LE"),
        ("1\n00:0".encode("utf-16-be"), "UTF-16BE"),
        ("1\n".encode("utf-32"), "UTF-32"),
        (b"caf\xe9", "WINDOWS-1252"),
        (b"\x00\xff", "WINDOWS-1252"),
    ],
)
def test_what_is_not_utf8_tells_how_to_convert_it(content: bytes, encoding: str) -> None:
    (found,) = check(content)
    assert (found.severity, found.code) == (ERROR, "not_utf8")
    assert f"iconv -f {encoding} -t UTF-8" in (found.hint or "")
    assert "offset" in found.message or encoding in found.message


def test_no_cue_and_too_large() -> None:
    assert codes(check(b"")) == codes(check(b"words")) == [("no_cue", None, None)]
    findings = check(srt("Hi"), limits=CheckLimits(max_bytes=10))
    assert codes(findings) == [("too_large", None, None)]


def renumbered(*numbers: str) -> bytes:
    content = srt(*"abcd").decode()
    for old, new in reversed(list(zip("1234", numbers, strict=True))):
        content = content.replace(f"{old}\n00:", f"@{new}\n00:", 1)
    return content.replace("@\n", "").replace("@", "").encode()


@pytest.mark.parametrize(
    ("numbers", "messages"),
    [
        ("1234", []),
        ("1224", ["number 2 occurs twice", "expected number 3, found 4"]),
        ("1245", ["expected number 3, found 4"]),
        ("2345", ["expected number 1 at the first cue, found 2"]),
        ("0123", ["expected number 1 at the first cue, found 0"]),
        (("1", "", "3", "4"), ["there is no number before the times of this cue"]),
    ],
)
def test_numbering(numbers: str, messages: list[str]) -> None:
    findings = check(renumbered(*numbers))
    assert [finding.message for finding in findings] == messages
    assert {finding.severity for finding in findings} <= {ERROR}
    assert check(renumbered(*numbers), renumbered(*numbers)) == ()


def test_changed_times_name_cue_both_times_and_the_command() -> None:
    machine = srt("a", "b", "c")
    content = machine.replace(b"00:00:02,000 --> 00:00:03,500", b"00:00:02,040 --> 00:00:03,500")
    (found,) = check(content, machine)
    assert (found.severity, found.code, found.where.line, found.cue) == (
        ERROR,
        "times_changed",
        6,
        2,
    )
    assert found.message == (
        "the times of cue 2 were changed: 00:00:02,040 --> 00:00:03,500 here, "
        "00:00:02,000 --> 00:00:03,500 in the machine's version"
    )
    assert found.hint == MENDED
    assert check(content) == ()
    assert len(check(srt("a", "b", "c", shift=7), machine)) == 3


@pytest.mark.parametrize(
    ("texts", "words", "line"),
    [
        ("abd", "expected 4 cues, found 3: cue 3 (00:00:04,000 --> ", 5),
        ("bcd", "'a') looks missing", 1),
        ("abcde", "'e') looks added", 17),
    ],
)
def test_the_number_of_cues(texts: str, words: str, line: int) -> None:
    machine = srt(*"abcd")
    blocks = srt(*"abcde").split(b"\n\n")
    content = b"\n\n".join(block for block in blocks if chr(block.rstrip()[-1]) in texts)
    found = one(check(content, machine), "cue_count")
    assert words in found.message
    assert (found.severity, found.where.line) == (ERROR, line)
    assert MENDED in (found.hint or "")


def test_shifted_times_are_told_beside_a_missing_cue() -> None:
    content = srt(*"abc", shift=10)
    assert [found.code for found in check(content, srt(*"abcd"))] == [
        "times_changed",
        "times_changed",
        "cue_count",
        "times_changed",
    ]


def test_what_the_machine_did_itself_is_no_error() -> None:
    machine = srt("a", "", "c\n\nd", step=1000).replace(b"00:00:00,000 -->", b"00:00:02,000 -->")
    assert {found.code for found in check(machine)} == {
        "end_before_start",
        "overlap",
        "empty_cue",
        "blank_line",
    }
    assert {found.severity for found in check(machine)} == {ERROR}
    against = check(machine, machine)
    assert [(found.code, found.severity) for found in against] == [
        ("empty_cue", WARNING),
        ("blank_line", WARNING),
    ]


def test_a_machine_version_that_cannot_be_read_is_told() -> None:
    for machine in (b"\xff", b""):
        assert codes(check(srt("a"), machine)) == [("machine_unreadable", None, None)]


@pytest.mark.parametrize("text", ["", "<i></i>", "\u200f\u202b", "\u00a0", "{\\an8}"])
def test_a_cue_of_nothing_visible_is_empty(text: str) -> None:
    assert "empty_cue" in {found.code for found in check(srt("a", text))}


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("a" * 80, None),
        ("a" * 81, 81),
        ("<i>" + "a" * 80 + "</i>", None),
        ("字" * 40, None),
        ("字" * 41, 82),
        ("e\u0301" * 80, None),
        ("a\n" + "مَ" * 81, 81),
    ],
)
def test_line_length_is_counted_as_seen(text: str, columns: int | None) -> None:
    findings = check(srt("b", text))
    if columns is None:
        assert findings == ()
    else:
        (found,) = findings
        assert (found.severity, found.code, found.cue) == (WARNING, "line_length", 2)
        assert found.message == f"{columns} columns, more than 80"
        assert found.where.line == 7 + text.count("\n")


def test_limits_can_be_set() -> None:
    content = srt("abc\nd\ne")
    assert codes(check(content, limits=CheckLimits(max_line_length=2))) == [("line_length", 3, 1)]


def test_errors_are_told_before_warnings_where_there_are_too_many() -> None:
    content = srt(*["<i>a"] * 5, "", "")
    findings = check(content, limits=CheckLimits(max_findings=3))
    assert [found.code for found in findings] == [
        "markup_unbalanced",
        "empty_cue",
        "empty_cue",
        "too_many",
    ]
    assert (findings[3].message, findings[3].severity) == ("and 4 findings more", ERROR)
    warnings = check(srt(*["<i>a"] * 5), limits=CheckLimits(max_findings=3))
    assert warnings[3].severity is WARNING


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("<i>a", "markup_unbalanced", "<i> is not closed"),
        ("a</B>", "markup_unbalanced", "</b> closes nothing"),
        ("<i><b>a</i></b>", "markup_unbalanced", "<b> is not closed"),
        ("<marquee>a</marquee>", "markup_unknown", "<marquee> </marquee>"),
        ("{\\pos(1,2)}a", "markup_unknown", "{\\pos(1,2)}"),
    ],
)
def test_markup(text: str, code: str, words: str) -> None:
    (found,) = check(srt(text))
    assert (found.severity, found.code, found.where.line, found.cue) == (WARNING, code, 3, 1)
    assert words in found.message


def test_markup_that_was_lost() -> None:
    (found,) = check(srt("a"), srt("{\\an8}<i>a</i>"))
    assert (found.severity, found.code) == (WARNING, "markup_lost")
    assert found.message == "the machine's version has {\\an8} <i> </i> here"
    assert check(srt("I <3 you, 1 < 2 > 0")) == ()


@pytest.mark.parametrize(
    "piece", ["\n", "<", "<a ", "{\\", "1:\n", "-->", "</i>", "\u0301", "5\n1:1:\n\n"]
)
def test_hostile_subtitles_take_no_time(piece: str) -> None:
    start = srt("a").decode()
    hostile = (start + piece * 2_000 + "x").encode()
    began = time.process_time()
    check(hostile, hostile[:-99])
    assert time.process_time() - began < 5


@few
@given(st.binary(max_size=60) | st.text("12:,0->\n\r \ufeff<i{\\", max_size=80).map(str.encode))
def test_no_bytes_stop_a_check(content: bytes) -> None:
    check(content)
    check(content, content)
    check(srt("a"), content)
    check(content, srt("a", "b"))
