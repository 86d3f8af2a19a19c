"""Where the targets stand, as text, Markdown and JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from msgspec.structs import asdict

from heygen_localize.core.errors import Diagnostic
from heygen_localize.core.text import pluralize, sanitize
from heygen_localize.planning.check import CheckState
from heygen_localize.planning.checked import Checked
from heygen_localize.planning.status import OUTDATED, STATES, StatusRow, TargetStatus
from heygen_localize.report.check import finding_json
from heygen_localize.report.markdown import (
    ROOM_FOR_MATRIX,
    ROOM_FOR_TABLE,
    cell,
    code,
    fold,
    notes_list,
    table,
    take_within,
)
from heygen_localize.report.markdown import row as markdown_row
from heygen_localize.report.matrix import (
    STANDING_ORDER,
    Grid,
    grid_of,
    matrix_markdown,
    matrix_text,
    standing_mark,
)
from heygen_localize.report.render import Paint, plain, render, to_json

_LIVE = (TargetStatus.PENDING, TargetStatus.RUNNING, TargetStatus.COMPLETED)


EARLIER_UNTIL_DONE = "the earlier one is used until it is done"
EARLIER_UNTIL_CHECKED = "the earlier one is used until its check has passed"
REJECTED = "to use it as it is: localize accept; to have it rendered anew: raise revision"


def status_text(rows: Sequence[StatusRow], paint: Paint = plain, width: int | None = None) -> str:
    """Render a status: videos by languages where `width` has room for that, else a line a target.

    `width` is the terminal's, in characters; None for a pipe, whose readers want lines.
    """
    matrix = matrix_text(_grid(rows), width, paint) if width is not None else None
    if matrix is None:
        gap = [""] if rows else []
        lines = [*_lines(rows, paint), *gap, _summary(rows) or "no targets"]
        return "".join(f"{line}\n" for line in lines)
    notes = tuple(_grouped(rows).items())
    return render("status_matrix.txt.j2", matrix=matrix, notes=notes, summary=_summary(rows))


def _lines(rows: Sequence[StatusRow], paint: Paint) -> Iterator[str]:
    """Write a line for each target, in columns."""
    width = max((len(row.address) for row in rows), default=0)
    language_width = max((len(row.language) for row in rows), default=0)
    for row in rows:
        rest = "  ".join(filter(None, (row.translation_id, _note(row))))
        told = paint(row.told.ljust(9 if rest else 0), standing_mark(row).colour)
        line = f"{row.address.ljust(width)}  {row.language.ljust(language_width)}  {told}"
        yield f"{line}  {rest}" if rest else line


def status_markdown(rows: Sequence[StatusRow]) -> str:
    """Render a status for a job summary, within what a comment may have."""
    return render(
        "status.md.j2",
        summary=_summary(rows),
        matrix=matrix_markdown(_grid(rows), ROOM_FOR_MATRIX),
        notes=notes_list(_grouped(rows), "note"),
        details=_details_markdown(rows),
    )


def status_json(rows: Sequence[StatusRow]) -> str:
    """Render a status for machines: what a website build reads."""
    return to_json(
        {
            "targets": [
                {
                    "address": row.address,
                    "language": row.language,
                    "status": row.standing.value,
                    "translation_id": row.translation_id,
                    "failure_message": row.failure_message,
                    "outputs": asdict(row.outputs) | {"public_url": row.public_url},
                    "check": _check_json(row.check),
                    **({} if row.waits is None else {"waits": row.waits.document()}),
                }
                for row in rows
            ]
        }
    )


def _check_json(found: Checked | None) -> dict[str, object] | None:
    if found is None:
        return None
    return {
        "state": found.state.value,
        "errors": found.errors,
        "warnings": found.warnings,
        "problem": found.problem,
        "findings": [finding_json(one) for one in found.findings],
    }


def _summary(rows: Sequence[StatusRow]) -> str:
    counts = Counter(row.told for row in rows)
    told = ", ".join(
        f"{counts[word]} {word}{_MEANINGS.get(word, '')}" for word in STATES if counts[word]
    )
    checks = Counter(row.check.state for row in rows if row.check is not None)
    if not checks.keys() - {CheckState.UNCHECKED}:
        return told  # nobody checks here
    found = (f"{checks[state]} {_CHECKS[state]}" for state in _CHECKS if checks[state])
    return f"{told}; of their files {', '.join(found)}"


_CHECKS = {
    CheckState.OK: "checked",
    CheckState.WARNED: "with warnings",
    CheckState.FAILED: "failed the check",
    CheckState.UNCHECKED: "unchecked",
}


_MEANINGS = {
    TargetStatus.PENDING.value: " (ordered, not started)",
    TargetStatus.MISSING.value: " (not ordered yet)",
    TargetStatus.HELD.value: " (ordered later)",
    TargetStatus.IN_REVIEW.value: " (subtitles first)",
    TargetStatus.REJECTED.value: " (not used: the check failed)",
    TargetStatus.ORPHAN.value: " (no longer in the manifest; kept)",
    OUTDATED: " (the manifest changed)",
}
"""What the words do not say by themselves."""


def _note(row: StatusRow) -> str:
    """Say what the standing alone does not tell."""
    notes = [row.skip or "", row.failure_message or ""]
    if row.moved_from is not None:
        free = row.standing in _LIVE
        moves = ": localize apply moves it, and orders nothing" if free else ""
        notes.append(f"was {row.moved_from}{moves}")
    if row.serving_earlier:
        notes.append(EARLIER_UNTIL_CHECKED if row.held else EARLIER_UNTIL_DONE)
    if row.standing is TargetStatus.REJECTED:
        notes.append(REJECTED)
    elif row.held:
        notes.append("not used before its check: localize pull, then localize check")
    if row.in_review:
        notes.append("its subtitles are reviewed first: localize proofread status")
    elif row.pinned is not None:
        notes.append(f"the manifest pins {row.pinned}: localize apply adopts it")
    elif row.stale:
        again = "" if row.waits is not None else " (localize apply)"
        notes.append(f"out of date: the manifest changed{again}")
    if row.waits is not None:
        notes.append(waits_note(row.waits))
    if row.standing is TargetStatus.MISSING and row.pinned is None:
        notes.append("localize apply orders it if needed")
    if row.check is not None and (row.check.errors or row.check.warnings):
        errors, warnings = row.check.errors, row.check.warnings
        counts = [pluralize(errors, "error")] if errors else []
        counts += [pluralize(warnings, "warning")] if warnings else []
        notes.append(f"its check found {', '.join(counts)}: localize check")
    return sanitize("; ".join(note for note in notes if note))


def waits_note(waits: Diagnostic) -> str:
    """Say what a target waits for, and what a person can do about it."""
    return f"{waits.message}; {waits.hint}" if waits.hint else waits.message


def _grid(rows: Sequence[StatusRow]) -> Grid:
    return grid_of({row.address: standing_mark(row) for row in rows}, STANDING_ORDER)


def _grouped(rows: Sequence[StatusRow]) -> dict[str, list[str]]:
    """Return what is to be said besides a matrix, with the addresses that it is said of."""
    notes: dict[str, list[str]] = {}
    for row in rows:
        if note := _note(row):
            notes.setdefault(note, []).append(row.address)
    return notes


def _details_markdown(rows: Sequence[StatusRow]) -> str:
    """Fold the list of all targets, each with its job."""
    if not rows:
        return ""
    lines = (
        markdown_row(
            (
                code(row.address),
                cell(row.language),
                standing_mark(row).word,
                code(row.translation_id) if row.translation_id else "",
            )
        )
        for row in rows
    )
    found = take_within(lines, len(rows), ROOM_FOR_TABLE)
    body = table(["target", "language", "status", "job"], found, "target")
    return fold(pluralize(len(rows), "target"), body)
