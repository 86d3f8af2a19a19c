"""Lines on a narrow terminal: broken between words, and never within one."""

from __future__ import annotations

import click
from hypothesis import given
from hypothesis import strategies as st

from heygen_localize.report.wrapping import wrapped

ROW = "  ~ intro/ja  replace  the video or its options changed"


def test_a_row_goes_on_below_its_last_column() -> None:
    assert wrapped(ROW, 60) == ROW
    assert wrapped(ROW, 45) == (
        "  ~ intro/ja  replace  the video or its\n              options changed"
    )
    assert wrapped("a line of plain words", 10) == "a line of\nplain\nwords"


def test_an_address_stays_whole() -> None:
    address = "https://cdn.example.com/" + "a" * 40
    assert wrapped(f"see {address} there", 20).split("\n") == ["see", address, "there"]


def test_colours_take_no_room() -> None:
    red = click.style("failed", fg="red")
    assert wrapped(f"{red} today", 12) == f"{red} today"
    assert wrapped(f"{red} today", 11) == f"{red}\ntoday"


def test_what_is_quoted_from_a_file_stays_as_it_is() -> None:
    quoted = "  12 | title: Hello there, world of words\n     |              ^^^^^"
    assert wrapped(quoted, 20) == quoted


def test_a_wide_character_takes_two_columns() -> None:
    assert wrapped("日本 語", 6) == "日本\n語"


@given(st.lists(st.text("ab ~|", max_size=30), max_size=4), st.integers(1, 40))
def test_no_word_is_lost_and_no_line_with_two_words_is_too_wide(
    lines: list[str], width: int
) -> None:
    text = "\n".join(lines)
    shown = wrapped(text, width)
    assert shown.split() == text.split()
    for line in shown.split("\n"):
        assert len(line) <= width or len(line.split()) == 1 or line in lines
