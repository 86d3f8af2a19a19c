"""The account's jobs, as text and JSON."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from heygen_localize.core.model import JobStatus
from heygen_localize.core.text import pluralize, sanitize
from heygen_localize.planning.jobs import AccountJob, AccountJobs
from heygen_localize.report.render import Paint, plain, to_json

_COLOURS = {
    JobStatus.COMPLETED: "green",
    JobStatus.FAILED: "red",
    JobStatus.PENDING: "cyan",
    JobStatus.RUNNING: "cyan",
}


def jobs_text(found: AccountJobs, paint: Paint = plain) -> str:
    """Render the jobs, a line for each: id, state, when it was ordered, language, whose."""
    ids = max((len(item.job.id) for item in found.jobs), default=0)
    languages = [sanitize(item.job.language or "?") for item in found.jobs]
    width = max(map(len, languages), default=0)
    lines = []
    for item, language in zip(found.jobs, languages, strict=True):
        job = item.job
        state = paint(job.status.value.ljust(9), _COLOURS[job.status])
        told = f"{job.id.ljust(ids)}  {state}  {_moment(job.created_at)}  {language.ljust(width)}"
        lines.append(f"{told}  {_whose(item, found.project)}")
    summary = pluralize(len(found.jobs), "job")
    others = sum(item.project is None and not item.addresses for item in found.jobs)
    if others:
        summary += f", {others} not ordered by localize: localize import ADDRESS ID adopts one"
    return "\n".join([*lines, *([""] if lines else []), summary]) + "\n"


def jobs_json(found: AccountJobs) -> str:
    """Render the jobs for machines."""
    errors = {} if found.problem is None else {"errors": [found.problem.document()]}
    jobs = [_document(item) for item in found.jobs]
    return to_json({"project": found.project, "jobs": jobs, **errors})


def _document(item: AccountJob) -> dict[str, Any]:
    job = item.job
    return {
        "translation_id": job.id,
        "status": job.status.value,
        "language": job.language,
        "title": job.title,
        "created_at": job.created_at,
        "project": item.project,
        "addresses": list(item.addresses),
        "in_lockfile": item.counted,
    }


def _moment(created_at: int | None) -> str:
    if created_at is None:
        return "-".ljust(len("2026-11-28 12:04"))
    return datetime.fromtimestamp(created_at, timezone.utc).strftime("%Y-%m-%d %H:%M")


def _whose(item: AccountJob, project: str | None) -> str:
    if item.addresses:
        told = ", ".join(item.addresses)
        return told if item.counted else f"{told} (not in the lockfile)"
    title = f": {item.job.title}" if item.job.title else ""
    if item.project is None:
        return sanitize(f"not ordered by localize{title}")
    if item.project == project:
        return sanitize(f"of this project, and no target's{title}")
    return sanitize(f"of project {item.project}{title}")
