"""One self-contained HTML page of where everything stands, with players side by side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from heygen_localize.core.errors import Diagnostic
from heygen_localize.core.job_kind import JobKind
from heygen_localize.core.lock import Lock, LockEntry
from heygen_localize.core.model import Job, JobStatus, Manifest, Target
from heygen_localize.core.proofread import SessionStatus
from heygen_localize.core.text import NO_REASON, pluralize, strip_controls
from heygen_localize.core.version import __version__
from heygen_localize.planning.budget import Standing
from heygen_localize.planning.cost import Spending, spending_line, spent
from heygen_localize.planning.results import (
    Failure,
    attempts_used_up,
    failed,
    group,
)
from heygen_localize.planning.status import STATES, StatusRow, TargetStatus
from heygen_localize.report.budgets import budget_rows
from heygen_localize.report.html.checks import NO_CHECKS, PageChecks
from heygen_localize.report.html.media import Disk, PageMedia
from heygen_localize.report.html.render import render_page
from heygen_localize.report.html.rows import moment, video_rows, word_of
from heygen_localize.report.render import to_json

GENERATOR = "heygen-localize report"
_MARK = f'<meta name="generator" content="{GENERATOR}">'
_MARK_WITHIN = 2048
"""Bytes from its start in which a page says that it is one of ours."""

_MOST_GROUPS = 200
_MOST_ADDRESSES = 50
"""What bounds the page where thousands of targets fail, each for a reason of its own."""


class PageInput(Struct, frozen=True):
    """What a page is about: the standings of a manifest, and the place of the page.

    `written_at` is in seconds since 1970. Without `signed`, no link that opens a file to
    whoever has it goes into the page. With `loopback`, links may lead to this machine. `pruned`
    are addresses that have no row any more, and count in what was spent. `checks` is what is known
    of the pulled files, `budgets` how they stand by the lockfile.
    """

    manifest: Manifest
    lock: Lock
    rows: Sequence[StatusRow]
    page: Path
    disk: Disk
    written_at: float
    signed: bool = True
    loopback: bool = False
    pruned: Collection[str] = ()
    checks: PageChecks = NO_CHECKS
    budgets: tuple[Standing, ...] = ()


class Page(Struct, frozen=True):
    """A page, and what is to be said of it."""

    html: str
    path: Path
    counts: Mapping[str, int]
    spending: Spending
    causes: int
    holds_signed: bool
    dropped: int
    checks: PageChecks = NO_CHECKS


def is_page(beginning: bytes) -> bool:
    """Tell by a file's first bytes whether it is a page of ours, and may be written over."""
    return _MARK.encode() in beginning[:_MARK_WITHIN]


def page(subject: PageInput) -> Page:
    """Make the page. Looks at the pulled files; reads captions, which the page holds."""
    manifest, lock, written = subject.manifest, subject.lock, moment(subject.written_at)
    media = PageMedia(subject.page, subject.disk, signed=subject.signed, loopback=subject.loopback)
    targets = {target.address: target for target in manifest.targets}
    videos = tuple(video_rows(subject.rows, targets, lock, media))
    rows = [(video.name, row) for video in videos for row in video.rows]
    groups, counts = group(_failures(subject)), _counts(subject.rows)
    addresses = {row.address for row in subject.rows}.union(subject.pruned)
    spending = spent(manifest.targets, lock, manifest.rates, addresses)
    html = render_page(
        "report.html.j2",
        "report.css",
        "report.js",
        loopback=subject.loopback,
        generator=GENERATOR,
        project=manifest.project,
        written={"machine": written, "person": written.replace("T", " ").replace("Z", " UTC")},
        counts=counts,
        word_of=word_of,
        cost=spending_line(spending),
        budgets=budget_rows(subject.budgets),
        rates=manifest.rates.told(
            proofread=True,
            lipsync=any(target.kind is JobKind.LIPSYNC for target in manifest.targets),
        ),
        holds_signed=media.holds_signed,
        dropped=_dropped(media.dropped),
        checks=subject.checks,
        checked=_checked(subject.checks),
        groups=groups[:_MOST_GROUPS],
        more_groups=max(0, len(groups) - _MOST_GROUPS),
        most=_MOST_ADDRESSES,
        places={f"{name}/{row.tag}": row.place for name, row in rows},
        languages=sorted({row.tag: row.language for _, row in reversed(rows)}.items()),
        videos=videos,
        version=__version__,
    )
    signed, dropped = media.holds_signed, media.dropped
    found = (spending, len(groups), signed, dropped, subject.checks)
    return Page(html, subject.page, counts, *found)


def page_text(made: Page) -> str:
    """Say on a terminal what went into a page."""
    lines = [
        ", ".join(f"{number} {word_of(name)}" for name, number in made.counts.items())
        or "no target",
        f"Cost so far: {spending_line(made.spending)}",
        f"Written to {strip_controls(str(made.path))}",
    ]
    if made.checks.any_known:
        lines.insert(1, f"Checked: {_checked(made.checks)}")
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
            "checks": dict(made.checks.counts),
            "checks_left_out": made.checks.left_out,
        }
    )


def _counts(rows: Sequence[StatusRow]) -> dict[str, int]:
    """Count each target once, by the word that people read of it."""
    found = Counter(row.told for row in rows)
    return {word: found[word] for word in STATES if found[word]}


def _failures(subject: PageInput) -> Iterator[Failure]:
    targets = {target.address: target for target in subject.manifest.targets}
    most = subject.manifest.limits.max_attempts
    for row in subject.rows:
        entry = subject.lock.entries.get(row.address)
        if entry is not None and row.standing is TargetStatus.FAILED:
            yield _failure(row, entry, targets[row.address], most)
        session = subject.lock.sessions.get(row.address)
        if session is not None and session.status is SessionStatus.FAILED:
            said = session.failure_message or NO_REASON
            message = f"the proofread session failed: {said}"
            hint = "localize plan shows what comes next"
            yield Failure(row.address, Diagnostic("proofread_failed", message, hint=hint))


def _failure(row: StatusRow, entry: LockEntry, target: Target, most: int) -> Failure:
    """Say why a target failed, in the words of plan and apply."""
    known = entry.job
    if entry.attempts >= most and not row.stale:
        return attempts_used_up(target, known.failure_message, entry.attempts)
    job = Job(known.translation_id, JobStatus.FAILED, failure_message=known.failure_message)
    return failed(target, job, last=False)


def _checked(checks: PageChecks) -> str:
    if not checks.any_known:
        return "no pulled file was looked at (localize check)" if checks.counts else ""
    return ", ".join(f"{number} {word}" for word, number in checks.counts.items())


def _dropped(number: int) -> str:
    links = pluralize(number, "link")
    told = f"{links} had no room in the page: --target makes one of fewer targets"
    return told if number else ""
