"""A plan for a terminal: rows that fit a screen, the summary last. Pure."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence

from heygen_localize.core.text import pluralize, strip_controls
from heygen_localize.planning.plan import Action
from heygen_localize.planning.reasons import ActionKind, Reason
from heygen_localize.planning.results import Planned
from heygen_localize.report.money import balance_line, cost_line
from heygen_localize.report.plan_rows import Row, alike_rows, target_rows, video_rows, within
from heygen_localize.report.render import Paint, plain
from heygen_localize.report.screen import Screen
from heygen_localize.report.sentences import summary_line

_MOST_UNCHANGED = 20
_LEFT_TO_PEOPLE = (ActionKind.BLOCKED, ActionKind.GONE, ActionKind.REVIEW)
_LEAST_WHY = 24
"""Characters that a reason must have room for to stand at the end of its row."""

_INDENT = " " * 6

_HELD = {
    Reason.OVER_BUDGET: "no budget pays for {targets}",
    Reason.AWAITING_CANARY: "{targets} wait{s} for canaries",
    Reason.NOT_BEFORE: "{targets} wait{s} for a date",
}


PIPE = Screen()


def plan_text(
    planned: Planned, paint: Paint = plain, verbose: bool = False, screen: Screen = PIPE
) -> str:
    """Render a plan for a terminal: a row a video, or a row a target with `verbose`.

    Unchanged targets are shown while they are few.
    """
    plan = planned.plan
    quiet = sum(action.kind is ActionKind.NONE for action in plan.actions)
    hidden = 0 if verbose or quiet <= _MOST_UNCHANGED else quiet
    shown = [item for item in plan.actions if not hidden or item.kind is not ActionKind.NONE]
    tail = [summary_line(plan.summary()), cost_line(planned.estimate), balance_line(planned)]
    if planned.budgets:
        # Here, since most manifests have none.
        from heygen_localize.report.budgets import budget_lines

        tail += budget_lines(planned)
    lines = _lines(planned, shown, paint, verbose, screen)
    if hidden:
        lines.append(
            f"  {paint('✓', 'dim')} {pluralize(hidden, 'more target')} unchanged (-v lists them)"
        )
    parts = [*lines, *([""] if lines else []), *_asides(planned)]
    parts += [_wrapped(line, screen.width) for line in tail if line]
    if not plan.changes:
        parts.append(_nothing(planned))
    return "".join(f"{part}\n" for part in parts)


def _asides(planned: Planned) -> Iterator[str]:
    """Say what is no part of the plan, and people should know."""
    for item in planned.plan.duplicates:
        others = ", ".join(item.others)
        yield (
            f"Paid for more than once: {item.address} counts on {item.chosen}; not needed: {others}"
        )
    if planned.plan.foreign:
        yield f"{pluralize(planned.plan.foreign, 'other job')} in this account, left alone."
    if planned.expiring:
        links = pluralize(len(planned.expiring), "target")
        yield (
            f"Links of {links} in the lockfile end within a day, or have ended: "
            "localize refresh renews them."
        )


def _nothing(planned: Planned) -> str:
    """Say that there is nothing to apply, and on whose word."""
    left = sum(action.kind in _LEFT_TO_PEOPLE for action in planned.plan.actions)
    if left:
        waiting = f"{pluralize(left, 'target')} marked !, × or ? above"
        return f"Nothing that apply can do: {waiting} {'waits' if left == 1 else 'wait'} for you."
    held = Counter(
        action.reason for action in planned.plan.actions if action.kind is ActionKind.HELD
    )
    if held:
        told = "; ".join(
            words.format(targets=pluralize(held[reason], "target"), s="s" * (held[reason] == 1))
            for reason, words in _HELD.items()
            if held[reason]
        )
        return f"Nothing that apply can do: {told}."
    rejected = sum(action.reason is Reason.CHECK_FAILED for action in planned.plan.actions)
    if rejected:
        return (
            f"Nothing that apply can do: {pluralize(rejected, 'target')} failed "
            f"{'its' if rejected == 1 else 'their'} check: localize accept uses what is rendered, "
            "a new revision or --replace orders another."
        )
    if planned.since:
        since = strip_controls(planned.since)
        return f"Nothing to do: the manifest wants what it wanted at {since}."
    if planned.offline:
        return "Nothing to do, as far as the lockfile tells: the account was not asked."
    return "Nothing to do: the account and the lockfile are as the manifest wants them."


def _lines(
    planned: Planned, shown: Sequence[Action], paint: Paint, verbose: bool, screen: Screen
) -> list[str]:
    """Lay the rows out: the first of the ways to put them that fits the screen."""
    expected = planned.estimate
    if verbose:
        return list(_laid_out(target_rows(shown, expected), paint, screen.width))
    rows = video_rows(shown, expected, planned.plan.actions)
    lines = list(_laid_out(rows, paint, screen.width))
    if len(lines) > screen.room:
        rows = alike_rows(rows)
        lines = list(_laid_out(rows, paint, screen.width))
    most = len(rows)
    while len(lines) > screen.room and most > 1:
        most = min(most - 1, screen.room)
        lines = list(_laid_out(within(rows, most), paint, screen.width))
    return lines


def _laid_out(rows: Sequence[Row], paint: Paint, width: int | None) -> Iterator[str]:
    """Write rows in columns, a reason below where it has no room at the end."""
    names = max((len(row.name) for row in rows), default=0)
    languages = max((len(row.languages) for row in rows), default=0)
    words = max((len(row.word) for row in rows), default=0)
    costs = max((len(row.cost) for row in rows), default=0)
    before = 4 + sum(size + 2 for size in (names, languages, words, costs) if size)
    for row in rows:
        sign, word = (paint(text, row.style.colour) for text in (row.style.sign, row.word))
        if width is not None and before - 2 > width:
            yield f"  {sign} {row.name}"
            cells = [row.languages, word, row.cost]
            yield _INDENT + "  ".join(cell for cell in cells if cell)
            yield from _below(row.why, width)
            continue
        cells = [row.name.ljust(names)]
        cells += [row.languages.ljust(languages)] if languages else []
        cells += [word + " " * (words - len(row.word))]
        cells += [row.cost.rjust(costs)] if costs else []
        line = f"  {sign} {'  '.join(cells)}"
        if width is None or before + len(row.why) <= width:
            yield f"{line}  {row.why}".rstrip()
        elif width - before >= _LEAST_WHY:
            first, *others = textwrap.wrap(row.why, width - before)
            yield f"{line}  {first}"
            yield from (" " * before + other for other in others)
        else:
            yield line.rstrip()
            yield from _below(row.why, width)


def _below(why: str, width: int) -> list[str]:
    """Write a reason below its row."""
    return textwrap.wrap(why, max(width, 20), initial_indent=_INDENT, subsequent_indent=_INDENT)


def _wrapped(line: str, width: int | None) -> str:
    """Break a line between words; what follows its first is told apart by an indent."""
    if width is None or len(line) <= width:
        return line
    return textwrap.fill(
        line, max(width, 20), subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
    )
