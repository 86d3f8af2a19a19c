"""What an `apply` did, as text, Markdown and JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from heygen_localize.core.lock import LockedJob
from heygen_localize.core.model import JobStatus, LockUrls, Target
from heygen_localize.core.text import pluralize
from heygen_localize.planning.plan import ActionKind
from heygen_localize.planning.results import Applied, Failure, group
from heygen_localize.planning.status import target_statuses
from heygen_localize.report.markdown import (
    ROOM_FOR_LIST,
    ROOM_FOR_MATRIX,
    ROOM_FOR_TABLE,
    bullets,
    code,
    failures_markdown,
    fold,
    link,
    taken,
    told,
)
from heygen_localize.report.matrix import (
    FAILED,
    STANDING_ORDER,
    grid_of,
    matrix_markdown,
    standing_mark,
)
from heygen_localize.report.plan import plan_document
from heygen_localize.report.problems import problem_document
from heygen_localize.report.pull import pull_document, pull_markdown, pull_text
from heygen_localize.report.render import Paint, plain, render, to_json

_ROOM_FOR_PULLED = 8_000


def run_parts(applied: Applied, awaiting: Sequence[str]) -> dict[str, Any]:
    """Give the parts of a run's report, empty where there is nothing to tell.

    `awaiting` are the files that people are to review.
    """
    stopped = applied.result.stopped
    return {
        "project": code(applied.planned.plan.project),
        "stopped": told(stopped.problems[0]) if stopped is not None else "",
        "matrix": _matrix(applied),
        "failures": failures_markdown(group(applied.result.failures)),
        "awaiting": _names(awaiting),
        "outputs": _outputs(applied),
        "pulled": _pulled(applied),
    }


def _matrix(applied: Applied) -> str:
    """Show how everything stands by now; what the run could not do goes before the lockfile."""
    rows = target_statuses(applied.planned.manifest.targets, applied.lock)
    failed = {failure.address for failure in applied.result.failures}
    marks = {row.address: standing_mark(row) for row in rows}
    marks |= dict.fromkeys(failed & marks.keys(), FAILED)
    return matrix_markdown(grid_of(marks, STANDING_ORDER), ROOM_FOR_MATRIX)


def _names(names: Sequence[str]) -> str:
    found = taken((f"- {code(name)}" for name in names), len(names), ROOM_FOR_LIST)
    return bullets(found, "file")


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
    body = bullets(taken(lines, len(found), ROOM_FOR_TABLE), "target")
    if any(bearer for _, _, bearer in found):
        body = f"Signed links open a file to whoever has them, until they end.\n\n{body}"
    return fold(f"Outputs of {pluralize(len(found), 'target')}", body)


def _links(
    targets: Iterable[Target], applied: Applied, signed: bool
) -> Iterator[tuple[str, str, bool]]:
    """Give addresses, their link, and whether that is a signed one."""
    for target in targets:
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
    failures = (Failure(row.address, row.problem) for row in applied.pulled.rows if row.problem)
    groups = group(dict.fromkeys(failures))
    summary = whole.partition("\n")[0]
    return f"{summary}\n\n{failures_markdown(groups, _ROOM_FOR_PULLED)}".strip("\n")


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
