"""Mistakes with the shape of YAML: indentation, colons and the space behind them, brackets."""

from __future__ import annotations

import re

from heygen_localize.core.text import pluralize
from heygen_localize.manifest.yaml_stop import PAIR, Mistake, Stop, short

_TAB_INDENT = re.compile(r" *(?:- *)*\t")
_NO_SPACE = re.compile(r"\s*(?:-\s+)*(?P<key>[A-Za-z_][\w-]*):(?P<value>(?!//)[^\s:].*)$")
_EQUALS = re.compile(r"\s*(?:-\s+)*(?P<key>[A-Za-z_][\w-]*)\s*=\s*(?P<value>\S.*)$")
_WORD = re.compile(r"\s*(?:-\s+)*(?P<key>[A-Za-z_][\w-]*)\s*(?:#.*)?$")
_BRACKETS = {"[": "]", "{": "}"}


def missing_space(text: str) -> str | None:
    """Return how a text should be written that is a key, and lacks the space after its colon."""
    found = _NO_SPACE.match(text.split("\n", 1)[0])
    # One letter alone is a drive of Windows.
    if found is None or len(found["key"]) == 1:
        return None
    return f"{found['key']}: {short(found['value'])}"


def tab(stop: Stop) -> Mistake | None:
    """Find a line that is indented by a tab."""
    found = _TAB_INDENT.match(stop.text)
    if found is None:
        return None
    message = "this line is indented by a tab, and YAML forbids tabs there"
    place = found.end() - 1
    return Mistake(message, stop.line, place, "indent by spaces", 1, code="yaml_tab")


def space(stop: Stop) -> Mistake | None:
    """Find a colon without a space after it."""
    for line in stop.lines_of_interest():
        found = _NO_SPACE.match(stop.lines[line])
        if found is None:
            continue
        message = f"a space is missing after {found['key']}:"
        hint = f"write {found['key']}: {short(found['value'])}"
        return Mistake(message, line, found.end("key"), hint, 1)
    return None


def colon(stop: Stop) -> Mistake | None:
    """Find a line that is a key no more for want of its colon."""
    if "':'" not in stop.told:
        return None
    line = stop.began[0] if stop.began is not None else stop.above()
    if line is None:
        return None
    equals, word = _EQUALS.match(stop.lines[line]), _WORD.match(stop.lines[line])
    if equals is not None:
        message = f"expected a colon after {equals['key']}, found ="
        place = stop.lines[line].index("=", equals.end("key"))
        return Mistake(message, line, place, f"write {equals['key']}: {equals['value']}", 1)
    if word is None:
        return None
    message = f"expected a colon after {word['key']}"
    return Mistake(message, line, word.start("key"), f"write {word['key']}:", len(word["key"]))


def bracket(stop: Stop) -> Mistake | None:
    """Find a bracket that is not closed, or two items with no comma between them."""
    if "flow" not in stop.within or stop.began is None:
        return None
    line, column = stop.began
    opening = stop.lines[line][column : column + 1]
    if opening not in _BRACKETS:
        return None
    closing = _BRACKETS[opening]
    here = stop.text[stop.column : stop.column + 1]
    if line != stop.line or not here:
        message = f"the bracket {opening} that opens here is not closed"
        return Mistake(message, line, column, f"close it with {closing}", 1)
    message = f"expected a comma or {closing}, found {here}"
    return Mistake(message, line, stop.column, "put a comma between what stands in brackets", 1)


def indent(stop: Stop) -> Mistake | None:
    """Find a line whose indentation is that of nothing above it."""
    above, depth = stop.above(), _depth(stop.text)
    in_text = bool(stop.text[: stop.column].strip(" -")) and "mapping values" not in stop.told
    if above is None or in_text or not stop.text.strip():
        return None
    levels = _levels(stop)
    if depth in levels:
        return None
    nearest = min(levels, key=lambda level: (abs(level - depth), -level))
    like = levels[nearest]
    mend = f"indent it as line {like + 1}: by {pluralize(nearest, 'space')}"
    pair = PAIR.match(stop.lines[above])
    if depth > _depth(stop.lines[above]) and pair is not None:
        message = f"this line is indented below {pair['key']}, which has a value already"
        return Mistake(message, stop.line, depth, mend)
    message = f"expected {pluralize(nearest, 'space')} before this line, found {depth}"
    other = (like, nearest, None, f"after {pluralize(nearest, 'space')}")
    return Mistake(message, stop.line, depth, mend, other=other)


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _levels(stop: Stop) -> dict[int, int]:
    """Return the indentations that a line may have, each with the nearest line that has it."""
    levels: dict[int, int] = {}
    least: int | None = None
    line: int | None = stop.above()
    while line is not None:
        depth = _depth(stop.lines[line])
        if least is None or depth < least:
            levels[depth] = line
            least = depth
        line = stop.before(line) if depth else None
    return levels
