"""What a `pull` did, or found, as text, Markdown and JSON."""

from __future__ import annotations

import posixpath
from typing import Any

from heygen_localize.core.objects import is_object
from heygen_localize.core.text import pluralize, strip_controls
from heygen_localize.planning.pull import PullReport, PullRow, PullState
from heygen_localize.planning.results import Failure, FailureGroup, group
from heygen_localize.report.markdown import cell, code, failures_markdown, folded_table
from heygen_localize.report.problems import failure_lines
from heygen_localize.report.render import Paint, plain, render, to_json

_SIGNS = {
    PullState.PULLED: ("+", "green"),
    PullState.FAILED: ("!", "red"),
    PullState.MISSING: ("-", "yellow"),
    PullState.DIFFERS: ("~", "yellow"),
}
"""Files of other states have no line: they are merely counted."""

_UNITS = ("kB", "MB", "GB", "TB")


def size_text(size: int) -> str:
    """Write a number of bytes for people: `84 MB`, `1.5 GB`."""
    number, unit = float(size), "bytes"
    for larger in _UNITS:
        if number < 999.5:
            break
        number, unit = number / 1000, larger
    return f"{number:.1f} {unit}" if number < 9.95 and unit != "bytes" else f"{number:.0f} {unit}"


def pull_text(report: PullReport, paint: Paint = plain, *, told: bool = False) -> str:
    """Render a pull for a terminal, failures grouped by cause at the end.

    With `told`, the files that were pulled have been told of one by one, and are only counted.
    """
    lines = failure_lines(failures_of(report), "localize pull")
    return pulled_text(report, paint, told=told) + render("failures.txt.j2", paint, failures=lines)


def pulled_text(report: PullReport, paint: Paint = plain, *, told: bool = False) -> str:
    """Render what a pull did, without its failures."""
    rows = [
        (*_SIGNS[row.state], strip_controls(row.path), _told(row))
        for row in report.rows
        if row.state in _SIGNS
        and row.state is not PullState.FAILED
        and not (told and row.state is PullState.PULLED)
    ]
    return render("pull.txt.j2", paint, rows=rows, summary=_summary(report))


def pull_markdown(report: PullReport) -> str:
    """Render a pull for a job summary, within what a comment may have."""
    rows = [row for row in report.rows if row.state in _SIGNS]
    cells = (
        (
            cell(row.path),
            f"{code(row.address)} {row.kind}",
            row.state.value + (f", {size_text(row.file.size)}" if row.file else ""),
        )
        for row in rows
    )
    return render(
        "pull.md.j2",
        summary=cell(_summary(report)),
        files=folded_table(("file", "target", ""), cells, len(rows), "file"),
        failures=failures_markdown(failures_of(report)),
    )


def pull_json(report: PullReport) -> str:
    """Render a pull for machines."""
    return to_json(pull_document(report) | {"exit_code": int(report.exit_code)})


def pull_document(report: PullReport) -> dict[str, Any]:
    """Return a pull's JSON as a document, so that `apply` can carry it too."""
    summary: dict[str, int] = {state.value: report.counts[state] for state in PullState}
    summary |= {"bytes": report.pulled_bytes, "not_rendered": len(report.unrendered)}
    return {
        "files": [
            {
                "address": row.address,
                "kind": row.kind,
                "path": row.path,
                "state": row.state.value,
                "sha256": row.file.sha256 if row.file else None,
                "size": row.file.size if row.file else None,
            }
            for row in report.rows
        ],
        "failures": [item.document() for item in failures_of(report)],
        "not_rendered": list(report.unrendered),
        "summary": summary,
    }


def failures_of(report: PullReport) -> tuple[FailureGroup, ...]:
    """Return why files could not be had, by cause; a target's files of one cause count once."""
    failures = (Failure(row.address, row.problem) for row in report.rows if row.problem)
    return group(dict.fromkeys(failures))


def _told(row: PullRow) -> str:
    if row.file is not None:
        return size_text(row.file.size)
    return "" if row.state is PullState.PULLED else row.state.value


def _summary(report: PullReport) -> str:
    """Count everything in one line: `12 files pulled (84 MB), 3 unchanged. Under localized/`."""
    counts = report.counts
    if report.checked:
        to_do = counts[PullState.MISSING] + counts[PullState.DIFFERS]
        parts = [f"{pluralize(to_do, 'file')} to pull"]
    else:
        size = f" ({size_text(report.pulled_bytes)})" if counts[PullState.PULLED] else ""
        parts = [f"{pluralize(counts[PullState.PULLED], 'file')} pulled{size}"]
    for state in (PullState.UNCHANGED, PullState.FAILED):
        if counts[state]:
            parts.append(f"{counts[state]} {state.value}")
    if report.unrendered:
        parts.append(f"{pluralize(len(report.unrendered), 'target')} not rendered yet")
    folder = _folder(report)
    return strip_controls(", ".join(parts) + (f". Under {folder}/" if folder else ""))


def _folder(report: PullReport) -> str:
    """Return the folder that all files are in; empty where that tells nothing."""
    folders = {posixpath.dirname(row.path) for row in report.rows}
    if any(map(is_object, folders)):
        parts = [folder.partition("://") for folder in folders]
        if len({scheme for scheme, _, _ in parts}) > 1:
            return ""
        common = posixpath.commonpath([rest for _, _, rest in parts])
        return f"{parts[0][0]}://{common}" if common else ""
    common = posixpath.commonpath(folders) if folders else ""
    folder = posixpath.normpath(posixpath.join(report.folder, common))
    return "" if folder == "." else folder.rstrip("/")
