"""Rows of a plan: what shares one."""

from __future__ import annotations

from heygen_localize.planning.estimate import FREE
from heygen_localize.planning.reasons import ActionKind
from heygen_localize.report.plan_rows import Row, alike_rows


def _row(video: str, tags: tuple[str, ...], of: int) -> Row:
    return Row(ActionKind.CREATE, (video,), tags, of, "", FREE, True, len(tags))


def test_videos_share_a_row_only_where_it_is_true_of_each() -> None:
    tags = ("a", "b", "c", "d")
    rows = alike_rows([_row("one", tags, 5), _row("two", tags, 40), _row("three", tags, 5)])
    assert [(row.videos, row.languages) for row in rows] == [
        (("one", "three"), "4 of 5 languages"),
        (("two",), "4 of 40 languages"),
    ]
    whole = alike_rows([_row("one", tags, 4), _row("two", ("w", "x", "y", "z"), 4)])
    assert [(row.videos, row.languages) for row in whole] == [(("one", "two"), "4 languages")]
