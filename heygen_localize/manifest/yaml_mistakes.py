"""What a person did where a YAML parser gave up: the place that caused it, and one mend.

Parsers say where they could not go on, which is often lines behind the mistake: at the end of
the file for a quote that was never closed. What they say differs, so it is looked at last;
the text itself tells more. Each rule below knows one mistake that people make.
"""

from __future__ import annotations

from collections.abc import Callable

import yaml
from msgspec.structs import replace

from heygen_localize.core.errors import InputError, Where
from heygen_localize.core.excerpts import Lines, excerpt
from heygen_localize.manifest import yaml_quotes as quotes
from heygen_localize.manifest import yaml_shape as shape
from heygen_localize.manifest.yaml_stop import Mistake, Stop

_LONGEST = 1000
"""Characters of a line that is looked at; no person types a longer one."""

_NEAR = 20_000
"""Lines around the place where a parser gave up that are looked at."""

_RULES: tuple[Callable[[Stop], Mistake | None], ...] = (
    quotes.template,
    shape.tab,
    quotes.escape,
    quotes.quote,
    quotes.after_quote,
    quotes.sign,
    shape.space,
    shape.colon,
    quotes.text_with_colon,
    shape.bracket,
    shape.indent,
)


def _near(lines: Lines, stop: int, began: int | None) -> list[str]:
    """Return the lines near to where a parser gave up; those far from it are empty.

    There are two more than the file has: parsers may give up, and begin, a line behind the last.
    """
    near = [""] * (len(lines) + 2)
    first = max(0, stop - _NEAR)
    for line in {*range(first, min(stop + _NEAR, len(lines))), min(began or 0, len(lines) - 1)}:
        if len(lines[line]) <= _LONGEST:
            near[line] = lines[line]
    return near


def diagnose(error: yaml.MarkedYAMLError, lines: Lines, file: str) -> InputError:
    """Return what is wrong where a parser gave up, at the place that caused it."""
    mark, began = error.problem_mark, error.context_mark
    if mark is None:
        return InputError("yaml_syntax", f"not YAML: {error.problem}", where=Where(file))
    stop = Stop(
        _near(lines, mark.line, None if began is None else began.line),
        mark.line,
        mark.column,
        error.problem or "",
        error.context or "",
        None if began is None else (began.line, began.column),
    )
    found = next((found for rule in _RULES if (found := rule(stop)) is not None), None)
    if found is None:
        context = f" ({error.context})" if error.context else ""
        found = Mistake(f"not YAML: {error.problem}{context}", stop.line, stop.column, None)
    where = Where(file, found.line + 1, found.column + 1)
    mistake = InputError(found.code, found.message, found.hint, where)
    shown = [excerpt(lines, found.line + 1, found.column + 1, found.width)]
    if found.other is not None:
        line, column, width, label = found.other
        shown.append(excerpt(lines, line + 1, column + 1, width, label))
    parts = tuple(part for part in shown if part is not None)
    mistake.problems = (replace(mistake.first, excerpt=parts),)
    return mistake
