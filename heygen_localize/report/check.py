"""What a check of the dubbed files found, as text, Markdown and JSON."""

from __future__ import annotations

from typing import Any

import msgspec

from heygen_localize.core.errors import Diagnostic
from heygen_localize.core.measurement import Measurement
from heygen_localize.core.objects import is_object
from heygen_localize.core.text import pluralize, strip_controls
from heygen_localize.planning.check import CheckReport, CheckRow, CheckState, Finding
from heygen_localize.report.markdown import cell, code, folded_table
from heygen_localize.report.render import Paint, plain, to_json

_SIGNS = {
    CheckState.OK: ("✓", "green"),
    CheckState.WARNED: ("!", "yellow"),
    CheckState.FAILED: ("✗", "red"),
    CheckState.UNPULLED: ("-", "yellow"),
}
_MOST_UNCOMPARED = 10
UNCHECKED = "The language that is spoken is not checked."


def check_text(report: CheckReport, paint: Paint = plain) -> str:
    """Render a check for a terminal: a line a target, and below it what is wrong."""
    width = max((len(row.address) for row in report.rows), default=0)
    lines = []
    for row in report.rows:
        sign, colour = _SIGNS[row.state]
        told = f"  {paint(sign, colour)} {row.address.ljust(width)}  {_told(row)}"
        lines.append(strip_controls(told.rstrip()) if paint is plain else told.rstrip())
        lines += [f"      {line}" for line in _wrong(row)]
    lines += ["", summary(report), *uncompared(report), *_gated(report)]
    if report.unsaved is not None:
        lines.append(strip_controls(_unsaved(report.unsaved.first)))
    return "\n".join(lines) + "\n"


def check_markdown(report: CheckReport) -> str:
    """Render a check for a job summary, within what a comment may have."""
    wrong = [row for row in report.rows if row.state is not CheckState.OK]
    cells = (
        (
            code(row.address),
            row.state.value,
            "<br>".join(cell(line) for line in _wrong(row)) or cell(_told(row)),
        )
        for row in wrong
    )
    table = folded_table(("target", "", "found"), cells, len(wrong), "target")
    told = (summary(report), *uncompared(report), *_gated(report))
    unsaved = [_unsaved(report.unsaved.first)] if report.unsaved is not None else []
    lines = "\n\n".join(cell(line) for line in (*told, *unsaved))
    return f"{lines}\n\n{table}"


def check_json(report: CheckReport) -> str:
    """Render a check for machines: every figure, and every finding."""
    stopped = report.fetched.stopped if report.fetched is not None else None
    document: dict[str, Any] = {
        "targets": [_document(row) for row in report.rows],
        "not_rendered": list(report.unrendered),
        "not_named": list(report.unnamed),
        "stopped": stopped.first.document() if stopped is not None else None,
        "summary": {state.value: report.counts[state] for state in _SIGNS},
        "unsaved": report.unsaved.first.document() if report.unsaved is not None else None,
        "spoken_language": "unchecked",
        "exit_code": int(report.exit_code),
    }
    return to_json(document)


def summary(report: CheckReport) -> str:
    """Count everything in one line, and say what is not looked at."""
    counts = report.counts
    looked_at = len(report.rows) - counts[CheckState.UNPULLED]
    parts = [f"{pluralize(looked_at, 'target')} checked"]
    parts += [f"{counts[CheckState.FAILED]} failed"] if counts[CheckState.FAILED] else []
    parts += [f"{counts[CheckState.WARNED]} with warnings"] if counts[CheckState.WARNED] else []
    if counts[CheckState.UNPULLED]:
        ways = "" if report.fetched is not None else " (localize pull, or localize check --fetch)"
        parts.append(f"{counts[CheckState.UNPULLED]} not looked at: not pulled{ways}")
    if report.unrendered:
        parts.append(f"{len(report.unrendered)} not rendered yet")
    if report.unnamed:
        parts.append(f"{len(report.unnamed)} not looked at: no video or audio under outputs")
    return f"{', '.join(parts)}. {UNCHECKED}"


