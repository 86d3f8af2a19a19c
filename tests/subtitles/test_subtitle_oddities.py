"""Text that nobody means, told by line, cue and name; and the one form that is uploaded."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pysubs2 import SSAFile
from subtitle_samples import ARABIC, HEBREW, JAPANESE, srt, texts_of, transcript

from heygen_localize.core.characters import named
from heygen_localize.core.errors import Severity, SubtitleError
from heygen_localize.core.text import subtitle_bytes
from heygen_localize.subtitles import Finding, canonical, check, fix_times, read, write

few = settings(deadline=None, max_examples=60)
ERROR, WARNING = Severity
FIRST, SECOND = "1\n00:00:00,000 --> 00:00:01,500", "2\n00:00:02,000 --> 00:00:03,500"
MENDED = "localize proofread fix-times ADDRESS"
MACHINE = srt("Hola a todos", "Hasta luego")


def cues(first: str = "Hola a todos", second: str = "Hasta luego") -> bytes:
    return srt(first, second)


def only(content: bytes) -> Finding:
    (found,) = check(content, MACHINE)
    return found


@pytest.mark.parametrize(
    ("char", "name"),
    [
        ("\0", "U+0000 NULL"),
        ("\x07", "U+0007 BELL"),
        ("\x0b", "U+000B LINE TABULATION (vertical tab)"),
        ("\x0c", "U+000C FORM FEED"),
        ("\x1b", "U+001B ESCAPE"),
        ("\x7f", "U+007F DELETE"),
        ("\x85", "U+0085 NEXT LINE"),
        ("\x93", "U+0093 SET TRANSMIT STATE"),
        ("\ufffe", "U+FFFE a noncharacter"),
        ("\U0010ffff", "U+10FFFF a noncharacter"),
    ],
)
def test_a_character_that_is_no_text_is_an_error(char: str, name: str) -> None:
    found = only(cues(second=f"Hasta\nlue{char}go"))
    assert (found.severity, found.code, found.where.line, found.cue) == (ERROR, "control", 8, 2)
    assert found.message.startswith(name)
    assert "fix-times" not in (found.hint or "")


def test_a_lost_letter_is_an_error() -> None:
    found = only(cues("Caf\ufffd a todos"))
    assert (found.severity, found.code, found.where.line, found.cue) == (
        ERROR,
        "lost_character",
        3,
        1,
    )
    assert "U+FFFD REPLACEMENT CHARACTER" in found.message


@pytest.mark.parametrize(
    ("text", "code", "name"),
    [
        ("Hola \u202eodot", "direction", "U+202E RIGHT-TO-LEFT OVERRIDE"),
        ("\u202dHola", "direction", "U+202D LEFT-TO-RIGHT OVERRIDE"),
        (f"\u202e{ARABIC}", "direction", "U+202E RIGHT-TO-LEFT OVERRIDE"),
        ("Hola\u200f", "direction", "U+200F RIGHT-TO-LEFT MARK"),
        ("\u2067Hola\u2069", "direction", "U+2067 RIGHT-TO-LEFT ISOLATE"),
        ("\u061cHola", "direction", "U+061C ARABIC LETTER MARK"),
        ("Hola\u2028todos", "separator", "U+2028 LINE SEPARATOR"),
        ("Hola\ufeff todos", "bom_inside", "U+FEFF ZERO WIDTH NO-BREAK SPACE (byte order mark)"),
    ],
)
def test_a_character_that_nobody_sees_is_a_warning(text: str, code: str, name: str) -> None:
    found = check(cues(text), MACHINE)
    assert {(one.severity, one.code, one.where.line, one.cue) for one in found} == {
        (WARNING, code, 3, 1)
    }
    assert any(name in one.message for one in found)


@pytest.mark.parametrize(
    "text",
    [ARABIC, HEBREW, JAPANESE, "נ\u200e(a)", "می\u200cخواهم", "👩\u200d🚀", "== a ==", "« oui »"],
)
def test_what_people_do_mean_is_no_finding(text: str) -> None:
    assert check(cues(text), MACHINE) == ()
    assert texts_of(read(canonical(cues(text))))[0] == text


@pytest.mark.parametrize("fence", ["```", "```srt", "~~~"])
def test_a_fence_of_markdown_is_a_warning(fence: str) -> None:
    found = only(cues(second=f"Hasta luego\n{fence}"))
    assert (found.severity, found.code, found.where.line, found.cue) == (WARNING, "fence", 8, 2)


SIDES = "<<<<<<< HEAD\n{}\n=======\n{}\n>>>>>>> topic\n"
DIFF3 = "<<<<<<< ours\n{}\n||||||| base\nX\n=======\n{}\n>>>>>>> theirs\n"


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        (f"{FIRST}\n{SIDES.format('Hola', 'Buenas')}\n{SECOND}\nAdiós\n", [3]),
        (f"{FIRST}\n{DIFF3.format('Hola', 'Buenas')}\n{SECOND}\nAdiós\n", [3]),
        (SIDES.format(f"{FIRST}\nHola", f"{FIRST}\nBuenas"), [1]),
        (f"{FIRST}\nHola\n\n" + SIDES.format(f"{SECOND}\nA", f"{SECOND}\nB"), [5]),
        (f"{FIRST}\nHola\n\n{SECOND}\nA\n>>>>>>> topic\n", [8]),
        (f"{FIRST}\nHola\n=======\n\n{SECOND}\n<<<<<<< .mine\nA\n", [4, 8]),
        (f"{FIRST}\n{SIDES.format('A', 'B')}\n{SECOND}\n{SIDES.format('A', 'B')}", [3, 11]),
    ],
    ids=["text", "diff3", "first cue", "last cue", "left over", "two left over", "twice"],
)
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_a_conflict_is_told_by_line_and_nothing_else_is(
    content: str, lines: list[int], ends: str
) -> None:
    written = content.replace("\n", ends).encode()
    found = [one for one in check(written, MACHINE) if one.code != "line_ends"]
    heads = [number for number, line in enumerate(content.split("\n"), 1) if "-->" in line]
    for one in found:
        assert one.where.line is not None
        before = sum(head <= one.where.line for head in heads)
        assert one.cue in (before or None, before + 1)
    assert [(one.severity, one.code, one.where.line) for one in found] == [
        (ERROR, "conflict", line) for line in lines
    ]
    with pytest.raises(SubtitleError, match="conflict") as caught:
        fix_times(written, MACHINE)
    assert [mistake.where.line for mistake in caught.value.problems] == lines


@pytest.mark.parametrize(
    ("above", "number", "times", "names"),
    [
        ("\n", "\ufeff2", "", ["U+FEFF"]),
        ("\n\ufeff", "2", "", ["U+FEFF"]),
        ("\n", "２", "", ["U+FF12 FULLWIDTH DIGIT TWO"]),
        ("\n", "٢", "", ["U+0662 ARABIC-INDIC DIGIT TWO"]),
        ("\n", "\u200e2\u00a0", "", ["U+200E LEFT-TO-RIGHT MARK", "U+00A0 NO-BREAK SPACE"]),
        ("\n", "2", "\u200f", ["U+200F RIGHT-TO-LEFT MARK"]),
        ("\n", "2", "\u202a", ["U+202A LEFT-TO-RIGHT EMBEDDING"]),
        ("\n", "2", "\ufeff", ["U+FEFF"]),
        ("\n", "2", "\u00a0", ["U+00A0 NO-BREAK SPACE"]),
    ],
)
def test_what_is_unseen_around_numbers_is_named_and_mended(
    above: str, number: str, times: str, names: list[str]
) -> None:
    line = f"{times}00:00:02,000{times} --> 00:00:03,500{times}"
    content = f"{FIRST}\nHola a todos\n{above}{number}\n{line}\nHasta luego\n".encode()
    found = check(content, MACHINE)
    assert {one.severity for one in found} == {WARNING}
    assert {one.where.line for one in found} == {6 if times else 5}
    assert all(any(name in one.message for one in found) for name in names)
    assert {one.hint for one in found} == {MENDED}
    assert fix_times(content, MACHINE) == canonical(content) == MACHINE


def test_times_that_cannot_be_read_name_what_they_hold() -> None:
    content = cues().replace(b"02,000 -->", "02,000 \u2192".encode())
    (found,) = check(content, MACHINE)
    assert (found.code, found.where.line, found.cue) == ("time_unreadable", 6, 2)
    assert "U+2192 RIGHTWARDS ARROW" in found.message
    assert fix_times(content, MACHINE) == MACHINE


@pytest.mark.parametrize(
    ("between", "told"),
    [
        ("\n2\n", "no empty line"),
        ("\n", "no empty line"),
        ("\n \n2\n", "a line of spaces"),
        ("\n\t \n2\n", "a line of spaces"),
    ],
)
def test_cues_that_nothing_parts_are_told_and_parted(between: str, told: str) -> None:
    times = "00:00:02,000 --> 00:00:03,500"
    content = f"{FIRST}\nHola a todos{between}{times}\nHasta luego\n".encode()
    (found,) = (one for one in check(content, MACHINE) if one.code != "numbering")
    assert (found.severity, found.code, found.cue) == (WARNING, "not_parted", 2)
    assert found.message.startswith(told)
    assert found.hint == MENDED
    assert fix_times(content, MACHINE) == canonical(content) == MACHINE
    assert check(MACHINE, MACHINE) == ()


@pytest.mark.parametrize("number", ["2.", "#2", "l2"])
def test_no_hint_makes_text_of_a_number(number: str) -> None:
    times = "00:00:02,000 --> 00:00:03,500"
    content = f"{FIRST}\nHola a todos\n\n{number}\n{times}\nHasta luego\n".encode()
    (found,) = (one for one in check(content, MACHINE) if one.code == "blank_line")
    assert f"if {number!r} is the number of the next cue" in (found.hint or "")


@pytest.mark.parametrize(
    "content",
    [
        f"{FIRST}\nHola a todos\n\n\n\n{SECOND}\nHasta luego",
        f"\n{FIRST}\nHola a todos\n\n{SECOND}\nHasta luego\n\n\n",
        f"{FIRST}\nHola a todos\n\n{SECOND}\nHasta luego\n".replace(",", "."),
        f"{FIRST} X1:1 X2:2\nHola a todos\n\n7\n{SECOND[2:]}\nHasta luego\n",
        f"{FIRST}\nHola a todos\n\n\ufeff\n{SECOND}\n\nHasta luego\n",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_whatever_was_read_one_form_is_uploaded(content: str, encoding: str) -> None:
    for ends in ("\n", "\r\n", "\r"):
        assert canonical(content.replace("\n", ends).encode(encoding)) == MACHINE


def test_what_cannot_be_read_is_left_as_it_is() -> None:
    for content in (b"", b"words", b"\xff", b"1\n00:00:0l,000 --> 00:00:01,000\nHi"):
        assert canonical(content) == content


def test_every_control_character_has_a_name() -> None:
    controls = [chr(code) for code in range(0xA0) if unicodedata.category(chr(code)) == "Cc"]
    names = {named(char).split(" ", 1)[1] for char in controls}
    assert len(controls) == len(names) == 65
    assert "a character without a name" not in names
    for char in controls:
        alias = named(char).split(" ", 1)[1].removesuffix(" (vertical tab)")
        # Figments that Python does not look up, and a name that an emoji has taken.
        if char not in "\x07\x80\x81\x99":
            assert unicodedata.lookup(alias) == char


texts = st.lists(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\ufeff"), max_size=20)
    .filter(lambda text: ":" not in text and "-->" not in text)
    .filter(lambda text: text.strip(" \t") != ""),
    min_size=1,
    max_size=5,
)


@few
@given(texts, st.integers(0, 10_000_000))
def test_what_is_in_that_form_already_stays_the_same(texts: list[str], shift: int) -> None:
    content = write(transcript(*texts, shift=shift))
    assert canonical(content) == content == subtitle_bytes(content)


@few
@example(b"\xef\xbb\xbf" * 2)
@given(st.binary(max_size=60) | st.text("12:,0->\n\r \ufeff\u200f<i", max_size=80).map(str.encode))
def test_the_form_is_its_own_and_a_strict_reader_sees_the_same_cues(content: bytes) -> None:
    form = canonical(content)
    assert canonical(form) == form
    try:
        cues = read(form)
    except SubtitleError:
        return
    library = SSAFile.from_string(form.decode(), format_="srt", keep_html_tags=True)
    assert [(event.start, event.end) for event in library] == [cue.times for cue in cues.cues]
