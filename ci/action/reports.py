"""What the JSON reports of plan and apply (docs/plan.md, docs/apply.md) say: numbers, Markdown."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Document = Mapping[str, Any]

_IDLE = frozenset({"none", "skip", "blocked", "gone", "orphan", "review"})
"""Actions that are no work for apply; the same as in `plan --detailed-exitcode`."""


@dataclass(frozen=True)
class NumbersOfRun:
    """The Action's outputs. None is for what cannot be known, as after a mistake. Cost in USD."""

    changes: int | None = None
    created: int | None = None
    failed: int | None = None
    pending: bool = False
    cost: float | None = None

    def outputs(self) -> dict[str, str]:
        """Write them as texts."""
        return {
            "changes": _text(self.changes),
            "created": _text(self.created),
            "failed": _text(self.failed),
            "pending": "true" if self.pending else "false",
            "cost": "" if self.cost is None else f"{self.cost:.2f}",
        }


def _text(number: int | None) -> str:
    return "" if number is None else str(number)


def document_of(output: str) -> Document:
    """Read a report for machines; empty where a run was cut before it could report."""
    try:
        document = json.loads(output)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def numbers_of_plan(document: Document, changes: bool) -> NumbersOfRun:
    """Count what a plan says. `changes` is what its exit code said."""
    if "actions" not in document:
        return NumbersOfRun()
    estimate = document["estimate"]
    return NumbersOfRun(
        changes=max(_changed(document), int(changes)),
        created=estimate["jobs"],
        failed=0,
        cost=estimate["cost_usd"],
    )


def numbers_of_apply(document: Document, cut: bool) -> NumbersOfRun:
    """Count what a run did. `cut` where time was up, or somebody interrupted it."""
    if "ordered" not in document:
        return NumbersOfRun(pending=cut)
    return NumbersOfRun(
        changes=_changed(document["plan"]),
        created=document["ordered"],
        failed=len({address for item in document["failures"] for address in item["addresses"]}),
        pending=cut or bool(document["unfinished"]),
        cost=document["plan"]["estimate"]["cost_usd"],
    )


def _changed(plan: Document) -> int:
    return sum(
        action["action"] not in _IDLE or "moved_from" in action or "retitle" in action
        for action in plan["actions"]
    )


def offline_note(because: str) -> str:
    """Say why a plan was made without a key, and what that means; how, it says itself."""
    if not because:
        return ""
    from heygen_localize.report.render import markdown_cell

    return (
        f"> **Without a key:** {markdown_cell(because)}. "
        "Jobs that exist already may be shown as new, and lengths may be unknown.\n\n"
    )


def errors_report(document: Document, code: int) -> str:
    """Tell why there is no report: every problem, where, and how to mend it."""
    # Only here: most runs have a report, and it takes longer to load than all else of the step.
    from heygen_localize.report.render import markdown_cell

    lines = ["### Localization", ""]
    for item in document.get("errors", ()):
        where = item["where"]
        place = ":".join(str(where[name]) for name in ("file", "line", "column") if where[name])
        told = f"{place}: {item['message']}" if place else item["message"]
        hint = f" — {markdown_cell(item['hint'])}" if item["hint"] else ""
        lines.append(f"- **Failed:** {markdown_cell(told)}{hint}")
    if len(lines) == 2:
        lines.append(f"localize ended with {code} before it could report; the log says why.")
    return "\n".join(lines) + "\n"
