"""Subtitles under review: how far each is, and what was edited, as text, Markdown and JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from msgspec import Struct

from heygen_localize.core.text import pluralize
from heygen_localize.planning.proofread import Stage
from heygen_localize.planning.proofread_status import (
    CueEdit,
    ProofreadStatusRow,
    TextDiff,
    term_problem,
)
from heygen_localize.report.markdown import (
    Prose,
    cell,
    code,
    fitted_table,
    folded_table,
    markdown_cell,
    row,
)
from heygen_localize.report.render import Paint, plain, render, to_json
from heygen_localize.subtitles import ChangeKind
from heygen_localize.subtitles.timing import written

_COLOURS = {
    Stage.IN_REVIEW: "yellow",
    Stage.READY: "yellow",
    Stage.EXPIRED: "yellow",
    Stage.MISTAKEN: "red",
    Stage.RE_REVIEW: "red",
    Stage.FAILED: "red",
    Stage.APPROVED: "green",
    Stage.COMPLETED: "green",
    Stage.NEW: "dim",
}

_MOST_MARKDOWN = 62_000
"""Characters of a diff in Markdown: a comment on GitHub takes 65,536."""

_MOST_IN_CELL = 1000
"""Characters of one text in a table, before they are escaped."""

_OVERHEAD = 220
"""Characters that a target takes besides what is counted: the table's head, the fold."""


class _Section(Struct, frozen=True):
    """One target of a diff in Markdown, as far as there was room for its rows."""

    heading: str
    rows: tuple[str, ...]
    notes: tuple[str, ...]
    hidden: int


def stage_word(stage: Stage) -> str:
    """Write a stage as people read it; JSON has its own word for it."""
    return "needs re-review" if stage is Stage.RE_REVIEW else stage.value.replace("_", " ")


def review_status_text(rows: Sequence[ProofreadStatusRow], paint: Paint = plain) -> str:
    """Render reviews for a terminal: a line each, then what is wrong, by file and line."""
    return render("proofread_status.txt.j2", paint, **_view(rows))


def review_status_markdown(rows: Sequence[ProofreadStatusRow]) -> str:
    """Render reviews for a job summary, within what a comment may have: mistakes come first."""
    problems = [("error", problem) for item in rows for problem in item.mistakes]
    problems += [("warning", problem) for item in rows for problem in _warnings(item)]
    reviews = ((code(i.address), stage_word(i.progress), cell(i.path), _note(i)) for i in rows)

    findings = [
        (word, Prose(str(found.where)), Prose(found.message), Prose(found.hint or ""))
        for word, found in problems
    ]
    columns = ("", "where", "what", "how to fix it")
    return render(
        "proofread_status.md.j2",
        reviews=folded_table(("target", "stage", "file", ""), reviews, len(rows), "target"),
        problems=fitted_table(columns, findings, "finding"),
        summary=_view(rows)["summary"],
    )


def review_status_json(rows: Sequence[ProofreadStatusRow]) -> str:
    """Render reviews for machines."""
    return to_json({"targets": [_row_document(row) for row in rows]})


def review_diff_text(diffs: Sequence[TextDiff], paint: Paint = plain) -> str:
    """Render edits for a terminal, cue by cue."""
    return render(
        "proofread_diff.txt.j2",
        paint,
        diffs=diffs,
        summary=_diff_summary(diffs),
        told=_told,
        stage_word=stage_word,
        warnings=_warnings,
        written=written,
    )


def review_diff_markdown(diffs: Sequence[TextDiff]) -> str:
    """Render edits for a pull request's comment, within what a comment may have."""
    sections, hidden = _sections(diffs)
    return render(
        "proofread_diff.md.j2", sections=sections, hidden=hidden, summary=_diff_summary(diffs)
    )


def review_diff_json(diffs: Sequence[TextDiff]) -> str:
    """Render edits for machines. Times in milliseconds."""
    return to_json(
        {
            "targets": [
                _row_document(diff.row)
                | {
                    "trouble": diff.trouble,
                    "unchanged": diff.unchanged,
                    "changes": [_edit_document(edit) for edit in diff.edits],
                }
                for diff in diffs
            ]
        }
    )


def _row_document(row: ProofreadStatusRow) -> dict[str, Any]:
    return {
        "address": row.address,
        "stage": row.progress.value,
        "path": row.path,
        "mistakes": [problem.document() for problem in row.mistakes],
        "warnings": [problem.document() for problem in row.warnings],
        "terms": [
            {
                "cue": finding.cue,
                "line": finding.line,
                "term": finding.term,
                "required": finding.required,
                "message": finding.message,
            }
            for finding in row.terms
        ],
    }


