"""What an `apply` did, as text, Markdown and JSON."""

from __future__ import annotations

from typing import Any

from heygen_localize.core.model import JobStatus
from heygen_localize.core.text import pluralize
from heygen_localize.planning.failures import group
from heygen_localize.planning.plan import ActionKind
from heygen_localize.planning.results import Applied
from heygen_localize.report.apply_parts import run_parts
from heygen_localize.report.plan import plan_document
from heygen_localize.report.problems import problem_document
from heygen_localize.report.pull import pull_document, pull_text
from heygen_localize.report.render import Paint, plain, render, to_json


def run_text(applied: Applied, paint: Paint = plain) -> str:
    """Render how a run ended for a terminal, failures grouped by cause at the end."""
    told = render("run.txt.j2", paint, **_view(applied))
    return told + pull_text(applied.pulled, paint) if applied.pulled is not None else told


def run_markdown(applied: Applied) -> str:
    """Render how a run ended for a job summary, within what a comment may have."""
    view = _view(applied)
    return render("run.md.j2", **(view | run_parts(applied, view["in_review"])))


def run_json(applied: Applied) -> str:
    """Render how a run ended for machines; the plan that it followed stands under `plan`."""
    result = applied.result
    return to_json(
        {
            "project": applied.planned.plan.project,
            "plan": plan_document(applied.planned),
            "ordered": result.ordered,
            "unfinished": list(result.unfinished),
            "in_review": list(_in_review(applied)),
            "timed_out": result.timed_out,
            "stopped": problem_document(result.stopped.problems[0]) if result.stopped else None,
            "failures": [
                {
                    "code": item.problem.code,
                    "message": item.problem.message,
                    "hint": item.problem.hint,
                    "addresses": list(item.addresses),
                }
                for item in group(result.failures)
            ],
            "pulled": pull_document(applied.pulled) if applied.pulled is not None else None,
            "exit_code": int(applied.exit_code),
        }
    )


def _view(applied: Applied) -> dict[str, Any]:
    result, manifest = applied.result, applied.planned.manifest
    wanted = [target for target in manifest.targets if not target.skip]
    entries = (applied.lock.entries.get(target.address) for target in wanted)
    done = sum(
        entry is not None
        and entry.job.status is JobStatus.COMPLETED
        and target.is_of(entry.job.fingerprint)
        for target, entry in zip(wanted, entries, strict=True)
    )
    paths = {
        target.address: target.proofread.path
        for target in manifest.targets
        if target.proofread is not None
    }
    return {
        "project": applied.planned.plan.project,
        "ordered": _done(applied),
        "done": f"{done} of {pluralize(len(wanted), 'target')} rendered",
        "groups": group(result.failures),
        "unfinished": result.unfinished,
        "in_review": [paths.get(address, address) for address in _in_review(applied)],
        "timed_out": result.timed_out,
        "stopped": result.stopped.problems[0] if result.stopped is not None else None,
        "lock": manifest.lock_path.name,
    }


def _done(applied: Applied) -> str:
    """Say what a run did: `2 jobs ordered, 1 target adopted`."""
    plan, ordered = applied.planned.plan, applied.result.ordered
    if not plan.changes:
        return "Nothing to do"
    adopted = sum(
        action.kind is ActionKind.ADOPT and action.address in applied.lock.entries
        for action in plan.actions
    )
    told = f"{pluralize(ordered, 'job')} ordered" if ordered else "Nothing ordered"
    return f"{told}, {pluralize(adopted, 'target')} adopted" if adopted else told


def _in_review(applied: Applied) -> tuple[str, ...]:
    """Name the targets whose subtitles wait for people, from this run or before."""
    before = {
        action.address
        for action in applied.planned.plan.actions
        if action.kind is ActionKind.REVIEW
    }
    return tuple(sorted(before.union(applied.result.in_review)))
