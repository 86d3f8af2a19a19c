"""What the JSON reports of plan and apply (docs/plan.md, docs/apply.md) say: numbers, Markdown."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Document = Mapping[str, Any]

IDLE = frozenset({"none", "skip", "blocked", "gone", "orphan", "drift", "review", "held"})
"""Actions that are no work for apply; the same as in `plan --detailed-exitcode`."""

_TIMELESS = IDLE - {"blocked", "held"}
"""Those that a commit alone can make another; the two may wait for money or for a moment."""


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


def is_settled(document: Document) -> bool:
    """Tell whether the same commit can give apply nothing to do, however late it is."""
    if "ordered" not in document or _changed(document["plan"]):
        return False
    open_ends = ("unfinished", "failures", "stopped", "timed_out")
    actions = {action["action"] for action in document["plan"]["actions"]}
    return not any(document.get(name) for name in open_ends) and actions <= _TIMELESS


def _changed(plan: Document) -> int:
    return sum(
        action["action"] not in IDLE or "moved_from" in action or "retitle" in action
        for action in plan["actions"]
    )


def offline_note(because: str) -> str:
    """Say why a plan was made without a key, and what that means; how, it says itself."""
    if not because:
        return ""
    return (
        f"> **Without a key:** {because}. "
        "Jobs that exist already may be shown as new, and lengths may be unknown.\n\n"
    )


def no_report(code: int) -> str:
    """Say that localize ended before it wrote any report."""
    told = f"localize ended with {code} before it could report; the log says why."
    return f"### Localization\n\n{told}\n"
