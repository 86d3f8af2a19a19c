"""Small targets, jobs and locks, so that a test says only what matters to it.

A content is named by a letter: `target("intro/es-MX", "A")` and `job("j1", "A")`
are of one fingerprint.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from heygen_localize.core.fingerprint import LZ1_DEFAULTS, Json, Mark
from heygen_localize.core.languages import Language
from heygen_localize.core.lock import Lock, LockedJob, LockEntry
from heygen_localize.core.model import (
    NO_OUTPUTS,
    Job,
    JobStatus,
    Layer,
    Listing,
    Media,
    MediaKind,
    Option,
    OutputUrls,
    Target,
)
from heygen_localize.planning.plan import Action, Plan
from heygen_localize.planning.reconcile import Policy, reconcile

PROJECT = "acme"
NOW = 1_760_000_000
ADDRESS = "intro/es-MX"


def digest(content: str) -> str:
    """Give the fingerprint of a content."""
    return hashlib.sha256(content.encode()).hexdigest()


def mark(content: str, *, project: str = PROJECT, scheme: str = "lz1") -> str:
    """Give the start of a `callback_id`."""
    return f"{scheme}:{project}:{digest(content)[:32]}"


def url_media(url: str = "https://cdn.example.com/intro.mp4") -> Media:
    return Media(MediaKind.URL, url, url)


def target(
    address: str = ADDRESS,
    content: str = "A",
    *,
    options: Mapping[str, Json] | None = None,
    settings: Mapping[str, Json] | None = None,
    **fields: Any,
) -> Target:
    video, _, tag = address.partition("/")
    values = {**LZ1_DEFAULTS, **(options or {})}
    made: dict[str, Any] = {
        "video": video,
        "language": Language(f"Language {tag}", tag, True),
        "source": url_media(),
        "options": tuple(Option(name, value, Layer.VIDEO) for name, value in values.items()),
        "settings": tuple(
            Option(name, value, Layer.VIDEO) for name, value in (settings or {}).items()
        ),
        "revision": 1,
        "fingerprint": digest(content),
        "mark": Mark.of(PROJECT, digest(content)),
    }
    return Target(**(made | fields))


def files_of(name: str, status: JobStatus) -> OutputUrls:
    """Give the links of a job's files, where it has any."""
    if status is not JobStatus.COMPLETED:
        return NO_OUTPUTS
    return OutputUrls(video_url=f"https://files.example.com/{name}.mp4?Expires={NOW}")


def job(name: str, content: str | None = "A", status: str = "completed", **fields: Any) -> Job:
    """Make a job of ours; with None for a content, one that bears no mark."""
    state = JobStatus(status)
    made: dict[str, Any] = {
        "callback_id": None if content is None else mark(content),
        "created_at": NOW,
        "outputs": files_of(name, state),
    }
    return Job(name, state, **(made | fields))


def locked(name: str, content: str = "A", status: str = "completed", **fields: Any) -> LockedJob:
    state = JobStatus(status)
    made: dict[str, Any] = {"outputs": files_of(name, state)}
    return LockedJob(digest(content), name, state, **(made | fields))


def entry(
    name: str,
    content: str = "A",
    status: str = "completed",
    *,
    serving: LockedJob | None = None,
    superseded: tuple[str, ...] = (),
    attempts: int = 1,
    **fields: Any,
) -> LockEntry:
    known = locked(name, content, status, **fields)
    return LockEntry("Spanish (Mexico)", known, attempts, serving, superseded)


def lock(entries: Mapping[str, LockEntry] | None = None) -> Lock:
    return Lock(PROJECT, dict(entries or {}))


def plan_of(
    targets: Iterable[Target],
    entries: Mapping[str, LockEntry] | None = None,
    jobs: Iterable[Job] = (),
    *,
    gone: Iterable[str] = (),
    now: float = NOW,
    selected: Iterable[str] | None = None,
    **policy: Any,
) -> Plan:
    """Reconcile."""
    return reconcile(
        tuple(targets),
        lock(entries),
        Listing(tuple(jobs), None, frozenset(gone)),
        now,
        Policy(**policy),
        None if selected is None else frozenset(selected),
    )


def action_of(
    wanted: Target,
    known: LockEntry | None = None,
    jobs: Iterable[Job] = (),
    **options: Any,
) -> Action:
    """Reconcile one target, and give its action."""
    entries = {} if known is None else {wanted.address: known}
    (action,) = plan_of([wanted], entries, jobs, **options).actions
    return action
