"""Videos by languages: which way round, what folds, what is counted."""

from __future__ import annotations

import pytest
from markdown_scenes import TAGS, addresses, tables

from heygen_localize.planning.reasons import ActionKind
from heygen_localize.planning.status import StatusRow, TargetStatus
from heygen_localize.report.matrix import (
    FAILED,
    OUTDATED,
    STANDING_MARKS,
    STANDING_ORDER,
    Grid,
    grid_of,
    matrix_markdown,
    matrix_text,
    standing_mark,
)
from heygen_localize.report.sentences import STYLES, Style
from heygen_localize.report.status import status_text

DONE = Style("✓", "completed", "green")
LATE = Style("+", "missing", "yellow")
BAD = Style("!", "failed", "red")
ORDER = (DONE, BAD, LATE)


def grid(**cells: Style) -> Grid:
    """Make a grid of cells named `video__tag`."""
    return grid_of({name.replace("__", "/"): mark for name, mark in cells.items()}, ORDER)


def test_videos_are_rows_languages_columns_and_what_is_not_wanted_empty() -> None:
    shown = matrix_markdown(grid(b__ja=LATE, a__ja=DONE, a__de=BAD), 10_000)
    assert shown == (
        "| video | `de` | `ja` |\n|---|---|---|\n| `a` | ! | ✓ |\n| `b` |  | + |\n"
        "\n`✓` 1 completed · `!` 1 failed · `+` 1 missing\n"
    )


def test_rows_where_all_is_well_are_folded_and_named() -> None:
    found = grid(a__ja=DONE, a__de=DONE, b__de=BAD, b__ja=DONE, c__ja=DONE)
    assert matrix_markdown(found, 10_000, (DONE,)) == (
        "| video | `de` | `ja` |\n|---|---|---|\n| `b` | ! | ✓ |\n"
        "\n<details><summary>2 videos, all well</summary>\n\n- `a`, `c`: completed\n\n</details>\n"
        "\n`✓` 4 completed · `!` 1 failed\n"
    )
    well = matrix_markdown(grid(a__ja=DONE), 10_000, (DONE,))
    assert well.startswith("<details><summary>1 video, all well</summary>")
    assert "| video |" not in well


def test_many_rows_with_something_to_do_are_one_where_they_are_alike() -> None:
    marks = dict.fromkeys(addresses(16, ["ja"]), LATE) | {"video-0003/ja": BAD}
    (shown,) = tables(matrix_markdown(grid_of(marks, ORDER), 10_000, (DONE,)))
    assert shown == [["video", "ja"], ["video-0000 and 14 more videos", "+"], ["video-0003", "!"]]


def test_nothing_has_no_matrix() -> None:
    assert matrix_markdown(grid(), 10_000) == ""
    assert matrix_text(grid(), 80) is None


def test_fifteen_languages_are_columns_and_more_are_rows() -> None:
    tags = [*TAGS[:15]]
    wide = grid_of({f"a/{tag}": DONE for tag in tags}, ORDER)
    assert tables(matrix_markdown(wide, 10_000)) == [[["video", *tags], ["a", *"✓" * 15]]]
    wider = grid_of({f"{name}/{tag}": DONE for name in "ab" for tag in TAGS[:16]}, ORDER)
    (table,) = tables(matrix_markdown(wider, 10_000))
    assert table[0] == ["language", "a", "b"]
    assert [row[0] for row in table[1:]] == [*TAGS[:16]]


def test_many_of_both_are_words() -> None:
    marks = dict.fromkeys(addresses(16), DONE)
    marks |= {"video-0001/av": BAD, "video-0001/dz": LATE}
    marks |= dict.fromkeys((f"video-0002/{tag}" for tag in TAGS[:5]), BAD)
    del marks["video-0002/dz"]
    (table,) = tables(matrix_markdown(grid_of(marks, ORDER), 10_000))
    assert table[:4] == [
        ["video", "state"],
        ["video-0000", "✓ 20"],
        ["video-0001", "✓ 18, ! av, + dz"],
        ["video-0002", "✓ 14, ! av, aw, ax, … and 2 more"],
    ]
    assert len(table) == 17


def test_what_is_longer_than_a_page_is_folded() -> None:
    few = matrix_markdown(grid_of(dict.fromkeys(addresses(40, ["ja"]), DONE), ORDER), 10_000)
    assert few.startswith("| video |")
    many = matrix_markdown(grid_of(dict.fromkeys(addresses(41, ["ja"]), DONE), ORDER), 10_000)
    assert many.startswith("<details><summary>41 videos, 1 language</summary>\n\n| video |")
    assert many.endswith("|\n\n</details>\n\n`✓` 41 completed\n")


