"""What a `prune` would delete and has deleted, as text, Markdown and JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from heygen_localize.core.errors import Problem
from heygen_localize.core.text import pluralize, sanitize
from heygen_localize.planning.prune import (
    Kept,
    KeptSession,
    KeptWhy,
    Pruned,
    PrunePlan,
    counted_both,
)
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

_DAY, _HOUR = 86400, 3600
_MOST_NAMES = 3
_KEPT = {
    KeptWhy.PROTECTED: "protected",
    KeptWhy.RENDERING: "still rendering",
    KeptWhy.FOREIGN: "without our mark",
    KeptWhy.FRESH: "too new to be sure of",
}


def prunes_text(prunes: PrunePlan, now: float, paint: Paint = plain) -> str:
    """Render what would be deleted for a terminal, a line a job."""
    return render("prunes.txt.j2", paint, **_view(prunes, now))


def pruned_text(pruned: Pruned, paint: Paint = plain) -> str:
    """Render a prune for a terminal: the jobs of a dry run, else how it ended."""
    told = prunes_text(pruned.prunes, pruned.made_at, paint) if pruned.dry_run else ""
    refused = [
        sanitize(f"{name} ({address}): {problem.message}")
        for name, address, problem in _refused(pruned)
    ]
    lines = [f"  {paint('!', 'red')} {line}" for line in refused]
    unseen = _unseen(pruned.prunes)
    ending = [] if pruned.dry_run else [*([unseen] if unseen else []), _ending(pruned)]
    return told + "\n".join([*lines, *ending]) + "\n"


def pruned_markdown(pruned: Pruned) -> str:
    """Render a prune for a job summary, within what a comment may have."""
    view = _view(pruned.prunes, pruned.made_at)
    ending = view["summary"] if pruned.dry_run else _ending(pruned)
    return render(
        "prunes.md.j2",
        jobs=_jobs_markdown(view["rows"], len(pruned.prunes.sessions.doomed)),
        refused=bullets(_refused_markdown(pruned), "item" if pruned.refused_sessions else "job"),
        ending=cell(ending, ROOM_FOR_LIST),
        unseen=cell(view["unseen"], ROOM_FOR_LIST),
    )


def pruned_json(pruned: Pruned) -> str:
    """Render a prune for machines."""
    prunes = pruned.prunes
    return to_json(
        {
            "project": prunes.project,
            "dry_run": pruned.dry_run,
            "jobs": _jobs_json(pruned),
            "sessions": _sessions_json(pruned),
            "cost_usd": prunes.cost,
            "kept": [
                {"translation_id": item.translation_id} | _kept_json(item) for item in prunes.kept
            ],
            "kept_sessions": [
                {"proofread_id": item.proofread_id} | _kept_json(item)
                for item in prunes.sessions.kept
            ],
            "gone": list(prunes.gone),
            "gone_sessions": list(prunes.sessions.gone),
            "sessions_unseen": prunes.sessions.unseen,
            "failures": [
                {"address": item.address, "proofread_id": item.proofread_id}
                | problem_document(item.problem)
                for item in pruned.refused_sessions
            ]
            + [
                {"address": item.address, "translation_id": item.translation_id}
                | problem_document(item.problem)
                for item in pruned.refused
            ],
        }
    )


def _kept_json(item: Kept | KeptSession) -> dict[str, Any]:
    return {
        "address": item.address,
        "kind": item.kind.value,
        "why": item.why.value,
        "lockfile": item.lockfile,
    }


def _jobs_json(pruned: Pruned) -> list[dict[str, Any]]:
    deleted = {item.translation_id for item in pruned.deleted}
    return [
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
        for item in pruned.prunes.doomed
    ]


def _sessions_json(pruned: Pruned) -> list[dict[str, Any]]:
    deleted = {item.proofread_id for item in pruned.deleted_sessions}
    return [
        {
            "address": item.address,
            "proofread_id": item.proofread_id,
            "kind": item.kind.value,
            "status": item.status.value,
            "created_at": item.created_at,
            "cost_usd": item.cost,
            "deleted": item.proofread_id in deleted,
        }
        for item in pruned.prunes.sessions.doomed
    ]


def _view(prunes: PrunePlan, now: float) -> dict[str, Any]:
    rows = [
        {
            "address": item.address,
            "kind": f"{item.kind.value} session",
            "id": item.proofread_id,
            "age": _age(item.created_at, now),
            "cost": _cost(item.cost),
            "title": "",
        }
        for item in prunes.sessions.doomed
    ]
    rows += [
        {
            "address": item.address,
            "kind": item.kind.value,
            "id": item.translation_id,
            "age": _age(item.created_at, now),
            "cost": _cost(item.cost),
            "title": sanitize(item.title or ""),
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
        "unseen": _unseen(prunes),
        "summary": _summary(prunes),
    }


def _unseen(prunes: PrunePlan) -> str:
    unseen = prunes.sessions.unseen
    told = "Proofread sessions could not be looked at, and none is deleted"
    return "" if unseen is None else sanitize(f"{told}: {unseen}")


def _cost(cost: float | None) -> str:
    return "unknown cost" if cost is None else f"{cost:.2f} USD"


def _jobs_markdown(rows: Sequence[dict[str, str]], sessions: int) -> str:
    if not rows:
        return ""
    lines = (
        row([code(item["address"]), item["kind"], code(item["id"]), item["age"], item["cost"]])
        for item in rows
    )
    found = taken(lines, len(rows), ROOM_FOR_TABLE)
    noun = "item" if sessions else "job"
    body = table(["target", "why", "id" if sessions else "job", "age", "cost"], found, noun)
    return folded(counted_both(len(rows) - sessions, sessions), body, len(found.lines))


def _refused(pruned: Pruned) -> list[tuple[str, str, Problem]]:
    """List what was not deleted: its id, its address, and why."""
    sessions = [(item.proofread_id, item.address, item.problem) for item in pruned.refused_sessions]
    return sessions + [(item.translation_id, item.address, item.problem) for item in pruned.refused]


def _refused_markdown(pruned: Pruned) -> Rows:
    refused = _refused(pruned)

    def lines(longest: int, _: int) -> Iterator[str]:
        for name, address, problem in refused:
            said = cell(problem.message, longest)
            yield f"- {code(name)} of {code(address)} was not deleted: {said}"

    return fitted(lines, len(refused), ROOM_FOR_TABLE)


def _age(created_at: int | None, now: float) -> str:
    if created_at is None:
        return "unknown age"
    seconds = max(0, int(now) - created_at)
    if seconds >= 2 * _DAY:
        return f"{seconds // _DAY} days old"
    if seconds < _HOUR:
        return "under an hour old"
    return f"{pluralize(seconds // _HOUR, 'hour')} old"


def _kept(prunes: PrunePlan) -> str:
    kept: list[Kept | KeptSession] = [*prunes.kept, *prunes.sessions.kept]
    counts = Counter(item.why for item in kept)
    told = [f"{counts[why]} {word}" for why, word in _KEPT.items() if counts[why]]
    names = sorted({item.lockfile for item in kept if item.lockfile is not None})
    if names:
        shown = ", ".join(names[:_MOST_NAMES]) + (", …" if len(names) > _MOST_NAMES else "")
        needs = "counts" if len(names) == 1 else "count"
        told.append(f"{counts[KeptWhy.ELSEWHERE]} that {shown} {needs} on")
    return ", ".join(told)


def _summary(prunes: PrunePlan) -> str:
    if not prunes.count:
        return "Nothing to delete"
    what = counted_both(len(prunes.doomed), len(prunes.sessions.doomed))
    return f"{what} to delete, which cost about {prunes.cost:.2f} USD"


def _ending(pruned: Pruned) -> str:
    prunes, sessions = pruned.prunes, pruned.prunes.sessions
    done = [(len(pruned.deleted), len(prunes.doomed), "job")] if prunes.doomed else []
    if sessions.doomed:
        done.append((len(pruned.deleted_sessions), len(sessions.doomed), "proofread session"))
    told = " and ".join(f"{number} of {pluralize(most, noun)}" for number, most, noun in done)
    parts = [f"Deleted {told}" if told else "Nothing to delete"]
    if prunes.kept or sessions.kept:
        parts.append(f"kept {_kept(prunes)}")
    if prunes.gone or sessions.gone:
        gone = counted_both(len(prunes.gone), len(sessions.gone))
        parts.append(f"forgot {gone} that the vendor has no more")
    return "; ".join(parts)
