"""What a `refresh` found, as text, Markdown and JSON."""

from __future__ import annotations

from typing import Any

from msgspec.structs import asdict

from heygen_localize.core.text import pluralize, sanitize
from heygen_localize.planning.refresh import Drift, DriftKind, Refreshed
from heygen_localize.report.markdown import Prose, code, fitted_table
from heygen_localize.report.render import Paint, plain, render, to_json


def refresh_text(refreshed: Refreshed, paint: Paint = plain) -> str:
    """Render a refresh for a terminal: a line for each drift, and a summary."""
    return render("refresh.txt.j2", paint, **_view(refreshed))


def refresh_markdown(refreshed: Refreshed) -> str:
    """Render a refresh for a job summary, within what a comment may have."""
    rows = [(code(item.address), Prose(_sentence(item))) for item in refreshed.drifts]
    table = fitted_table(("target", "drift"), rows, "drift")
    return render("refresh.md.j2", **_view(refreshed), table=table)


def refresh_json(refreshed: Refreshed) -> str:
    """Render a refresh for machines."""
    return to_json(
        {
            "targets": refreshed.targets,
            "renewed": refreshed.renewed,
            "drift": [asdict(drift) | {"kind": drift.kind.value} for drift in refreshed.drifts],
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


def _sentence(drift: Drift) -> str:
    told = {
        DriftKind.GONE: "was deleted at HeyGen; localize apply --recreate orders it again",
        DriftKind.DENIED: f"was {drift.before}, and is denied: {drift.now}",
        DriftKind.STATE: f"was {drift.before}, is {drift.now}",
        DriftKind.TITLE: f"was titled “{drift.before}”, is titled “{drift.now}”",
    }
    return sanitize(f"{drift.translation_id} {told[drift.kind]}")
