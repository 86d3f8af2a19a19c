"""Small targets, jobs and locks, so that a test says only what matters to it.

A content is named by a letter: `target("intro/es-MX", "A")` and `job("j1", "A")`
are of one fingerprint.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from heygen_localize.core.errors import Diagnostic
from heygen_localize.core.fingerprint import LZ1_DEFAULTS, Json, Mark
from heygen_localize.core.languages import Language
from heygen_localize.core.lock import Lock, LockedJob, LockEntry
from heygen_localize.core.model import (
    NO_OUTPUTS,
    Job,
    JobStatus,
    Listing,
    Media,
    MediaKind,
    OutputUrls,
    Target,
)
from heygen_localize.core.option import Layer, Option
from heygen_localize.core.proofread import Proofread
from heygen_localize.planning.held import Held
from heygen_localize.planning.plan import (
    Action,
    AttemptsUsedUp,
    Blocked,
    JobAction,
    Order,
    Orphan,
    Plan,
    RefusedOrder,
    SessionOrder,
    SharedJob,
    TargetAction,
    TargetFacts,
)
from heygen_localize.planning.reasons import ActionKind, Reason
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
    return target_of(made | fields)


_IN_SETTINGS = (
    "title",
    "folder_id",
    "callback_url",
    "callback_id",
    "skip",
    "duration",
    "protect",
    "job",
    "revision",
    "team",
    "priority",
)


def target_of(fields: dict[str, Any]) -> Target:
    """Make a target; what it reads from its settings may stand among the fields."""
    settings = {option.name: option for option in fields.pop("settings", ())}
    for name in _IN_SETTINGS:
        if name in fields:
            settings[name] = Option(name, fields.pop(name), Layer.VIDEO)
    return Target(settings=tuple(settings.values()), **fields)


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


_ORDERS = (
    ActionKind.CREATE,
    ActionKind.REPLACE,
    ActionKind.RETRY,
    ActionKind.RECREATE,
    ActionKind.PROPOSE,
    ActionKind.FETCH,
)
_IDLE = (ActionKind.GONE, ActionKind.REVIEW, ActionKind.SKIP)


def make_action(
    kind: ActionKind,
    reason: Reason = Reason.NEW,
    address: str = ADDRESS,
    *,
    job: Job | None = None,
    **parts: Any,
) -> Action:
    """Make an action of the class that its kind has, with whatever parts matter to a test."""
    if kind is ActionKind.ORPHAN:
        return Orphan(address, entry=entry("j1"))
    named = {name: parts.pop(name) for name in TargetFacts.__annotations__ if name in parts}
    facts = TargetFacts(**({"target": target(address)} | named))
    if "shares" in parts:
        return SharedJob(address, facts=facts, **parts)
    if kind is ActionKind.BLOCKED and reason is Reason.ATTEMPTS_USED_UP:
        failed = job or Job("j1", JobStatus.FAILED)
        return AttemptsUsedUp(address, facts=facts, job=failed, **parts)
    if kind is ActionKind.HELD:
        parts = {"problem": Diagnostic("x", "a problem")} | parts
        return Held(address, reason=reason, facts=facts, job=job, **parts)
    if kind is ActionKind.BLOCKED:
        parts = {"problem": Diagnostic("x", "a problem")} | parts
        if reason is Reason.SOURCE_REFUSED:
            return RefusedOrder(address, facts=facts, job=job, session=None, **parts)
        return Blocked(address, reason, facts=facts, job=job, **parts)
    if "session" in parts:
        review = facts.target.proofread or Proofread("a.srt", "a.source.srt", digest("A"))
        made = {"facts": facts, "job": job, "review": review}
        return SessionOrder(address, kind, reason, **(made | parts))
    if kind in _ORDERS:
        return Order(address, kind, reason, facts=facts, job=job, **parts)
    if kind in _IDLE:
        return TargetAction(address, kind, reason, facts=facts, job=job, **parts)
    there = job or Job("j1", JobStatus.COMPLETED)
    return JobAction(address, kind, reason, facts=facts, job=there, **parts)


def part(action: Action, name: str) -> Any:
    """Return what an action has by a name; None where its kind has no such thing."""
    facts = getattr(action, "facts", None)
    return getattr(action, name, getattr(facts, name, None))
