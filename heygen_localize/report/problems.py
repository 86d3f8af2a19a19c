"""Errors as text, as JSON, and as GitHub's annotations."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from heygen_localize.core.errors import Problem
from heygen_localize.core.text import inert, strip_controls
from heygen_localize.planning.results import FailureGroup
from heygen_localize.report.markdown import ROOM_FOR_MATRIX, bullets, one_line
from heygen_localize.report.render import Paint, plain, render, to_json


def problems_text(problems: Sequence[Problem], paint: Paint = plain) -> str:
    """Render problems for a terminal: where, what, and how to mend it."""
    return render("problems.txt.j2", paint, problems=problems)


def failure_lines(
    groups: Iterable[FailureGroup], command: str
) -> list[tuple[str, tuple[str, ...], str]]:
    """Return failures for `failures.txt.j2`: the message, the addresses, and what to do next."""
    return [
        (strip_controls(item.problem.message), item.addresses, next_step(item.problem, command))
        for item in groups
    ]


def next_step(problem: Problem, command: str) -> str:
    """Say how a problem is mended, down to a command: `command` again, where it names none."""
    if problem.hint is None:
        return f"run {command} again"
    told = problem.hint if "localize " in problem.hint else f"{problem.hint}; then {command} again"
    return strip_controls(told)


def problems_json(problems: Iterable[Problem]) -> str:
    """Render problems for machines."""
    return to_json({"errors": [problem.document() for problem in problems]})


def problems_markdown(problems: Iterable[Problem]) -> str:
    """Render problems as Markdown, in place of the report that they left no room for."""
    lines = [f"- **Failed:** {one_line(problem)}" for problem in problems]
    return "### Localization\n\n" + bullets(lines, len(lines), "mistake", ROOM_FOR_MATRIX)


def github_annotations(problems: Iterable[Problem]) -> str:
    """Render problems as GitHub Actions' workflow commands, which mark the line in a diff."""
    lines = []
    for problem in problems:
        properties = {
            "file": problem.where.file,
            "line": problem.where.line,
            "col": problem.where.column,
        }
        place = ",".join(
            f"{name}={_property(str(value))}" for name, value in properties.items() if value
        )
        text = problem.message + (f" ({problem.hint})" if problem.hint else "")
        lines.append(f"::error {place}::{_data(text)}" if place else f"::error::{_data(text)}")
    return "".join(line + "\n" for line in lines)


def _data(text: str) -> str:
    """Escape a message as the workflow commands want it, in one line whoever reads lines."""
    text = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return inert(" ".join(strip_controls(text).splitlines()))


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
