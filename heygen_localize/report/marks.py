"""The marks of the matrices: of a plan's actions, and of standings. Pure."""

from __future__ import annotations

from heygen_localize.planning.plan import ActionKind
from heygen_localize.planning.status import StatusRow, TargetStatus
from heygen_localize.report.matrix import Mark
from heygen_localize.report.sentences import SIGNS

_AGAIN = Mark("↻", "to order again")
_RENEWED = Mark("=", "to bring up to date")
_SUBTITLES = Mark("¶", "whose subtitles come first")

PLAN_MARKS = {
    ActionKind.CREATE: Mark("+", SIGNS[ActionKind.CREATE].count),
    ActionKind.REPLACE: Mark("~", SIGNS[ActionKind.REPLACE].count),
    ActionKind.RETRY: _AGAIN,
    ActionKind.RECREATE: _AGAIN,
    ActionKind.PROPOSE: _SUBTITLES,
    ActionKind.FETCH: _SUBTITLES,
    ActionKind.REVIEW: Mark("?", SIGNS[ActionKind.REVIEW].count),
    ActionKind.BLOCKED: Mark("!", SIGNS[ActionKind.BLOCKED].count),
    ActionKind.GONE: Mark("×", SIGNS[ActionKind.GONE].count),
    ActionKind.DRIFT: Mark("≠", SIGNS[ActionKind.DRIFT].count),
    ActionKind.ADOPT: _RENEWED,
    ActionKind.RECORD: _RENEWED,
    ActionKind.RETITLE: _RENEWED,
    ActionKind.WAIT: Mark("…", SIGNS[ActionKind.WAIT].count),
    ActionKind.SKIP: Mark("/", SIGNS[ActionKind.SKIP].count),
    ActionKind.ORPHAN: Mark("-", SIGNS[ActionKind.ORPHAN].count),
    ActionKind.NONE: Mark("✓", SIGNS[ActionKind.NONE].count),
}
"""A plan's signs (docs/plan.md), but each for one thing: a cell has no room for the word."""

FAILED = Mark("!", TargetStatus.FAILED.value, "red")
OUTDATED = Mark("~", "outdated", "yellow")

STANDING_MARKS = {
    TargetStatus.COMPLETED: Mark("✓", TargetStatus.COMPLETED.value, "green"),
    TargetStatus.FAILED: FAILED,
    TargetStatus.MISSING: Mark("+", TargetStatus.MISSING.value, "yellow"),
    TargetStatus.PENDING: Mark("·", TargetStatus.PENDING.value, "cyan"),
    TargetStatus.RUNNING: Mark("…", TargetStatus.RUNNING.value, "cyan"),
    TargetStatus.IN_REVIEW: Mark("?", "in review", "yellow"),
    TargetStatus.SKIPPED: Mark("/", TargetStatus.SKIPPED.value, "dim"),
    TargetStatus.ORPHAN: Mark("-", TargetStatus.ORPHAN.value, "dim"),
}
STANDING_ORDER = (*STANDING_MARKS.values(), OUTDATED)


def standing_mark(row: StatusRow) -> Mark:
    """Give the mark of a target: how it stands, or that what is rendered is outdated."""
    if row.standing is TargetStatus.COMPLETED and row.in_review:
        return STANDING_MARKS[TargetStatus.IN_REVIEW]
    if row.standing is TargetStatus.COMPLETED and row.stale:
        return OUTDATED
    return STANDING_MARKS[row.standing]
