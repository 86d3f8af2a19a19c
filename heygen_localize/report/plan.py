"""A plan as Markdown and JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from heygen_localize.core.errors import Diagnostic
from heygen_localize.core.text import pluralize
from heygen_localize.planning.plan import Action
from heygen_localize.planning.reasons import ActionKind
from heygen_localize.planning.results import Planned, group, unmet_failures
from heygen_localize.report.markdown import (
    ROOM_FOR_LIST,
    ROOM_FOR_MATRIX,
    ROOM_FOR_TABLE,
    Names,
    Part,
    Prose,
    bullets,
    cell,
    code,
    failures_markdown,
    fitted_table,
    fold,
    listed,
    notes_list,
    one_line,
)
from heygen_localize.report.matrix import grid_of, matrix_markdown
from heygen_localize.report.money import balance_line, cost_line, orders
from heygen_localize.report.plan_rows import alike_rows, video_rows
from heygen_localize.report.render import render, to_json
from heygen_localize.report.sentences import STYLES, sentence, summary_line

_UNMET = (ActionKind.BLOCKED, ActionKind.GONE)
_ROOM_FOR_WELL = 5_000
"""Characters of the rows that are folded since all is well there."""

_MOST_ROWS = 15
"""Rows of videos; where there are more, those share one that stand alike."""

_WELL = (STYLES[ActionKind.NONE],)
_FOR_PEOPLE = (ActionKind.DRIFT, ActionKind.REVIEW, ActionKind.HELD)


def plan_markdown(planned: Planned) -> str:
    """Render a plan for a pull request or a job summary, within what a comment may have."""
    plan = planned.plan
    shown, quiet = _sorted(plan.actions)
    free = sum(not item.costs and item.kind not in _FOR_PEOPLE for item in shown)
    marks = {action.address: STYLES[action.kind] for action in plan.actions}
    duplicates = (
        f"- Paid for more than once: {code(item.address)} counts on {code(item.chosen)}; "
        f"not needed: {listed(item.others, 5)}"
        for item in plan.duplicates
    )
    return render(
        "plan.md.j2",
        project=code(plan.project),
        headline=_headline(planned, free),
        offline=planned.offline,
        since=code(planned.since) if planned.since else None,
        merged=planned.lock.merged,
        refusals=_problems("> **Refused:** ", planned.refusals, "refusal", "\n"),
        matrix=matrix_markdown(grid_of(marks, list(STYLES.values())), ROOM_FOR_MATRIX, _WELL),
        failures=failures_markdown(group(unmet_failures(plan))),
        actions=_actions(shown, planned),
        quiet=_quiet(quiet),
        summary=summary_line(plan.summary()),
        cost=cost_line(planned.estimate),
        balance=balance_line(planned),
        budgets=budgets_markdown(planned) if planned.budgets else "",
        expiring=len(planned.expiring),
        duplicates=bullets(duplicates, len(plan.duplicates), "target"),
        notes=_problems("- **Note:** ", planned.warnings, "note"),
        foreign=plan.foreign,
    )


def budgets_markdown(planned: Planned) -> str:
    """List how each budget stands before a plan."""
    # Here, since most manifests have none.
    from heygen_localize.report.budgets import budget_lines

    lines = [f"- {cell(line)}" for line in budget_lines(planned)]
    return bullets(lines, len(lines), "budget")


def plan_json(planned: Planned) -> str:
    """Render a plan for machines: every target, in the order of addresses."""
    return to_json(planned.document())


def _sorted(actions: Iterable[Action]) -> tuple[list[Action], list[Action]]:
    """Tell actions that somebody has to know of, the costly ones first, from the others.

    What is blocked or gone is in neither: it is told with the failures.
    """
    shown: list[Action] = []
    quiet: list[Action] = []
    for action in actions:
        if action.kind not in _UNMET:
            known = action.changes or action.kind in _FOR_PEOPLE
            (shown if known else quiet).append(action)
    return sorted(shown, key=lambda action: (not action.costs, action.address)), quiet


def _headline(planned: Planned, free: int) -> str:
    """Say in a sentence what a merge will do."""
    more = f"brings {pluralize(free, 'target')} up to date without cost"
    told = orders(planned.estimate)
    if planned.refusals:
        would = orders(planned.estimate, "would order") or "would cost nothing"
        return f"A merge orders nothing: the plan is refused. It {would}."
    if told:
        return f"A merge {told}{f', and {more}' if free else ''}."
    return f"A merge {more}." if free else "A merge orders nothing."


def _actions(actions: Sequence[Action], planned: Planned) -> str:
    """Write a row a video; where these have no room, a row for videos that stand alike.

    Where all is well, nothing costs and nothing waits for people: these rows are folded.
    """
    loud = [item for item in actions if item.costs or item.kind in _FOR_PEOPLE]
    well = [item for item in actions if not item.costs and item.kind not in _FOR_PEOPLE]
    shown = _rows_table(loud, planned)
    if not well:
        return shown
    summary = f"{pluralize(len(well), 'target')} brought up to date without cost"
    rows = _rows_table(well, planned, _ROOM_FOR_WELL)
    return shown + ("\n" if shown else "") + fold(summary, rows)


def _rows_table(actions: Sequence[Action], planned: Planned, room: int = ROOM_FOR_TABLE) -> str:
    if not actions:
        return ""
    rows = video_rows(actions, planned.estimate, planned.plan.actions)
    if len(rows) > _MOST_ROWS:
        rows = alike_rows(rows)
    cost = any(row.cost for row in rows)
    columns = ("", "target", "languages", "action", *(["cost"] if cost else []), "why")
    cells: list[tuple[Part, ...]] = [
        (
            f"`{row.style.sign}`",
            Names([row.single] if row.single else row.videos),
            cell(row.languages),
            row.word,
            *([row.cost] if cost else []),
            Prose(row.why),
        )
        for row in rows
    ]
    return fitted_table(columns, cells, "row", pluralize(len(actions), "change"), room)


def _quiet(actions: Sequence[Action]) -> str:
    """Fold the targets that nothing happens to, by why that is so."""
    if not actions:
        return ""
    alike: dict[str, list[str]] = {}
    for action in actions:
        alike.setdefault(sentence(action), []).append(action.address)
    body = notes_list(alike, "reason", ROOM_FOR_LIST)
    return fold(f"{pluralize(len(actions), 'target')} left as they are", body)


def _problems(before: str, problems: Sequence[Diagnostic], noun: str, after: str = "") -> str:
    lines = (f"{before}{one_line(problem)}{after}" for problem in problems)
    return bullets(lines, len(problems), noun)
