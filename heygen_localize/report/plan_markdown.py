"""What a plan in Markdown is put together from, each part with room of its own. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from heygen_localize.core.errors import Problem
from heygen_localize.core.text import pluralize
from heygen_localize.planning.cost import Estimate, ordered
from heygen_localize.planning.plan import Action, ActionKind, Duplicate
from heygen_localize.planning.results import Planned, group, unmet_failure
from heygen_localize.report.markdown import (
    ROOM_FOR_LIST,
    ROOM_FOR_MATRIX,
    ROOM_FOR_TABLE,
    Rows,
    bullets,
    cell,
    code,
    failures_markdown,
    fitted,
    fold,
    folded,
    listed,
    row,
    table,
    taken,
    told,
)
from heygen_localize.report.matrix import PLAN_MARKS, grid_of, matrix_markdown
from heygen_localize.report.sentences import SIGNS, sentence, summary_line

_UNMET = (ActionKind.BLOCKED, ActionKind.GONE)
_FOR_PEOPLE = (ActionKind.DRIFT, ActionKind.REVIEW)


def plan_parts(planned: Planned) -> dict[str, Any]:
    """Give the parts of a plan's report, empty where there is nothing to tell."""
    plan = planned.plan
    shown, quiet = _sorted(plan.actions)
    marks = {action.address: PLAN_MARKS[action.kind] for action in plan.actions}
    failures = group(unmet_failure(action) for action in plan.actions if action.kind in _UNMET)
    return {
        "project": code(plan.project),
        "headline": _headline(planned, sum(map(_free, shown))),
        "offline": planned.offline,
        "merged": planned.lock.merged,
        "refusals": _problems("> **Refused:** ", planned.refusals, "refusal", "\n"),
        "matrix": matrix_markdown(grid_of(marks, list(PLAN_MARKS.values())), ROOM_FOR_MATRIX),
        "failures": failures_markdown(failures),
        "actions": _actions(shown),
        "quiet": _quiet(quiet),
        "summary": summary_line(plan.summary()),
        "expiring": len(planned.expiring),
        "duplicates": _duplicates(plan.duplicates),
        "notes": _problems("- **Note:** ", planned.warnings, "note"),
        "foreign": plan.foreign,
    }


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


def _free(action: Action) -> bool:
    """Tell whether `apply` has work with an action that costs nothing."""
    return not action.costs and action.kind not in _FOR_PEOPLE


def _headline(planned: Planned, free: int) -> str:
    """Say in a sentence what a merge will do."""
    more = f"brings {pluralize(free, 'target')} up to date without cost"
    orders = _orders(planned.estimate)
    if planned.refusals:
        return f"A merge orders nothing: the plan is refused. It {orders or 'costs nothing'}."
    if orders:
        return f"A merge {orders}{f', and {more}' if free else ''}."
    return f"A merge {more}." if free else "A merge orders nothing."


def _orders(expected: Estimate) -> str:
    """Say what is ordered: `orders 3 jobs: about 4.8 minutes of video, 14.25 USD`."""
    if not expected.jobs and not expected.sessions:
        return ""
    orders = f"orders {ordered(expected)}"
    if expected.unknown and not expected.cost:
        return f"{orders} of unknown length"
    parts = [f"about {expected.seconds / 60:.1f} minutes of video"] if expected.jobs else []
    parts.append(f"{expected.cost:.2f} USD")
    if expected.unknown:
        parts.append(f"not counting {len(expected.unknown)} of unknown length")
    return f"{orders}: {', '.join(parts)}"


def _actions(actions: Sequence[Action]) -> str:
    """Write a row a target; where these have no room, a row for targets that share one reason."""
    if not actions:
        return ""
    found, noun = taken(map(_row, actions), len(actions), ROOM_FOR_TABLE), "target"
    if found.hidden:
        alike: dict[tuple[ActionKind, str], list[str]] = {}
        for action in actions:
            alike.setdefault((action.kind, sentence(action)), []).append(action.address)
        found, noun = _grouped(alike), "reason"
    body = table(["", "target", "action", "why"], found, noun)
    return folded(f"{pluralize(len(actions), 'target')} to see to", body, len(found.lines))


def _row(action: Action) -> str:
    sign, why = f"`{SIGNS[action.kind].mark}`", cell(sentence(action))
    return row([sign, code(action.address), action.kind.value, why])


def _grouped(alike: dict[tuple[ActionKind, str], list[str]]) -> Rows:
    def lines(longest: int, most: int) -> Iterable[str]:
        for (kind, said), names in alike.items():
            sign, why = f"`{SIGNS[kind].mark}`", cell(said, longest)
            yield row([sign, listed(names, most), kind.value, why])

    return fitted(lines, len(alike), ROOM_FOR_TABLE)


def _quiet(actions: Sequence[Action]) -> str:
    """Fold the targets that nothing happens to, by why that is so."""
    alike: dict[str, list[str]] = {}
    for action in actions:
        alike.setdefault(sentence(action), []).append(action.address)

    def lines(longest: int, most: int) -> Iterable[str]:
        for said, names in alike.items():
            yield f"- {listed(names, most)}: {cell(said, longest)}"

    if not actions:
        return ""
    found = fitted(lines, len(alike), ROOM_FOR_LIST)
    return fold(f"{pluralize(len(actions), 'target')} left as they are", bullets(found, "reason"))


def _problems(before: str, problems: Sequence[Problem], noun: str, after: str = "") -> str:
    lines = (f"{before}{told(problem)}{after}" for problem in problems)
    return bullets(taken(lines, len(problems), ROOM_FOR_LIST), noun)


def _duplicates(items: Sequence[Duplicate]) -> str:
    lines = (
        f"- Paid for more than once: {code(item.address)} counts on {code(item.chosen)}; "
        f"not needed: {listed(item.others, 5)}"
        for item in items
    )
    return bullets(taken(lines, len(items), ROOM_FOR_LIST), "target")
