"""What a person did where a YAML parser gave up: the place that caused it, and one mend.

Parsers say where they could not go on, which is often lines behind the mistake: at the end of
the file for a quote that was never closed. What they say differs, so it is looked at last;
the text itself tells more. Each rule below knows one mistake that people make.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import yaml
from msgspec.structs import replace

from heygen_localize.core.errors import InputError, Where
from heygen_localize.core.excerpts import excerpt
from heygen_localize.manifest import yaml_quotes as quotes
from heygen_localize.manifest import yaml_shape as shape
from heygen_localize.manifest.yaml_stop import Mistake, Stop

_LONGEST = 1000
"""Characters of a line that is looked at; no person types a longer one."""

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


def diagnose(error: yaml.MarkedYAMLError, lines: Sequence[str], file: str) -> InputError:
    """Return what is wrong where a parser gave up, at the place that caused it."""
    mark, began = error.problem_mark, error.context_mark
    if mark is None:
        return InputError("yaml_syntax", f"not YAML: {error.problem}", where=Where(file))
    stop = Stop(
        # Parsers may give up, and begin, a line behind the last.
        [*(line if len(line) <= _LONGEST else "" for line in lines), "", ""],
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
