"""What a `prune` would delete and has deleted, as text, Markdown and JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from heygen_localize.prunes import KeptWhy, Prunable, Pruned, Prunes
from heygen_localize.report.markdown import (
    ROOM_FOR_LIST,
    ROOM_FOR_TABLE,
    Rows,
    bullets,
    cell,
    code,
    fitted,
    folded,
    row,
    table,
    taken,
)
from heygen_localize.report.problems import problem_document
from heygen_localize.report.render import Paint, plain, render, to_json
from heygen_localize.text import counted, printable

_DAY, _HOUR = 86400, 3600
_MOST_NAMES = 3
_KEPT = {
    KeptWhy.PROTECTED: "protected",
    KeptWhy.RENDERING: "still rendering",
    KeptWhy.FOREIGN: "without our mark",
}


def prunes_text(prunes: Prunes, now: float, paint: Paint = plain) -> str:
    """Render what would be deleted for a terminal, a line a job."""
    return render("prunes.txt.j2", paint, **_view(prunes, now))


def pruned_text(pruned: Pruned, paint: Paint = plain) -> str:
    """Render a prune for a terminal: the jobs of a dry run, else how it ended."""
    told = prunes_text(pruned.prunes, pruned.made_at, paint) if pruned.dry_run else ""
    refused = [
        printable(f"{item.translation_id} ({item.address}): {item.problem.message}")
        for item in pruned.refused
    ]
    lines = [f"  {paint('!', 'red')} {line}" for line in refused]
    return told + "\n".join([*lines, *([] if pruned.dry_run else [_ending(pruned)])]) + "\n"


def pruned_markdown(pruned: Pruned) -> str:
    """Render a prune for a job summary, within what a comment may have."""
    view = _view(pruned.prunes, pruned.made_at)
    ending = view["summary"] if pruned.dry_run else _ending(pruned)
    return render(
        "prunes.md.j2",
        jobs=_jobs_markdown(view["rows"]),
        refused=bullets(_refused_markdown(pruned), "job"),
        ending=cell(ending, ROOM_FOR_LIST),
    )


def pruned_json(pruned: Pruned) -> str:
    """Render a prune for machines."""
    prunes = pruned.prunes
    deleted = {item.translation_id for item in pruned.deleted}
    return to_json(
        {
            "project": prunes.project,
            "dry_run": pruned.dry_run,
            "jobs": [
                {
                    "address": item.address,
                    "translation_id": item.translation_id,
                    "kind": item.kind.value,
                    "status": item.status.value,
                    "title": item.title,
                    "created_at": item.created_at,
                    "cost_usd": item.cost,
                    "deleted": item.translation_id in deleted,
                }
                for item in prunes.doomed
            ],
            "cost_usd": prunes.cost,
            "kept": [
                {
                    "address": item.address,
                    "translation_id": item.translation_id,
                    "kind": item.kind.value,
                    "why": item.why.value,
                    "lockfile": item.lockfile,
                }
                for item in prunes.kept
            ],
            "gone": list(prunes.gone),
            "failures": [
                {"address": item.address, "translation_id": item.translation_id}
                | problem_document(item.problem)
                for item in pruned.refused
            ],
        }
    )


def _view(prunes: Prunes, now: float) -> dict[str, Any]:
    rows = [
        {
            "address": item.address,
            "kind": item.kind.value,
            "id": item.translation_id,
            "age": _age(item, now),
            "cost": "unknown cost" if item.cost is None else f"{item.cost:.2f} USD",
            "title": printable(item.title or ""),
        }
        for item in prunes.doomed
    ]
    return {
        "rows": rows,
        "widths": {
            name: max((len(row[name]) for row in rows), default=0)
            for name in ("address", "kind", "id", "age", "cost")
        },
        "kept": _kept(prunes),
        "summary": _summary(prunes),
    }


def _jobs_markdown(rows: Sequence[dict[str, str]]) -> str:
    if not rows:
        return ""
    lines = (
        row([code(item["address"]), item["kind"], code(item["id"]), item["age"], item["cost"]])
        for item in rows
    )
    found = taken(lines, len(rows), ROOM_FOR_TABLE)
    body = table(["target", "why", "job", "age", "cost"], found, "job")
    return folded(counted(len(rows), "job"), body, len(found.lines))


def _refused_markdown(pruned: Pruned) -> Rows:
    def lines(longest: int, _: int) -> Iterator[str]:
        for item in pruned.refused:
            said = cell(item.problem.message, longest)
            job, address = code(item.translation_id), code(item.address)
            yield f"- {job} of {address} was not deleted: {said}"

    return fitted(lines, len(pruned.refused), ROOM_FOR_TABLE)


def _age(item: Prunable, now: float) -> str:
    if item.created_at is None:
        return "unknown age"
    seconds = max(0, int(now) - item.created_at)
    if seconds >= 2 * _DAY:
        return f"{seconds // _DAY} days old"
    if seconds < _HOUR:
        return "under an hour old"
    return f"{counted(seconds // _HOUR, 'hour')} old"


def _kept(prunes: Prunes) -> str:
    counts = Counter(item.why for item in prunes.kept)
    told = [f"{counts[why]} {word}" for why, word in _KEPT.items() if counts[why]]
    names = sorted({item.lockfile for item in prunes.kept if item.lockfile is not None})
    if names:
        shown = ", ".join(names[:_MOST_NAMES]) + (", …" if len(names) > _MOST_NAMES else "")
        needs = "counts" if len(names) == 1 else "count"
        told.append(f"{counts[KeptWhy.ELSEWHERE]} that {shown} {needs} on")
    return ", ".join(told)


def _summary(prunes: Prunes) -> str:
    if not prunes.doomed:
        return "Nothing to delete"
    jobs = counted(len(prunes.doomed), "job")
    return f"{jobs} to delete, which cost about {prunes.cost:.2f} USD"


def _ending(pruned: Pruned) -> str:
    prunes = pruned.prunes
    parts = [f"Deleted {len(pruned.deleted)} of {counted(len(prunes.doomed), 'job')}"]
    if not prunes.doomed:
        parts = ["Nothing to delete"]
    if prunes.kept:
        parts.append(f"kept {_kept(prunes)}")
    if prunes.gone:
        parts.append(f"forgot {counted(len(prunes.gone), 'job')} that the vendor has no more")
    return "; ".join(parts)
