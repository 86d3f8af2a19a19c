"""What an `apply` did, as text, Markdown and JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from heygen_localize.core.lock import LockedJob
from heygen_localize.core.model import JobStatus, LockUrls, Target
from heygen_localize.core.text import pluralize
from heygen_localize.planning.reasons import ActionKind, Reason
from heygen_localize.planning.results import Applied, group
from heygen_localize.planning.status import target_statuses
from heygen_localize.report.markdown import (
    ROOM_FOR_MATRIX,
    ROOM_FOR_TABLE,
    bullets,
    code,
    failures_markdown,
    fold,
    link,
    one_line,
)
from heygen_localize.report.matrix import (
    FAILED,
    STANDING_ORDER,
    grid_of,
    matrix_markdown,
    standing_mark,
)
from heygen_localize.report.plan import budgets_markdown
from heygen_localize.report.problems import failure_lines, next_step
from heygen_localize.report.pull import failures_of, pull_document, pull_markdown, pulled_text
from heygen_localize.report.render import Paint, plain, render, to_json

_ROOM_FOR_PULLED = 8_000
_AGAIN = "localize apply"


def _outputs(applied: Applied) -> str:
    """Link to the files, those of this run first; signed links only where the lock may have them.

    A link that opens a file to whoever has it gives way to the team's own address.
    """
    manifest = applied.planned.manifest
    changed = {action.address for action in applied.planned.plan.actions if action.changes}
    signed = manifest.lock_urls is LockUrls.KEEP
    found = list(_links(manifest.targets, applied, signed))
    found.sort(key=lambda item: (item[0] not in changed, item[0]))
    if not found:
        return ""
    lines = (f"- {code(address)}: {files}" for address, files, _ in found)
    body = bullets(lines, len(found), "target", ROOM_FOR_TABLE)
    if any(bearer for _, _, bearer in found):
        body = f"Signed links open a file to whoever has them, until they end.\n\n{body}"
    return fold(f"Outputs of {pluralize(len(found), 'target')}", body)


def _links(
    targets: Iterable[Target], applied: Applied, signed: bool
) -> Iterator[tuple[str, str, bool]]:
    """Return addresses, their link, and whether that is a signed one."""
    for target in targets:
        if not applied.planned.is_about(target.address):
            continue
        entry = applied.lock.entries.get(target.address)
        if entry is None or entry.served is None:
            continue
        files, bearer = _link(entry.served, signed)
        if files is not None:
            current = target.is_of(entry.served.fingerprint)
            yield target.address, files + ("" if current else " (of an earlier version)"), bearer


def _link(job: LockedJob, signed: bool) -> tuple[str | None, bool]:
    public = link("video", job.public_url)
    if public is not None or not signed:
        return public, False
    found = link("video", job.outputs.video_url) or link("sound", job.outputs.audio_url)
    return found, True


def _pulled(applied: Applied) -> str:
    """Tell what was pulled: whole if there is room, else by its summary and its failures."""
    if applied.pulled is None:
        return ""
    whole = pull_markdown(applied.pulled).strip("\n")
    if len(whole) <= _ROOM_FOR_PULLED:
        return whole
    summary, failures = whole.partition("\n")[0], failures_of(applied.pulled)
    return f"{summary}\n\n{failures_markdown(failures, _ROOM_FOR_PULLED)}".strip("\n")


def run_text(applied: Applied, paint: Paint = plain, *, told: bool = False) -> str:
    """Render how a run ended for a terminal, failures grouped by cause at the end.

    With `told`, the files that were pulled have been told of one by one, and are only counted.
    """
    view, pulled = _view(applied), applied.pulled
    lines = failure_lines(view["groups"], _AGAIN)
    if pulled is not None:
        view["pulled"] = pulled_text(pulled, paint, told=told)
        lines += failure_lines(failures_of(pulled), "localize pull")
    stopped = view["stopped"]
    if stopped is not None:
        message = f"nothing more could be ordered: {stopped.message}"
        lines.append((message, (), next_step(stopped, _AGAIN)))
    return render("run.txt.j2", paint, **(view | {"failures": lines}))


def run_markdown(applied: Applied) -> str:
    """Render how a run ended for a job summary, within what a comment may have.

    How everything stands is as the lockfile has it, but for what the run could not do.
    """
    view, stopped = _view(applied), applied.result.stopped
    planned = applied.planned
    statuses = target_statuses(planned.manifest.targets, applied.lock, planned.made_at)
    rows = [row for row in statuses if planned.is_about(row.address)]
    failed = {failure.address for failure in applied.result.failures}
    marks = {row.address: FAILED if row.address in failed else standing_mark(row) for row in rows}
    awaiting = view["in_review"]
    parts = {
        "project": code(applied.planned.plan.project),
        "stopped": one_line(stopped.problems[0]) if stopped is not None else "",
        "matrix": matrix_markdown(grid_of(marks, STANDING_ORDER), ROOM_FOR_MATRIX),
        "failures": failures_markdown(view["groups"]),
        "budgets": budgets_markdown(planned) if planned.budgets else "",
        "awaiting": bullets((f"- {code(name)}" for name in awaiting), len(awaiting), "file"),
        "outputs": _outputs(applied),
        "pulled": _pulled(applied),
    }
    return render("run.md.j2", **(view | parts))


def run_json(applied: Applied) -> str:
    """Render how a run ended for machines; the plan that it followed stands under `plan`."""
    result = applied.result
    return to_json(
        {
            "project": applied.planned.plan.project,
            "plan": applied.planned.document(),
            "ordered": result.ordered,
            "proofreads_ordered": result.sessions,
            "unfinished": list(result.unfinished),
            "in_review": list(_in_review(applied)),
            "timed_out": result.timed_out,
            "stopped": result.stopped.problems[0].document() if result.stopped else None,
            "failures": [item.document() for item in group(result.failures)],
            "pulled": pull_document(applied.pulled) if applied.pulled is not None else None,
            "exit_code": int(applied.exit_code),
        }
    )


def _view(applied: Applied) -> dict[str, Any]:
    result, manifest = applied.result, applied.planned.manifest
    is_about = applied.planned.is_about
    wanted = [item for item in manifest.targets if not item.skip and is_about(item.address)]
    done = sum(
        entry.job.status is JobStatus.COMPLETED and target.is_of(entry.job.fingerprint)
        for target in wanted
        if (entry := applied.lock.entries.get(target.address)) is not None
    )
    paths = {
        target.address: target.proofread.path
        for target in manifest.targets
        if target.proofread is not None
    }
    groups, in_review = group(result.failures), _in_review(applied)
    counts = (
        (sum(len(item.addresses) for item in groups), "failed"),
        (len(in_review), "awaiting review"),
        (len(result.unfinished), "not finished"),
        (_held(applied, Reason.OVER_BUDGET), "held over for the budget"),
        (_held(applied, Reason.AWAITING_CANARY), "held for a canary"),
        (_held(applied, Reason.NOT_BEFORE), "held until a date"),
    )
    kept_in = applied.planned.kept_in
    told = f"{_done(applied)}: {done} of {pluralize(len(wanted), 'target')} rendered"
    return {
        "project": applied.planned.plan.project,
        "summary": ", ".join([told, *(f"{number} {word}" for number, word in counts if number)]),
        "groups": groups,
        "in_review": [paths.get(address, address) for address in in_review],
        "timed_out": result.timed_out,
        "stopped": result.stopped.problems[0] if result.stopped is not None else None,
        "kept": f"State: {kept_in}" if kept_in else f"Lockfile: {manifest.lock_path.name}",
        "pulled": "",
    }


def _done(applied: Applied) -> str:
    """Say what a run did: `2 jobs and 1 proofread session ordered, 1 target adopted`."""
    plan, result = applied.planned.plan, applied.result
    if not plan.changes:
        return "Nothing to do"
    adopted = sum(
        action.kind is ActionKind.ADOPT and action.address in applied.lock.entries
        for action in plan.actions
    )
    orders = ((result.ordered, "job"), (result.sessions, "proofread session"))
    counted = " and ".join(pluralize(number, noun) for number, noun in orders if number)
    told = f"{counted} ordered" if counted else "Nothing ordered"
    return f"{told}, {pluralize(adopted, 'target')} adopted" if adopted else told


def _held(applied: Applied, reason: Reason) -> int:
    return sum(action.reason is reason for action in applied.planned.plan.actions)


def _in_review(applied: Applied) -> tuple[str, ...]:
    """Name the targets whose subtitles wait for people, from this run or before."""
    before = {
        action.address
        for action in applied.planned.plan.actions
        if action.kind is ActionKind.REVIEW
    }
    return tuple(sorted(before.union(applied.result.in_review)))