def figures(file: Measurement) -> str:
    """Say what a file is in a few figures: length, picture, loudness."""
    parts = [f"{file.seconds:.1f} s"]
    if file.video is not None:
        rate = file.video.frame_rate
        told = f", {rate:g} fps" if rate is not None else ""
        parts.append(f"{file.video.width}×{file.video.height}{told}")
    if file.loudness is not None and file.loudness.integrated is not None:
        parts.append(f"{file.loudness.integrated:.1f} LUFS")
    return ", ".join(parts)


def uncompared(report: CheckReport) -> list[str]:
    """Say which sources nothing could be compared with, and why."""
    problems = dict.fromkeys(
        row.source_problem.message for row in report.rows if row.source_problem is not None
    )
    told = [f"Not compared with its source: {message}" for message in problems]
    more = len(told) - _MOST_UNCOMPARED
    told[_MOST_UNCOMPARED:] = [f"and {pluralize(more, 'more source')}"] if more > 0 else []
    return [strip_controls(line) for line in told]


def _gated(report: CheckReport) -> list[str]:
    """Say what comes of files that were not used before their check."""
    held = [row for row in report.rows if row.held]
    refused = sum(row.state is CheckState.FAILED for row in held)
    passed = sum(row.released for row in held)
    lines = []
    if passed and report.unsaved is None:
        them = "it in its place" if passed == 1 else "them in their places"
        lines.append(f"{passed} held before may be used now: localize pull puts {them}.")
    if refused:
        lines.append(
            f"{refused} rejected, the earlier files stay: localize accept takes what was rejected "
            "as it is, a new revision has it rendered anew."
        )
    return lines


def _unsaved(problem: Diagnostic) -> str:
    hint = f" ({problem.hint})" if problem.hint else ""
    return f"The lockfile does not have it: {problem.message}{hint}"


def moment(seconds: float) -> str:
    """Write a moment of a file: `1:02.5`, `1:00:02.5`."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(int(minutes), 60)
    return f"{hours}:{minutes:02}:{rest:04.1f}" if hours else f"{minutes}:{rest:04.1f}"


def _wrong(row: CheckRow) -> list[str]:
    told = [_finding(one) for one in row.findings]
    if row.problem is not None:
        hint = f" ({row.problem.hint})" if row.problem.hint else ""
        told.insert(0, f"error  {row.problem.message}{hint}")
    if row.unfetched is not None and row.file is None:
        hint = f" ({row.unfetched.hint})" if row.unfetched.hint else ""
        told.append(f"{row.unfetched.message}{hint}")
    return [strip_controls(line) for line in told]


def _finding(one: Finding) -> str:
    place = "" if one.at is None else f" at {moment(one.at)}"
    if one.at is not None and one.until is not None:
        place += f" to {moment(one.until)}"
    return f"{one.severity.value.ljust(5)}  {one.rule.value}{place}: {one.message}"


def _told(row: CheckRow) -> str:
    if row.file is None:
        away = "is in a bucket, not here" if is_object(row.path) else "is not pulled"
        return row.path if row.problem is not None else f"{row.path} {away}"
    return figures(row.file)


def _document(row: CheckRow) -> dict[str, Any]:
    # Here, since status words findings as well, and compares nothing.
    from heygen_localize.planning.comparison import differences

    return {
        "address": row.address,
        "path": row.path,
        "state": row.state.value,
        "held": row.held,
        "released": row.released,
        "findings": [finding_json(one) for one in row.findings],
        "problem": row.problem.document() if row.problem is not None else None,
        "unfetched": row.unfetched.document() if row.unfetched is not None else None,
        "source_problem": (
            row.source_problem.document() if row.source_problem is not None else None
        ),
        "differences": (
            [msgspec.to_builtins(one) for one in differences(row.source, row.file)]
            if row.source is not None and row.file is not None
            else None
        ),
        "file": msgspec.to_builtins(row.file) if row.file is not None else None,
        "captions": msgspec.to_builtins(row.captions) if row.captions is not None else None,
    }


def finding_json(one: Finding) -> dict[str, Any]:
    """Write a finding for machines."""
    return {
        "rule": one.rule.value,
        "severity": one.severity.value,
        "message": one.message,
        "at": one.at,
        "until": one.until,
    }
