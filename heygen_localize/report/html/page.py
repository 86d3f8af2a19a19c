"""One self-contained HTML page of where everything stands, with players side by side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from heygen_localize.core.errors import Problem
from heygen_localize.core.lock import Lock, LockEntry
from heygen_localize.core.model import Job, JobStatus, Manifest, Target
from heygen_localize.core.proofread import SessionStatus
from heygen_localize.core.text import pluralize, strip_controls
from heygen_localize.core.version import __version__
from heygen_localize.planning.plan import Action, ActionKind, Reason
from heygen_localize.planning.results import Failure, FailureGroup, failed, group, unmet_failure
from heygen_localize.planning.spending import Spending, spending_line, spent
from heygen_localize.planning.status import StatusRow, TargetStatus
from heygen_localize.report.html.media import Disk, PageMedia
from heygen_localize.report.html.render import render_page
from heygen_localize.report.html.rows import Row, Video, moment, video_rows, word_of
from heygen_localize.report.render import to_json

GENERATOR = "heygen-localize report"
_MARK = f'<meta name="generator" content="{GENERATOR}">'
_MARK_WITHIN = 2048
"""Bytes from its start in which a page says that it is one of ours."""

_MOST_GROUPS = 200
_MOST_ADDRESSES = 50
"""What bounds the page where thousands of targets fail, each for a reason of its own."""


@dataclass(frozen=True)
class PageInput:
    """What a page is about: the standings of a manifest, and the place of the page.

    `written_at` is in seconds since 1970. Without `signed`, no link that opens a file to
    whoever has it goes into the page. With `loopback`, links may lead to this machine.
    """

    manifest: Manifest
    lock: Lock
    rows: Sequence[StatusRow]
    page: Path
    disk: Disk
    written_at: float
    signed: bool = True
    loopback: bool = False


@dataclass(frozen=True)
class Page:
    """A page, and what is to be said of it."""

    html: str
    path: Path
    counts: Mapping[str, int]
    spending: Spending
    causes: int
    holds_signed: bool
    dropped: int


def is_page(beginning: bytes) -> bool:
    """Tell by a file's first bytes whether it is a page of ours, and may be written over."""
    return _MARK.encode() in beginning[:_MARK_WITHIN]


def page(subject: PageInput) -> Page:
    """Make the page. Looks at the pulled files; reads captions, which the page holds."""
    shelf = PageMedia(subject.page, subject.disk, signed=subject.signed, loopback=subject.loopback)
    targets = {target.address: target for target in subject.manifest.targets}
    videos = tuple(video_rows(subject.rows, targets, subject.lock, shelf))
    groups = group(_failures(subject))
    spending = spent(
        subject.manifest.targets,
        subject.lock,
        subject.manifest.rates,
        {row.address for row in subject.rows},
    )
    counts = _counts(subject.rows)
    html = _render(subject, videos, groups, counts, _notes(shelf), spending_line(spending))
    return Page(
        html, subject.page, counts, spending, len(groups), shelf.holds_signed, shelf.dropped
    )


def page_text(made: Page) -> str:
    """Say on a terminal what went into a page."""
    lines = [
        ", ".join(f"{number} {word_of(name)}" for name, number in made.counts.items())
        or "no target",
        f"Cost so far: {spending_line(made.spending)}",
        f"Written to {strip_controls(str(made.path))}",
    ]
    if made.holds_signed:
        lines[-1] += "; its links open the files to whoever has the page (--no-links)"
    if made.dropped:
        lines.append(_dropped(made.dropped))
    return "\n".join(lines) + "\n"


def page_json(made: Page) -> str:
    """Say to machines what went into a page."""
    spending = made.spending
    return to_json(
        {
            "path": str(made.path),
            "summary": dict(made.counts),
            "cost": {
                "jobs": spending.jobs,
                "proofreads": spending.sessions,
                "seconds": spending.seconds,
                "least_usd": spending.least,
                "most_usd": spending.most,
                "unknown_durations": spending.unknown,
            },
            "causes_of_failure": made.causes,
            "holds_signed_links": made.holds_signed,
            "links_left_out": made.dropped,
        }
    )


def _counts(rows: Sequence[StatusRow]) -> dict[str, int]:
    """Count the targets by standing, and those that are outdated besides."""
    found = Counter(row.standing for row in rows)
    counts = {standing.value: found[standing] for standing in TargetStatus if found[standing]}
    outdated = sum(row.stale for row in rows)
    return counts | ({"outdated": outdated} if outdated else {})


def _failures(subject: PageInput) -> Iterator[Failure]:
    targets = {target.address: target for target in subject.manifest.targets}
    most = subject.manifest.limits.max_attempts
    for row in subject.rows:
        entry = subject.lock.entries.get(row.address)
        if entry is not None and row.standing is TargetStatus.FAILED:
            yield _failure(row, entry, targets.get(row.address), most)
        session = subject.lock.sessions.get(row.address)
        if session is not None and session.status is SessionStatus.FAILED:
            said = session.failure_message or "no reason given"
            message = f"the proofread session failed: {said}"
            hint = "localize plan tells what comes next"
            yield Failure(row.address, Problem("proofread_failed", message, hint=hint))


def _failure(row: StatusRow, entry: LockEntry, target: Target | None, most: int) -> Failure:
    """Say why a target failed, in the words of plan and apply."""
    known = entry.job
    job = Job(known.translation_id, JobStatus.FAILED, failure_message=known.failure_message)
    kind, reason = ActionKind.BLOCKED, Reason.ATTEMPTS_USED_UP
    action = Action(row.address, kind, reason, target, entry, job, failures=entry.attempts)
    return (
        unmet_failure(action)
        if entry.attempts >= most and not row.stale
        else failed(action, job, last=False)
    )


def _notes(shelf: PageMedia) -> list[str]:
    notes = []
    if shelf.holds_signed:
        notes.append(
            "The links in this page are signed: whoever has the page can open the files until "
            "they end. localize report --no-links leaves them out."
        )
    if shelf.dropped:
        notes.append(_dropped(shelf.dropped))
    return notes


def _dropped(number: int) -> str:
    return (
        f"{pluralize(number, 'link')} had no room in the page: --target makes one of fewer targets"
    )


def _render(
    subject: PageInput,
    videos: Sequence[Video],
    groups: Sequence[FailureGroup],
    counts: Mapping[str, int],
    notes: Sequence[str],
    cost: str,
) -> str:
    manifest, written = subject.manifest, moment(subject.written_at)
    rows = [row for video in videos for row in video.rows]
    places = {f"{video.name}/{row.tag}": row.place for video in videos for row in video.rows}
    values: dict[str, Any] = {
        "generator": GENERATOR,
        "project": manifest.project,
        "written": {"machine": written, "person": written.replace("T", " ").replace("Z", " UTC")},
        "states": [
            {"name": name, "word": word_of(name), "count": number}
            for name, number in counts.items()
        ],
        "cost": cost,
        "rates": manifest.rates.told(proofread=True),
        "notes": notes,
        "groups": groups[:_MOST_GROUPS],
        "more_groups": max(0, len(groups) - _MOST_GROUPS),
        "most": _MOST_ADDRESSES,
        "places": places,
        "languages": _languages(rows),
        "videos": videos,
        "version": __version__,
    }
    parts = ("report.html.j2", "report.css", "report.js")
    return render_page(*parts, loopback=subject.loopback, **values)


def _languages(rows: Iterable[Row]) -> list[tuple[str, str]]:
    """Give all languages, by tag, with their names."""
    names: dict[str, str] = {}
    for row in rows:
        names.setdefault(row.tag, row.language)
    return sorted(names.items())
