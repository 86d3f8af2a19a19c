"""A plan as text, Markdown and JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from heygen_localize.core.text import pluralize
from heygen_localize.planning.cost import Estimate, ordered
from heygen_localize.planning.plan import Action, ActionKind
from heygen_localize.planning.results import Planned
from heygen_localize.report.plan_markdown import plan_parts
from heygen_localize.report.problems import problem_document
from heygen_localize.report.render import Paint, plain, render, to_json
from heygen_localize.report.sentences import SIGNS, sentence, summary_line

_MOST_UNCHANGED = 20
_QUIET = (ActionKind.NONE,)
_LEFT_TO_PEOPLE = (ActionKind.BLOCKED, ActionKind.GONE, ActionKind.REVIEW)


@dataclass(frozen=True)
class _Line:
    """One target's line."""

    sign: str
    colour: str
    address: str
    action: str
    reason: str


def plan_text(planned: Planned, paint: Paint = plain, verbose: bool = False) -> str:
    """Render a plan for a terminal. Unchanged targets are listed while they are few."""
    view = _view(planned, verbose)
    return render("plan.txt.j2", paint, **view)


def plan_markdown(planned: Planned) -> str:
    """Render a plan for a pull request or a job summary, within what a comment may have."""
    return render("plan.md.j2", cost=cost_line(planned.estimate), **plan_parts(planned))


def plan_json(planned: Planned) -> str:
    """Render a plan for machines: every target, in the order of addresses."""
    return to_json(plan_document(planned))


def plan_document(planned: Planned) -> dict[str, Any]:
    """Give a plan's JSON as a document, so that `apply` can carry it too."""
    plan, expected = planned.plan, planned.estimate
    return {
        "project": plan.project,
        "actions": [_action(action) for action in plan.actions],
        "summary": plan.summary(),
        "estimate": {
            "jobs": expected.jobs,
            "proofreads": expected.sessions,
            "seconds": expected.seconds,
            "cost_usd": expected.cost,
            "unknown_durations": list(expected.unknown),
            "rates_usd_per_second": {
                "speed": expected.rates.speed,
                "precision": expected.rates.precision,
                "proofread": expected.rates.proofread,
                "speed_audio_only": expected.rates.second("speed", True),
                "precision_audio_only": expected.rates.second("precision", True),
            },
            "rates_from": expected.rates.origin,
        },
        "duplicates": [
            {"address": item.address, "translation_id": item.chosen, "others": list(item.others)}
            for item in plan.duplicates
        ],
        "foreign_jobs": plan.foreign,
        "expiring": list(planned.expiring),
    }


def _action(action: Action) -> dict[str, Any]:
    item: dict[str, Any] = {
        "address": action.address,
        "action": action.kind.value,
        "reason": action.reason.value,
        "costs": action.costs,
        "translation_id": action.translation_id,
    }
    extras = {
        "retitle": action.retitle,
        "moved_from": action.moved_from,
        "shares": action.shares,
    }
    if action.new_jobs_only:
        item["new_jobs_only"] = True
    if action.session is not None:
        item["session"] = action.session.value
    if action.problem is not None:
        item["problem"] = problem_document(action.problem)
    return item | {name: value for name, value in extras.items() if value is not None}


def cost_line(expected: Estimate) -> str:
    """Say what a plan costs: in jobs, and as far as lengths are known in minutes and money."""
    if not expected.jobs and not expected.sessions:
        return "Cost: nothing"
    told = ordered(expected)
    if not expected.cost and expected.unknown:
        return f"Cost: {told} of unknown length"
    parts = [f"Cost: {told}"]
    rates = expected.rates.told(proofread=expected.sessions > 0)
    if expected.jobs:
        parts.append(f"about {expected.seconds / 60:.1f} minutes of video")
    parts.append(f"{expected.cost:.2f} USD (at {rates})")
    if expected.unknown:
        noun = "job" if not expected.sessions else "order"
        parts.append(f"not counting {pluralize(len(expected.unknown), noun)} of unknown length")
    return ", ".join(parts)


def _view(planned: Planned, verbose: bool) -> dict[str, Any]:
    plan = planned.plan
    quiet = [action for action in plan.actions if action.kind in _QUIET]
    hidden = 0 if verbose or len(quiet) <= _MOST_UNCHANGED else len(quiet)
    shown = [action for action in plan.actions if not (hidden and action.kind in _QUIET)]
    return {
        "project": plan.project,
        "lines": [_line(action) for action in shown],
        "hidden": hidden,
        "summary": summary_line(plan.summary()),
        "cost": cost_line(planned.estimate),
        "changes": plan.changes,
        "left": sum(action.kind in _LEFT_TO_PEOPLE for action in plan.actions),
        "duplicates": plan.duplicates,
        "foreign": plan.foreign,
        "expiring": planned.expiring,
        "width": max((len(action.address) for action in shown), default=0),
    }


def _line(action: Action) -> _Line:
    sign = SIGNS[action.kind]
    word = "unchanged" if action.kind is ActionKind.NONE else action.kind.value
    return _Line(sign.mark, sign.colour, action.address, word, sentence(action))
