"""Errors as text, as JSON, and as GitHub's annotations."""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Sequence
from typing import TypeAlias

from msgspec.structs import replace

from heygen_localize.core.errors import Diagnostic
from heygen_localize.core.text import inert, pluralize, strip_controls
from heygen_localize.planning.results import FailureGroup
from heygen_localize.report.excerpts import excerpt_text
from heygen_localize.report.markdown import ROOM_FOR_MATRIX, bullets, one_line
from heygen_localize.report.render import Paint, plain, render, to_json

_Cause: TypeAlias = tuple[str, str, str | None]
"""What problems have in common that are told in the same words."""

_MOST_CODES = 5
_MOST_PLACES = 5
_MOST_ALIKE = 3
"""Codes and places that one line names, and mistakes of one cause that are shown with their
lines; a manifest may have a thousand."""


def failure_lines(
    groups: Iterable[FailureGroup], command: str
) -> list[tuple[str, tuple[str, ...], str]]:
    """Return failures for `failures.txt.j2`: the message, the addresses, and what to do next."""
    return [
        (strip_controls(item.problem.message), item.addresses, next_step(item.problem, command))
        for item in groups
    ]


def next_step(problem: Diagnostic, command: str) -> str:
    """Say how a problem is mended, down to a command: `command` again, where it names none."""
    if problem.hint is None:
        return f"run {command} again"
    told = problem.hint if "localize " in problem.hint else f"{problem.hint}; then {command} again"
    return strip_controls(told)


def problems_text(
    problems: Sequence[Diagnostic],
    paint: Paint = plain,
    width: int = 100,
    explained: Container[str] = (),
) -> str:
    """Render problems for a terminal: where, what, the line itself, and how to mend it.

    A last line names the command that tells more of those codes that are `explained`.
    """
    codes = dict.fromkeys(problem.code for problem in problems if problem.code in explained)
    codes.pop("usage", None)  # Its message says all that there is.
    return _text("error", "red", problems, paint, width, list(codes)[:_MOST_CODES])


def warnings_text(problems: Sequence[Diagnostic], paint: Paint = plain, width: int = 100) -> str:
    """Render what a reader should know, and what stops nothing, likewise."""
    return _text("warning", "yellow", problems, paint, width, ())


def _text(
    word: str,
    colour: str,
    problems: Sequence[Diagnostic],
    paint: Paint,
    width: int,
    codes: Sequence[str],
) -> str:
    return render(
        "problems.txt.j2",
        paint,
        word=word,
        colour=colour,
        problems=_first_of_each_cause(problems),
        strip_controls=strip_controls,
        excerpt=lambda problem: excerpt_text(problem.excerpt, problem.hint, paint, width),
        codes=codes,
    )


def _first_of_each_cause(problems: Sequence[Diagnostic]) -> Iterator[tuple[Diagnostic, str]]:
    """Walk over the problems in their order, of those alike the first few.

    With the last of these comes where the others are: `997 more: a.yaml:9:12, …`.
    """
    causes = _by_cause(problems)
    told: Counter[_Cause] = Counter()
    for problem in problems:
        cause = _cause(problem)
        told[cause] += 1
        if told[cause] > _MOST_ALIKE:
            continue
        others = causes[cause][_MOST_ALIKE:] if told[cause] == _MOST_ALIKE else []
        places = [str(replace(other.where, path=None)) for other in others[:_MOST_PLACES]]
        places += ["…"] if len(others) > _MOST_PLACES else []
        yield problem, f"{len(others)} more: {', '.join(places)}" if others else ""


def _cause(problem: Diagnostic) -> _Cause:
    return problem.code, problem.message, problem.hint


def _by_cause(problems: Iterable[Diagnostic]) -> dict[_Cause, list[Diagnostic]]:
    causes: dict[_Cause, list[Diagnostic]] = {}
    for problem in problems:
        causes.setdefault(_cause(problem), []).append(problem)
    return causes


def problems_json(problems: Iterable[Diagnostic]) -> str:
    """Render problems for machines."""
    return to_json({"errors": [problem.document() for problem in problems]})


def problems_markdown(problems: Iterable[Diagnostic]) -> str:
    """Render problems as Markdown, in place of the report that they left no room for."""
    lines = [f"- **Failed:** {one_line(problem)}" for problem in problems]
    return "### Localization\n\n" + bullets(lines, len(lines), "mistake", ROOM_FOR_MATRIX)


def github_annotations(problems: Iterable[Diagnostic], root: str = "") -> str:
    """Render problems as GitHub Actions' workflow commands, which mark the line in a diff.

    There is one for each cause: what is told in the same words at several places marks the
    first, and names the lines of the others. `root` is what stands before each path, for
    GitHub counts them from the root of the repository.
    """
    causes = _by_cause(problems).values()
    return "".join(_annotation(same, root) + "\n" for same in causes)


def _annotation(same: Sequence[Diagnostic], root: str) -> str:
    first, where = same[0], same[0].where
    properties = {
        "file": posixpath.normpath(posixpath.join(root, where.file)) if where.file else None,
        "line": where.line,
        "col": where.column,
        "title": first.address,
    }
    place = ",".join(
        f"{name}={_property(str(value))}" for name, value in properties.items() if value
    )
    others = [problem.address or str(problem.where) for problem in same[1:]]
    more = f", and {pluralize(len(others) - _MOST_PLACES, 'more place')}"
    also = "; also: " + ", ".join(others[:_MOST_PLACES]) if others else ""
    also += more if len(others) > _MOST_PLACES else ""
    text = first.message + also + (f" ({first.hint})" if first.hint else "")
    return (
        f"::{first.severity.value} {place}::{_data(text)}"
        if place
        else (f"::{first.severity.value}::{_data(text)}")
    )


def _data(text: str) -> str:
    """Escape a message as the workflow commands want it, in one line whoever reads lines."""
    text = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return inert(" ".join(strip_controls(text).splitlines()))


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
