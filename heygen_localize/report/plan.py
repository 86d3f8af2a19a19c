"""A plan as text, Markdown and JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct

from heygen_localize.core.errors import Problem
from heygen_localize.core.text import pluralize
from heygen_localize.planning.plan import Action
from heygen_localize.planning.reasons import ActionKind
from heygen_localize.planning.results import Planned, group, unmet_failures
from heygen_localize.report.markdown import (
    ROOM_FOR_LIST,
    ROOM_FOR_MATRIX,
    ROOM_FOR_TABLE,
    Names,
    Prose,
    bullets,
    cell,
    code,
    failures_markdown,
    fitted_table,
    fold,
    folded,
    listed,
    notes_list,
    one_line,
    row,
    table,
    take_within,
)
from heygen_localize.report.matrix import PLAN_MARKS, grid_of, matrix_markdown
from heygen_localize.report.money import balance_line, cost_line, orders
from heygen_localize.report.render import Paint, plain, render, to_json
from heygen_localize.report.sentences import STYLES, Style, sentence, summary_line

_MOST_UNCHANGED = 20
_UNMET = (ActionKind.BLOCKED, ActionKind.GONE)
_FOR_PEOPLE = (ActionKind.DRIFT, ActionKind.REVIEW)
_LEFT_TO_PEOPLE = (*_UNMET, ActionKind.REVIEW)


class _Row(Struct, frozen=True):
    """One target's line, for terminals and for Markdown."""

    style: Style
    address: str
    word: str
    why: str

    @classmethod
    def of(cls, action: Action) -> _Row:
        word = "unchanged" if action.kind is ActionKind.NONE else action.kind.value
        return cls(STYLES[action.kind], action.address, word, sentence(action))


def plan_text(planned: Planned, paint: Paint = plain, verbose: bool = False) -> str:
    """Render a plan for a terminal. Unchanged targets are listed while they are few."""
    plan = planned.plan
    quiet = sum(action.kind is ActionKind.NONE for action in plan.actions)
    hidden = 0 if verbose or quiet <= _MOST_UNCHANGED else quiet
    shown = [item for item in plan.actions if not hidden or item.kind is not ActionKind.NONE]
    return render(
        "plan.txt.j2",
        paint,
        plan=plan,
        rows=[_Row.of(action) for action in shown],
        hidden=hidden,
        summary=summary_line(plan.summary()),
        cost=cost_line(planned.estimate),
        balance=balance_line(planned),
        left=sum(action.kind in _LEFT_TO_PEOPLE for action in plan.actions),
        expiring=len(planned.expiring),
        offline=planned.offline,
        width=max((len(action.address) for action in shown), default=0),
    )


def plan_markdown(planned: Planned) -> str:
    """Render a plan for a pull request or a job summary, within what a comment may have."""
    plan = planned.plan
    shown, quiet = _sorted(plan.actions)
    free = sum(not item.costs and item.kind not in _FOR_PEOPLE for item in shown)
    marks = {action.address: PLAN_MARKS[action.kind] for action in plan.actions}
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
        merged=planned.lock.merged,
        refusals=_problems("> **Refused:** ", planned.refusals, "refusal", "\n"),
        matrix=matrix_markdown(grid_of(marks, list(PLAN_MARKS.values())), ROOM_FOR_MATRIX),
        failures=failures_markdown(group(unmet_failures(plan))),
        actions=_actions(shown),
        quiet=_quiet(quiet),
        summary=summary_line(plan.summary()),
        cost=cost_line(planned.estimate),
        balance=balance_line(planned),
        expiring=len(planned.expiring),
        duplicates=bullets(duplicates, len(plan.duplicates), "target"),
        notes=_problems("- **Note:** ", planned.warnings, "note"),
        foreign=plan.foreign,
    )


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
        return f"A merge orders nothing: the plan is refused. It {told or 'costs nothing'}."
    if told:
        return f"A merge {told}{f', and {more}' if free else ''}."
    return f"A merge {more}." if free else "A merge orders nothing."


def _actions(actions: Sequence[Action]) -> str:
    """Write a row a target; where these have no room, a row for targets that share one reason."""
    columns, summary = ("", "target", "action", "why"), pluralize(len(actions), "target")
    rows = map(_Row.of, actions)
    cells = (row((f"`{i.style.sign}`", code(i.address), i.word, cell(i.why))) for i in rows)
    found, summary = take_within(cells, len(actions), ROOM_FOR_TABLE), f"{summary} to see to"
    if not actions:
        return ""
    if not found.hidden:
        return folded(summary, table(columns, found, "target"), len(found.lines))
    alike: dict[tuple[str, str, str], list[str]] = {}
    for item in map(_Row.of, actions):
        key = (f"`{item.style.sign}`", item.word, item.why)
        alike.setdefault(key, []).append(item.address)
    reasons = [(sign, Names(names), word, Prose(why)) for (sign, word, why), names in alike.items()]
    return fitted_table(columns, reasons, "reason", summary)


def _quiet(actions: Sequence[Action]) -> str:
    """Fold the targets that nothing happens to, by why that is so."""
    if not actions:
        return ""
    alike: dict[str, list[str]] = {}
    for action in actions:
        alike.setdefault(sentence(action), []).append(action.address)
    body = notes_list(alike, "reason", ROOM_FOR_LIST)
    return fold(f"{pluralize(len(actions), 'target')} left as they are", body)


def _problems(before: str, problems: Sequence[Problem], noun: str, after: str = "") -> str:
    lines = (f"{before}{one_line(problem)}{after}" for problem in problems)
    return bullets(lines, len(problems), noun)
