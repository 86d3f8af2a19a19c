"""Texts of others take time in proportion to their length, whatever they repeat."""

from __future__ import annotations

from collections.abc import Callable
from time import process_time

import pytest

from heygen_localize.core.encoding import conflict_lines
from heygen_localize.core.errors import SubtitleError
from heygen_localize.core.text import inert, sanitize, steers, strip_controls
from heygen_localize.report.markdown import code, markdown_cell
from heygen_localize.report.render import to_json
from heygen_localize.subtitles import check, read
from heygen_localize.subtitles.wording import bare

PIECES = (
    *(
        "\u2028",
        "\u2029",
        "\u200b",
        "é",
        " ",
        "\t",
        ":",
        "#",
        "\x1b[",
        "\x1b[1",
        "1",
        "a",
        "<",
        ">",
    ),
    *("a\u2028", ":\u2028", "\u2028:", ": \u2028", "#\u200b", "##é", "##a", "#é", "é.", "::\u2028"),
    *(
        "<i ",
        "</",
        "{\\",
        "`",
        "~",
        "-->",
        "00:00:",
        "1:1",
        "www",
        "//",
        "[",
        "\r",
        "a ",
        "\u2028 ",
    ),
)
HEADS = ("", "a", ":", "##", "\x1b[", "00:00:01,000 --> 00:00:02,000 ")


def _check(text: str) -> object:
    return check(text.encode())


def _read(text: str) -> object:
    try:
        return read(text.encode())
    except SubtitleError:
        return None


def _json(text: str) -> object:
    return to_json({"text": text})


READERS = (
    inert,
    steers,
    strip_controls,
    sanitize,
    markdown_cell,
    code,
    conflict_lines,
    bare,
    _json,
)


def seconds(reader: Callable[[str], object], text: str, times: int = 2) -> float:
    """Give the least time of so many, of this process alone."""
    taken = []
    for _ in range(times):
        begun = process_time()
        reader(text)
        taken.append(process_time() - begun)
    return min(taken)


@pytest.mark.few(5)
@pytest.mark.parametrize("reader", [*READERS, _check, _read], ids=lambda reader: reader.__name__)
def test_four_times_the_text_takes_no_sixteen_times_the_time(
    reader: Callable[[str], object],
) -> None:
    slow = []
    for head in HEADS:
        for piece in PIECES:
            short, long = (head + piece * (size // len(piece)) for size in (2_000, 8_000))
            # Of less than that, the noise is the larger part; what is slow is so again.
            if seconds(reader, long, 1) < 0.1:
                continue
            once, four = seconds(reader, short), seconds(reader, long)
            if four > 0.1 and four > 12 * once and seconds(reader, long) > 12 * once:
                slow.append((head, piece, once, four))
    assert not slow