def _edit_document(edit: CueEdit) -> dict[str, Any]:
    change = edit.change
    return {
        "cue": change.number,
        "kind": change.kind.value,
        "start": change.start,
        "end": change.end,
        "source": edit.source,
        "machine": change.machine,
        "reviewed": change.reviewed,
    }


def _view(rows: Sequence[ProofreadStatusRow]) -> dict[str, Any]:
    counts = Counter(row.progress for row in rows)
    return {
        "rows": rows,
        "colours": _COLOURS,
        "stages": {stage: stage_word(stage) for stage in Stage},
        "notes": {row.address: _note(row) for row in rows},
        "mistakes": [problem for row in rows for problem in row.mistakes],
        "warnings": [problem for row in rows for problem in _warnings(row)],
        "width": max((len(row.address) for row in rows), default=0),
        "stage_width": max((len(stage_word(row.progress)) for row in rows), default=0),
        "summary": ", ".join(
            f"{counts[progress]} {stage_word(progress)}" for progress in Stage if counts[progress]
        ),
    }


def _warnings(row: ProofreadStatusRow) -> list[Any]:
    """Return all warnings of a text, in the order of its lines."""
    terms = (term_problem(finding, row.path) for finding in row.terms)
    return sorted((*row.warnings, *terms), key=lambda problem: problem.where.line or 0)


def _note(row: ProofreadStatusRow) -> str:
    warnings = len(row.warnings) + len(row.terms)
    parts = [pluralize(len(row.mistakes), "mistake")] if row.mistakes else []
    return ", ".join([*parts, pluralize(warnings, "warning")] if warnings else parts)


def _told(diff: TextDiff) -> str:
    """Count what was edited: `2 cues changed, 1 added, 5 unchanged`."""
    if diff.trouble is not None:
        return f"not compared: {diff.trouble}"
    counts = Counter(edit.change.kind for edit in diff.edits)
    parts = [f"{counts[kind]} {kind.value}" for kind in ChangeKind if counts[kind]]
    return ", ".join([*parts, f"{diff.unchanged} unchanged"])


def _diff_summary(diffs: Sequence[TextDiff]) -> str:
    if not diffs:
        return "no targets under review"
    edited = sum(len(diff.edits) for diff in diffs)
    parts = [f"{pluralize(edited, 'cue')} edited in {pluralize(len(diffs), 'target')}"]
    silent = sum(diff.trouble is not None for diff in diffs)
    return ", ".join([*parts, f"{silent} not compared"] if silent else parts)


def _sections(diffs: Sequence[TextDiff]) -> tuple[list[_Section], int]:
    """Fill a comment with targets and their rows while there is room; count the rest."""
    sections: list[_Section] = []
    room = _MOST_MARKDOWN
    for diff in diffs:
        item = diff.row
        stage = f"{stage_word(item.progress)}; {_told(diff)}"
        heading = f"`{item.address}` {cell(item.path, _MOST_IN_CELL)}: {cell(stage, _MOST_IN_CELL)}"
        room -= len(heading) + _OVERHEAD
        if room < 0:
            return sections, len(diffs) - len(sections)
        notes, room = _fitting(_notes(item), room)
        rows, room = _fitting(map(_markdown_row, diff.edits), room)
        all_notes = len(item.mistakes) + len(item.warnings) + len(item.terms)
        hidden = len(diff.edits) - len(rows) + all_notes - len(notes)
        sections.append(_Section(heading, rows, notes, hidden))
    return sections, 0


def _fitting(lines: Iterator[str], room: int) -> tuple[tuple[str, ...], int]:
    fitting: list[str] = []
    for line in lines:
        if len(line) + 3 > room:
            break
        fitting.append(line)
        room -= len(line) + 3
    return tuple(fitting), room


def _notes(row: ProofreadStatusRow) -> Iterator[str]:
    for word, problems in (("error", row.mistakes), ("warning", _warnings(row))):
        for problem in problems:
            texts = str(problem.where), problem.message
            where, message = (cell(text, _MOST_IN_CELL) for text in texts)
            yield f"**{word}** {where}: {message}"


def _markdown_row(edit: CueEdit) -> str:
    change = edit.change
    times = f"{written(change.start)} – {written(change.end)}"
    tells = change.kind is not ChangeKind.CHANGED and not (change.machine and change.reviewed)
    number = f"{change.number} {change.kind.value}" if tells else f"{change.number}"
    return row((number, times, *map(_lines, (edit.source, change.machine, change.reviewed))))


def _lines(text: str | None) -> str:
    """Make a text of several lines one cell, its lines kept apart."""
    shown = text or ""
    if len(shown) > _MOST_IN_CELL:
        shown = shown[: _MOST_IN_CELL - 1] + "…"
    return "<br>".join(map(markdown_cell, shown.split("\n")))
