"""What a `refresh` found, as text, Markdown and JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from heygen_localize.core.text import pluralize, sanitize
from heygen_localize.planning.refresh import Drift, DriftKind, Refreshed
from heygen_localize.report.markdown import ROOM_FOR_TABLE, cell, code, fitted, folded, row, table
from heygen_localize.report.render import Paint, plain, render, to_json


def refresh_text(refreshed: Refreshed, paint: Paint = plain) -> str:
    """Render a refresh for a terminal: a line for each drift, and a summary."""
    return render("refresh.txt.j2", paint, **_view(refreshed))


def refresh_markdown(refreshed: Refreshed) -> str:
    """Render a refresh for a job summary, within what a comment may have."""
    return render("refresh.md.j2", **_view(refreshed), table=_drifts_markdown(refreshed))


def refresh_json(refreshed: Refreshed) -> str:
    """Render a refresh for machines."""
    return to_json(
        {
            "targets": refreshed.targets,
            "renewed": refreshed.renewed,
            "drift": [
                {
                    "address": drift.address,
                    "translation_id": drift.translation_id,
                    "kind": drift.kind.value,
                    "before": drift.before,
                    "now": drift.now,
                }
                for drift in refreshed.drifts
            ],
        }
    )


def _view(refreshed: Refreshed) -> dict[str, Any]:
    return {
        "drifts": [(drift, _sentence(drift)) for drift in refreshed.drifts],
        "summary": f"{pluralize(refreshed.targets, 'target')} looked at, links of "
        f"{pluralize(refreshed.renewed, 'job')} renewed, "
        f"{len(refreshed.drifts) or 'nothing'} drifted",
        "width": max((len(drift.address) for drift in refreshed.drifts), default=0),
    }


def _drifts_markdown(refreshed: Refreshed) -> str:
    drifts = refreshed.drifts
    if not drifts:
        return ""

    def lines(longest: int, _: int) -> Iterator[str]:
        for drift in drifts:
            yield row([code(drift.address), cell(_sentence(drift), longest)])

    found = fitted(lines, len(drifts), ROOM_FOR_TABLE)
    body = table(["target", "drift"], found, "drift")
    return folded(pluralize(len(drifts), "drift"), body, len(found.lines))


def _sentence(drift: Drift) -> str:
    told = {
        DriftKind.GONE: "was deleted at the vendor; localize apply --recreate orders it again",
        DriftKind.DENIED: f"was {drift.before}, and is denied: {drift.now}",
        DriftKind.STATE: f"was {drift.before}, is {drift.now}",
        DriftKind.TITLE: f"was titled “{drift.before}”, is titled “{drift.now}”",
    }
    return sanitize(f"{drift.translation_id} {told[drift.kind]}")
