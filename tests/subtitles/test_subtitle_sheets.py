"""Subtitles by way of a spreadsheet: the round trip, what programs do to it, what is refused."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from subtitle_samples import ARABIC, HEBREW, JAPANESE, srt, transcript

from heygen_localize.core.errors import SubtitleError
from heygen_localize.subtitles import Cue, Transcript, export, import_sheet, write
from heygen_localize.subtitles.sheets import defused, means_time, number_of, restored

few = settings(deadline=None, max_examples=40)
SOURCE = transcript("Hello", "=1+1", "Bye")
MACHINE = transcript("Hola", "- Uno\n- Dos", "Adiós")
REVIEWED = transcript("¡Hola!", "-Uno\n-Dos", '"Adiós", dijo')
SHEET = export(SOURCE, MACHINE, REVIEWED, {2: "@you: short?"})
HEADER = "number,start,end,source,machine,reviewed,comment"


def rows(sheet: bytes = SHEET) -> list[list[str]]:
    return list(csv.reader(io.StringIO(sheet.decode("utf-8-sig"), newline="")))


def sheet_of(rows: list[list[str]], delimiter: str = ",", end: str = "\r\n") -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator=end).writerows(rows)
    return out.getvalue().encode()


def mistakes(sheet: bytes, machine: Transcript = MACHINE) -> list[tuple[int | None, str]]:
    with pytest.raises(SubtitleError) as caught:
        import_sheet(sheet, machine)
    return [(mistake.where.line, mistake.message) for mistake in caught.value.problems]


def test_a_sheet_opens_right_in_excel_and_runs_nothing() -> None:
    expected = (
        "\ufeff" + HEADER,
        '1,"00:00:00,000","00:00:01,500",Hello,Hola,¡Hola!,',
        '2,"00:00:02,000","00:00:03,500",\'=1+1,"\'- Uno\n- Dos","\'-Uno\n-Dos",\'@you: short?',
        '3,"00:00:04,000","00:00:05,500",Bye,Adiós,"""Adiós"", dijo",',
        "",
    )
    assert SHEET.decode().split("\r\n") == list(expected)


def test_the_round_trip_changes_nothing() -> None:
    imported = import_sheet(SHEET, MACHINE)
    assert imported.reviewed == write(REVIEWED)
    assert imported.comments == {2: "@you: short?"}


def test_without_a_source_and_with_other_cues_in_it() -> None:
    assert [row[3] for row in rows(export(None, MACHINE, REVIEWED, {}))[1:]] == ["", "", ""]
    two = Transcript((Cue(1, 0, 1000, "a", 1), Cue(2, 1000, 2100, "b", 1)))
    assert [row[3] for row in rows(export(two, MACHINE, REVIEWED, {}))[1:]] == ["a\nb", "b", ""]


def test_other_cues_than_the_machines_are_not_exported() -> None:
    for reviewed in (transcript("a"), transcript("a", "b", "c", shift=1)):
        with pytest.raises(SubtitleError, match="other cues or times") as caught:
            export(SOURCE, MACHINE, reviewed, {})
        assert "fix-times" in (caught.value.first.hint or "")


@pytest.mark.parametrize(
    "sheet",
    [
        SHEET.removeprefix(b"\xef\xbb\xbf"),
        sheet_of(rows(), ";"),
        sheet_of(rows(), "\t"),
        sheet_of(rows(), ",", "\n"),
        SHEET.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"),
        SHEET.decode("utf-8-sig").encode("utf-16"),
        b"sep=;\r\n" + sheet_of(rows(), ";"),
        sheet_of([*rows(), [""] * 7, [" "], []]),
        sheet_of([[*row, "", ""] for row in rows()]),
        sheet_of([row[::-1] for row in rows()]),
        sheet_of([[*row, "seen"] for row in rows()]),
        sheet_of([[name.upper() + " " for name in rows()[0]], *rows()[1:]]),
        sheet_of([rows()[0], *([f"{row[0]}.0", *row[1:]] for row in rows()[1:])]),
        SHEET.replace(b"00:00:02,000", b"0:00:02").replace(b"00:00:05,500", b"00:05.5"),
        SHEET.replace(b"'-", b"-").replace(b"'=", b"=").replace(b"'@", b"@"),
    ],
)
def test_what_spreadsheets_do_passes(sheet: bytes) -> None:
    imported = import_sheet(sheet, MACHINE)
    assert imported.reviewed == write(REVIEWED)
    assert imported.comments == {2: "@you: short?"}


def test_a_row_may_end_early() -> None:
    shortened = [rows()[0], *([*row[:6]] for row in rows()[1:])]
    assert import_sheet(sheet_of(shortened), MACHINE).comments == {}


def test_rows_that_do_not_fit_are_told_at_once() -> None:
    header, first, second, third = rows()
    bad = [
        header,
        third,
        [*first[:1], "00:00:00,001", "soon", *first[3:]],
        first,
        ["9", *second[1:]],
        ["x", *second[1:]],
    ]
    assert mistakes(sheet_of(bad)) == [
        (None, "there is no row for cue 2"),
        (3, "cue 1 stands behind cue 3"),
        (3, "the start was changed: '00:00:00,001' where 00:00:00,000 was"),
        (3, "the end was changed: 'soon' where 00:00:01,500 was"),
        (4, "cue 1 stands in row 3 already"),
        (5, "there is no cue 9"),
        (6, "'x' is not the number of a cue"),
    ]


def test_rows_are_counted_as_spreadsheets_do() -> None:
    sheet = b"sep=,\r\n" + sheet_of([*rows()[:3], [], ["0"] * 7])
    assert mistakes(sheet)[1] == (6, "there is no cue 0")


