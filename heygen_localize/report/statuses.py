"""Where the targets stand, as text, Markdown and JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from heygen_localize.report.render import Paint, plain, render, to_json
from heygen_localize.standing import Standing, StatusRow
from heygen_localize.text import printable

_COLOURS = {
    Standing.COMPLETED: "green",
    Standing.FAILED: "red",
    Standing.MISSING: "yellow",
    Standing.PENDING: "cyan",
    Standing.RUNNING: "cyan",
    Standing.SKIPPED: "dim",
    Standing.ORPHAN: "dim",
}


def status_text(rows: Sequence[StatusRow], paint: Paint = plain) -> str:
    """Render a status for a terminal, one line a target."""
    return render("status.txt.j2", paint, **_view(rows))


def status_markdown(rows: Sequence[StatusRow]) -> str:
    """Render a status for a job summary."""
    return render("status.md.j2", **_view(rows))


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
                    "outputs": {
                        field.name: getattr(row.outputs, field.name)
                        for field in fields(row.outputs)
                    }
                    | {"public_url": row.public_url},
                }
                for row in rows
            ]
        }
    )


def _view(rows: Sequence[StatusRow]) -> dict[str, Any]:
    counts = Counter(row.standing for row in rows)
    return {
        "rows": rows,
        "notes": {row.address: _note(row) for row in rows},
        "colours": _COLOURS,
        "width": max((len(row.address) for row in rows), default=0),
        "language_width": max((len(row.language) for row in rows), default=0),
        "summary": ", ".join(
            f"{counts[standing]} {standing.value}" for standing in Standing if counts[standing]
        ),
    }


def _note(row: StatusRow) -> str:
    """Say what the standing alone does not tell."""
    notes = [row.skip or "", row.failure_message or ""]
    if row.serving_earlier:
        notes.append("the earlier one is served meanwhile")
    if row.stale:
        notes.append("the manifest wants another by now: localize apply")
    if row.standing is Standing.MISSING:
        notes.append("localize apply orders it")
    return printable("; ".join(note for note in notes if note))
