"""What a `prune` would delete and has deleted, as text, Markdown and JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any

from heygen_localize.core.text import pluralize, sanitize
from heygen_localize.planning.prune import (
    Kept,
    KeptWhy,
    Prunable,
    PrunableJob,
    Pruned,
    PrunePlan,
    counted_both,
)
from heygen_localize.report.markdown import (
    ROOM_FOR_LIST,
    Prose,
    cell,
    code,
    fitted_bullets,
    folded_table,
)
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
    lines = [
        f"  {paint('!', 'red')} " + sanitize(f"{item.id} ({item.address}): {item.problem.message}")
        for item in pruned.all_refused
    ]
    unseen = _unseen(pruned.prunes)
    ending = [] if pruned.dry_run else [*([unseen] if unseen else []), _ending(pruned)]
    return told + "\n".join([*lines, *ending]) + "\n"


def pruned_markdown(pruned: Pruned) -> str:
    """Render a prune for a job summary, within what a comment may have."""
    view = _view(pruned.prunes, pruned.made_at)
    ending = view["summary"] if pruned.dry_run else _ending(pruned)

    refused = [
        (
            code(item.id),
            " of ",
            code(item.address),
            " was not deleted: ",
            Prose(item.problem.message),
        )
        for item in pruned.all_refused
    ]
    return render(
        "prunes.md.j2",
        jobs=_table(view["rows"], len(pruned.prunes.sessions.doomed)),
        refused=fitted_bullets(refused, "item" if pruned.refused_sessions else "job"),
        ending=cell(ending, ROOM_FOR_LIST),
        unseen=cell(view["unseen"], ROOM_FOR_LIST),
    )


def pruned_json(pruned: Pruned) -> str:
    """Render a prune for machines."""
    prunes, sessions = pruned.prunes, pruned.prunes.sessions
    deleted = {item.id for item in (*pruned.deleted, *pruned.deleted_sessions)}
    return to_json(
        {
            "project": prunes.project,
            "dry_run": pruned.dry_run,
            "jobs": [_item(item, deleted) for item in prunes.doomed],
            "sessions": [_item(item, deleted) for item in sessions.doomed],
            "cost_usd": prunes.cost,
            "kept": [{"translation_id": item.id} | _kept_item(item) for item in prunes.kept],
            "kept_sessions": [
                {"proofread_id": item.id} | _kept_item(item) for item in sessions.kept
            ],
            "gone": list(prunes.gone),
            "gone_sessions": list(sessions.gone),
            "sessions_unseen": sessions.unseen,
            "lipsyncs_unseen": prunes.lipsyncs_unseen,
            "failures": [
                {"address": item.address, name: item.id} | item.problem.document()
                for name, refused in (
                    ("proofread_id", pruned.refused_sessions),
                    ("translation_id", pruned.refused),
                )
                for item in refused
            ],
        }
    )


def _kept_item(item: Kept) -> dict[str, Any]:
    return {
        "address": item.address,
        "kind": item.kind.value,
        "why": item.why.value,
        "lockfile": item.lockfile,
    }


def _item(item: Prunable, deleted: Collection[str]) -> dict[str, Any]:
    is_job = isinstance(item, PrunableJob)
    return {
        "address": item.address,
        "translation_id" if is_job else "proofread_id": item.id,
        "kind": item.kind.value,
        "status": item.status.value,
        **({"title": item.title} if isinstance(item, PrunableJob) else {}),
        "created_at": item.created_at,
        "cost_usd": item.cost,
        "deleted": item.id in deleted,
    }


def _view(prunes: PrunePlan, now: float) -> dict[str, Any]:
    rows = [
        {
            "address": item.address,
            "kind": item.kind.value + ("" if isinstance(item, PrunableJob) else " session"),
            "id": item.id,
            "age": _age(item.created_at, now),
            "cost": "unknown cost" if item.cost is None else f"{item.cost:.2f} USD",
            "title": sanitize(item.title or "") if isinstance(item, PrunableJob) else "",
        }
        for item in prunes.items
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
    told = (
        ("Proofread sessions", prunes.sessions.unseen),
        ("Lip syncs", prunes.lipsyncs_unseen),
    )
    lines = (
        sanitize(f"{what} could not be listed, so none is deleted: {why}")
        for what, why in told
        if why is not None
    )
    return "\n".join(lines)


def _table(rows: Sequence[dict[str, str]], sessions: int) -> str:
    cells = (
        (code(item["address"]), item["kind"], code(item["id"]), item["age"], item["cost"])
        for item in rows
    )
    noun, name = ("item", "id") if sessions else ("job", "job")
    summary = counted_both(len(rows) - sessions, sessions)
    return folded_table(("target", "why", name, "age", "cost"), cells, len(rows), noun, summary)


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
    kept = [*prunes.kept, *prunes.sessions.kept]
    counts = Counter(item.why for item in kept)
    told = [f"{counts[why]} {word}" for why, word in _KEPT.items() if counts[why]]
    names = sorted({item.lockfile for item in kept if item.lockfile is not None})
    if names:
        shown = ", ".join(names[:_MOST_NAMES]) + (", …" if len(names) > _MOST_NAMES else "")
        needs = "counts" if len(names) == 1 else "count"
        told.append(f"{counts[KeptWhy.ELSEWHERE]} that {shown} {needs} on")
    return ", ".join(told)


def _summary(prunes: PrunePlan) -> str:
    if not prunes.items:
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
        parts.append(f"forgot {gone} that HeyGen has no more")
    return "; ".join(parts)