def test_an_edit_in_the_machines_column_is_not_lost() -> None:
    sheet = SHEET.replace(b",Hola,", b",Hello,")
    assert mistakes(sheet) == [(2, "the machine's text was changed, or is another version's")]
    assert import_sheet(SHEET.replace(b",Hola,", b",Hola ,"), MACHINE).reviewed == write(REVIEWED)


def test_a_cell_that_would_make_a_cue_is_refused() -> None:
    sheet = SHEET.replace("¡Hola!".encode(), b'"a\n\n2\n00:00:09,000 --> 00:00:10,000\nb"')
    assert mistakes(sheet) == [(2, "the reviewed text holds the times of a cue")]


@pytest.mark.parametrize(
    ("sheet", "words"),
    [
        (b"", "the sheet is empty"),
        (b"1,2\n", "the column 'number' is missing"),
        (HEADER.encode() + b",start\n", "the column 'start' stands twice"),
        (SHEET.replace("¡Hola!".encode(), b"\xa1Hola!"), "not UTF-8: byte 0xA1"),
        (b"\xff\xfea", "UTF-16 that is cut off"),
        (HEADER.encode("utf-16-le"), "this is UTF-16LE"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "Git LFS pointer"),
        (SHEET.replace(b"\r\n2,", b"\r\n<<<<<<< HEAD\r\n2,"), "line 3: git's conflict"),
        (SHEET.replace(b",Hola,", b',"Hola\n=======\nB",'), "line 3: git's conflict"),
        (HEADER.encode() + b"\n1," + b"a" * 200_000, "this is no CSV"),
        (HEADER.encode() + b'\n"1,', "no row for cue"),
    ],
)
def test_what_is_no_sheet(sheet: bytes, words: str) -> None:
    with pytest.raises(SubtitleError, match=words):
        import_sheet(sheet, MACHINE)


def test_missing_columns_are_told_together_and_many_mistakes_are_cut() -> None:
    assert len(mistakes(b"number,start,end\n")) == 4
    many = transcript(*["a"] * 300)
    told = mistakes(HEADER.encode() + b"\n", many)
    assert (len(told), told[-1]) == (101, (None, "and 200 mistakes more"))


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1", "'=1"),
        ("+1", "'+1"),
        ("- Yes", "'- Yes"),
        ("@x", "'@x"),
        ("\tx", "'\tx"),
        ("＝1", "'＝1"),
        ("＠x", "'＠x"),
        ("  =1", "'  =1"),
        ("\nx", "'\nx"),
        ("'tis", "''tis"),
        ("'=1", "''=1"),
        ("a=1", "a=1"),
        ("", ""),
        (ARABIC, ARABIC),
        (HEBREW, HEBREW),
        (JAPANESE, JAPANESE),
    ],
)
def test_formulas_are_defused_and_restored(text: str, cell: str) -> None:
    assert defused(text) == cell
    assert restored(cell) == text
    assert restored(text) in (text, text[1:])


def test_an_apostrophe_that_a_reviewer_typed_stays() -> None:
    assert restored("'tis") == "'tis"
    assert restored("\r=1") == "\n=1"


@pytest.mark.parametrize(
    ("cell", "number"),
    [("3", 3), (" 3.0 ", 3), ("3,00", 3), ("3.5", None), ("3,000", None), ("٣", None), ("", None)],
)
def test_numbers_are_read_where_they_are_clear(cell: str, number: int | None) -> None:
    assert number_of(cell) == number


@pytest.mark.parametrize(
    ("cell", "milliseconds", "means"),
    [
        ("00:00:01,040", 1040, True),
        ("0:0:1.040", 1040, True),
        ("00:01.0", 1040, True),
        ("00:01.1", 1060, True),
        ("00:01.2", 1040, False),
        ("00:00:01,041", 1040, False),
        ("05:03,0", 3_903_000, True),
        ("00:05:03,0", 3_903_000, False),
        ("0:00:01", 1999, True),
        ("0:00:02", 1040, True),
        ("0:00:03", 1040, False),
        ("1.040", 1040, False),
        ("", 0, False),
    ],
)
def test_times_are_compared_to_the_digits_that_are_left(
    cell: str, milliseconds: int, means: bool
) -> None:
    assert means_time(cell, milliseconds) is means


cells = st.text(st.sampled_from("=+-@'＝ \t\n\",;a é\u202e字"), max_size=8).filter(
    lambda text: text == "" or text[-1] not in " \t\n"
)


@few
@given(st.lists(st.tuples(cells, cells, cells), min_size=1, max_size=4))
def test_any_text_survives_the_round_trip(texts: list[tuple[str, str, str]]) -> None:
    machine = transcript(*(text for text, _, _ in texts))
    reviewed = transcript(*(text for _, text, _ in texts))
    comments = {number: text for number, (_, _, text) in enumerate(texts, 1) if text}
    for source in (None, reviewed):
        sheet = export(source, machine, reviewed, comments)
        imported = import_sheet(sheet, machine)
        assert (imported.reviewed, imported.comments) == (write(reviewed), comments)
        for row in rows(sheet)[1:]:
            assert not any(cell.startswith(tuple("=+-@\t\r\n＝＋－＠")) for cell in row)


@few
@given(
    st.binary(max_size=60)
    | st.text("123,;\t\"'\n\r\0=", max_size=60).map(lambda text: f"{HEADER}\n{text}".encode())
)
def test_bytes_are_imported_or_refused(content: bytes) -> None:
    try:
        import_sheet(content, MACHINE)
    except SubtitleError as error:
        assert error.first.message  # noqa: PT017
    with pytest.raises(SubtitleError):
        import_sheet(srt("a") + content, MACHINE)
