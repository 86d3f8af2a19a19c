"""Mistakes with texts in YAML: quotes, escapes, and what a text without quotes cannot hold."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from heygen_localize.manifest.yaml_builder import QUOTE_IT, UNQUOTED_TEMPLATE
from heygen_localize.manifest.yaml_stop import PAIR, Mistake, Stop, quoted, short

_TEMPLATE = re.compile(r"(?:^|[:\-,\[]\s)\s*\{[{%]")
_OPENING = re.compile(r"(?:^\s*|[:\-,\[{]\s+|[\[{])(?P<quote>[\"'])")
_CLOSING = {'"': re.compile(r'(?:[^"\\]|\\.)*"'), "'": re.compile(r"(?:[^']|'')*'")}
_COMMENT = re.compile(r"(?:^|\s)#")
_SIGNS = frozenset("@`%*&!|>,]}")
"""What a text without quotes cannot begin with."""


def template(stop: Stop) -> Mistake | None:
    """Find a template without quotes, which YAML takes for mappings in braces."""
    if not _TEMPLATE.search(stop.text):
        return None
    return Mistake(UNQUOTED_TEMPLATE, stop.line, stop.column, QUOTE_IT, 1, code="template_unquoted")


def escape(stop: Stop) -> Mistake | None:
    """Find a backslash in double quotes that begins no escape, as in a path of Windows."""
    if "escape" not in stop.told and "hexadecimal" not in stop.told and "hexdec" not in stop.told:
        return None
    place = stop.text.rfind("\\", 0, stop.column + 1)
    if place < 0:
        return None
    pair = PAIR.match(stop.text)
    hint = r"write \\ for a backslash"
    if pair is not None and "'" not in pair["value"]:
        bare = short(pair["value"].strip(' "'))
        hint += f", or use single quotes: {pair['key']}: '{bare}'"
    message = f"{stop.text[place : place + 2]} is not an escape that double quotes know"
    return Mistake(message, stop.line, place, hint, 2)


def quote(stop: Stop) -> Mistake | None:
    """Find a quote that is not closed on its line, where what follows stops making sense."""
    for line, column, quote, end in _open_quotes(stop.lines[: stop.line + 1]):
        if end is not None and end < stop.line:
            continue  # a text of several lines, well closed
        text = stop.lines[line][column:].rstrip()
        pair = PAIR.match(stop.lines[line])
        key = f"{pair['key']}: " if pair is not None else ""
        closed = "is not closed on its line"
        if end is not None:
            closed += f", so the text goes on to the next {quote}, in line {end + 1}"
        mend = f"close it: {key}{short(text)}{quote}"
        return Mistake(f"the quote {quote} that opens here {closed}", line, column, mend, 1)
    return None


def _open_quotes(lines: Sequence[str]) -> Iterator[tuple[int, int, str, int | None]]:
    """Walk over the quotes that are not closed on their line, and where they are."""
    line, start = 0, 0
    while line < len(lines):
        text = lines[line]
        found = _OPENING.search(text, start)
        if found is None or _COMMENT.search(text, start, found.start("quote")):
            line, start = line + 1, 0
            continue
        quote, opened = found["quote"], found.start("quote")
        closed = _CLOSING[quote].match(text, opened + 1)
        if closed is not None:
            start = closed.end()
            continue
        end = next(
            (at for at in range(line + 1, len(lines)) if _CLOSING[quote].match(lines[at])), None
        )
        yield line, opened, quote, end
        if end is None:
            return
        after = _CLOSING[quote].match(lines[end])
        line, start = end, after.end() if after is not None else 0


def after_quote(stop: Stop) -> Mistake | None:
    """Find text that goes on behind a closing quote: 'It's here', "A" and B."""
    for line in stop.lines_of_interest():
        pair = PAIR.match(stop.lines[line])
        if pair is None or pair["value"][0] not in _CLOSING:
            continue
        value, quote = pair["value"].rstrip(), pair["value"][0]
        closed = _CLOSING[quote].match(value, 1)
        if closed is None or re.match(r"\s*(?:$|\s#|[,\]}])", value[closed.end() :]):
            continue
        whole = value[1:-1] if value.endswith(quote) else value
        start = pair.start("value")
        message = f"the quote {quote} closes here, and the text goes on after it"
        hint = f"put all of it in one pair of quotes: {pair['key']}: {quoted(whole)}"
        return Mistake(message, line, start + closed.end() - 1, hint, 1)
    return None


def sign(stop: Stop) -> Mistake | None:
    """Find a value that begins with a sign that means something to YAML."""
    pair = PAIR.match(stop.text)
    if pair is None or pair["value"][0] not in _SIGNS:
        return None
    sign = pair["value"][0]
    message = f"a text that begins with {sign} needs quotes: YAML keeps the sign for itself"
    hint = f"put the text in quotes: {pair['key']}: {quoted(pair['value'])}"
    return Mistake(message, stop.line, pair.start("value"), hint)


def text_with_colon(stop: Stop) -> Mistake | None:
    """Find a text without quotes that holds a colon and a space."""
    pair = PAIR.match(stop.text)
    if pair is None or "mapping values" not in stop.told or stop.column < pair.start("value"):
        return None
    message = "a text with a colon and a space in it needs quotes"
    hint = f"put the text in quotes: {pair['key']}: {quoted(pair['value'])}"
    value = pair["value"].rstrip()
    return Mistake(message, stop.line, pair.start("value"), hint, len(value))