def test_without_room_videos_alike_share_a_row_and_then_are_counted() -> None:
    marks = dict.fromkeys(addresses(200, ["ja"]), DONE) | {"video-0007/ja": BAD}
    shown = matrix_markdown(grid_of(marks, ORDER), 1000)
    assert tables(shown) == [
        [["video", "ja"], ["video-0000 and 198 more videos", "✓"], ["video-0007", "!"]]
    ]
    assert "more video\n" not in shown
    short = matrix_markdown(grid_of(marks, ORDER), 110)
    assert tables(short) == [[["video", "ja"], ["video-0000 and 198 more videos", "✓"]]]
    assert "\n… and 1 more video\n" in short
    assert "`✓` 199 completed · `!` 1 failed" in short
    marks |= dict.fromkeys(["video-0008/ja", "video-0009/ja"], BAD)
    assert "\n… and 3 more videos\n" in matrix_markdown(grid_of(marks, ORDER), 110)


@pytest.mark.parametrize("room", [0, 50, 200, 1000, 5000])
@pytest.mark.parametrize(("videos", "languages"), [(300, 3), (3, 20), (300, 20), (15, 16)])
def test_it_keeps_to_its_room(room: int, videos: int, languages: int) -> None:
    marks = {
        address: ORDER[(index * index) % 3]
        for index, address in enumerate(addresses(videos, TAGS[:languages]))
    }
    shown = matrix_markdown(grid_of(marks, ORDER), room)
    # The head, the legend, the fold and the counted rest stay even where there is no room.
    assert len(shown) <= max(room, 200) + 200
    assert "completed" in shown


# On a terminal


def test_words_where_they_fit_else_signs_else_nothing() -> None:
    found = grid(alpha__ja=DONE, alpha__fr=BAD, be__ja=LATE)
    words = "       fr      ja\nalpha  failed  completed\nbe             missing\n"
    assert matrix_text(found, 80) == words
    assert matrix_text(found, 24) == words
    signs = "       fr  ja\nalpha  !   ✓\nbe         +\n\n"
    assert matrix_text(found, 23) == signs + "✓ completed  ! failed\n+ missing\n"
    assert matrix_text(found, 13) == signs + "✓ completed\n! failed\n+ missing\n"
    apart = "       fr\nalpha  !\nbe\n\n       ja\nalpha  ✓\nbe     +\n\n"
    assert matrix_text(found, 12) == apart + "✓ completed\n! failed\n+ missing\n"
    assert matrix_text(found, 9) is not None
    assert matrix_text(found, 8) is None


def test_colours_do_not_shift_the_columns() -> None:
    found = grid(a__fr=BAD, a__ja=DONE)
    shown = matrix_text(found, 80, lambda text, colour: f"<{colour}>{text}</>")
    assert shown == "   fr      ja\na  <red>failed</>  <green>completed</>\n"


# Marks


def test_every_action_and_standing_has_a_mark_of_its_own() -> None:
    assert STYLES.keys() == set(ActionKind)
    assert STANDING_MARKS.keys() == set(TargetStatus)
    for marks in (set(STYLES.values()), set(STANDING_ORDER)):
        assert len({mark.sign for mark in marks}) == len({mark.word for mark in marks})
        assert len({mark.sign for mark in marks}) == len(marks)
        assert not [mark for mark in marks if mark.sign in "–—|`"]


def test_a_rendered_target_may_be_outdated_or_in_review() -> None:
    row = StatusRow("a/ja", "Japanese", TargetStatus.COMPLETED)
    stale = StatusRow("a/ja", "Japanese", TargetStatus.COMPLETED, stale=True)
    review = StatusRow("a/ja", "Japanese", TargetStatus.COMPLETED, stale=True, in_review=True)
    failed = StatusRow("a/ja", "Japanese", TargetStatus.FAILED, stale=True)
    assert standing_mark(row).word == "completed"
    assert standing_mark(stale) == OUTDATED
    assert standing_mark(review) == STANDING_MARKS[TargetStatus.IN_REVIEW]
    assert standing_mark(failed) == FAILED


@pytest.mark.parametrize("standing", list(TargetStatus))
@pytest.mark.parametrize("stale", [False, True])
@pytest.mark.parametrize("in_review", [False, True])
def test_rows_matrix_and_summary_call_a_target_the_same(
    standing: TargetStatus, stale: bool, in_review: bool
) -> None:
    row = StatusRow("a/ja", "Japanese", standing, stale=stale, in_review=in_review)
    line, summary = status_text([row]).strip().split("\n\n")
    assert line.split()[2] == row.told
    assert summary.partition(" (")[0] == f"1 {row.told}"
    assert standing_mark(row).word == row.told.replace("_", " ")
