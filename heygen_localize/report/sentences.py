"""The signs and sentences of a plan, in one place."""

from __future__ import annotations

import json
import re

from msgspec import Struct

from heygen_localize.core.errors import Diagnostic
from heygen_localize.core.fingerprint import Json
from heygen_localize.core.model import Target
from heygen_localize.core.proofread import Approval
from heygen_localize.core.text import NO_REASON, sanitize
from heygen_localize.planning.changes import Change
from heygen_localize.planning.held import Held
from heygen_localize.planning.plan import (
    Action,
    Blocked,
    JobAction,
    SessionOrder,
    SharedJob,
    TargetAction,
)
from heygen_localize.planning.reasons import ActionKind, Reason, SessionStep


class Style(Struct, frozen=True):
    """What stands for a target: a sign where there is little room, a word, a colour for terminals.

    The words tell all: neither sign nor colour is needed to understand a report.
    """

    sign: str
    word: str
    colour: str = ""


STYLES = {
    ActionKind.CREATE: Style("+", "to create", "green"),
    ActionKind.ADOPT: Style("=", "to adopt", "cyan"),
    ActionKind.REPLACE: Style("~", "to replace", "yellow"),
    ActionKind.RETRY: Style("↻", "to order again", "yellow"),
    ActionKind.RECREATE: Style("↻", "to order again", "yellow"),
    ActionKind.RETITLE: Style("±", "to update", "cyan"),
    ActionKind.RECORD: Style("±", "to update", "cyan"),
    ActionKind.WAIT: Style("…", "rendering", "cyan"),
    ActionKind.BLOCKED: Style("!", "blocked", "red"),
    ActionKind.GONE: Style("×", "gone", "red"),
    ActionKind.SKIP: Style("/", "skipped", "dim"),
    ActionKind.ORPHAN: Style("-", "not in the manifest", "dim"),
    ActionKind.PROPOSE: Style("¶", "to propose subtitles for", "green"),
    ActionKind.FETCH: Style("§", "in proofreading", "cyan"),
    ActionKind.REVIEW: Style("?", "awaiting review", "yellow"),
    ActionKind.HELD: Style("‖", "held over", "yellow"),
    ActionKind.DRIFT: Style("≠", "changed behind the URL", "yellow"),
    ActionKind.NONE: Style("✓", "unchanged", "dim"),
}
"""A plan's signs (docs/plan.md), the same in rows and in cells: each stands for one word."""

_ALWAYS_COUNTED = (ActionKind.CREATE, ActionKind.ADOPT, ActionKind.REPLACE, ActionKind.NONE)

_SENTENCES = {
    Reason.UP_TO_DATE: "rendered, nothing to do",
    Reason.CHECK_FAILED: (
        "its check failed: localize accept uses it, a new revision or --replace orders another"
    ),
    Reason.RENDERING: "renders already",
    Reason.STUCK: "renders for longer than limits.stuck_after: ask HeyGen's support",
    Reason.STATE_CHANGED: "ended since the lockfile was written",
    Reason.OUTPUTS_CHANGED: "its files lie elsewhere now",
    Reason.TITLE_CHANGED: "{changes}",
    Reason.NOT_IN_LOCK: "the account has it already, the lockfile does not",
    Reason.RENAMED: "was {moved_from}",
    Reason.OTHER_JOB: "another job renders the same, and goes first",
    Reason.SPEC_RENDERED_BEFORE: "was rendered like this before; the account still has it",
    Reason.SHARES_JOB: "is the same content as {shares}, and takes its job",
    Reason.NEW: "new",
    Reason.REPLACE_ASKED: "ordered anew, as --replace asks",
    Reason.SPEC_CHANGED: "{changes}",
    Reason.LOCK_MISPAIRED: "the lockfile's job is another content's",
    Reason.JOB_FAILED: "failed {times}: {failure}",
    Reason.ATTEMPTS_USED_UP: "failed {times}: {failure}",
    Reason.JOB_GONE: "its job was deleted at HeyGen",
    Reason.PINNED: "the manifest pins this job",
    Reason.PIN_FAILED: "{problem}",
    Reason.PIN_UNKNOWN: "{problem}",
    Reason.JOB_DENIED: "{problem}",
    Reason.SESSION_DENIED: "{problem}",
    Reason.SKIPPED: "{skip}",
    Reason.NOT_IN_MANIFEST: "kept; nothing is deleted",
    Reason.PUBLIC_URL_CHANGED: "has another public_url now",
    Reason.NEW_SUBTITLES: "its subtitles are made first, for you to review",
    Reason.SESSION_LOST: "its proofread session is gone, and its subtitles with it",
    Reason.SESSION_FAILED: "{problem}",
    Reason.SESSION_UNUSABLE: "{problem}",
    Reason.SESSION_UNRENDERED: "{problem}",
    Reason.TEXT_LOST: "{problem}",
    Reason.PROOFREADING: "its subtitles are being made",
    Reason.TEXT_READY: "its subtitles are ready to be fetched",
    Reason.SESSION_FOUND: "the account has its proofread session already, the lockfile does not",
    Reason.AWAITING_REVIEW: "awaits review: {text}",
    Reason.TEXT_MISTAKEN: "{problem}",
    Reason.NEEDS_RE_REVIEW: "{problem}",
    Reason.SOURCE_REFUSED: "{problem}",
    Reason.LIPSYNC_DENIED: "{problem}",
    Reason.ORDER_UNANSWERED: "{problem}",
    Reason.OVER_BUDGET: "{problem}",
    Reason.AWAITING_CANARY: "{problem}",
    Reason.NOT_BEFORE: "{problem}",
    Reason.SOURCE_CHANGED: "the file behind the URL is another one now; raise revision to "
    "render it again",
    Reason.GLOSSARY_CHANGED: "its glossary was changed since; raise revision to render it again",
}
_MENDS = {
    Reason.ATTEMPTS_USED_UP: "change it, or --retry-failed",
    Reason.JOB_GONE: "--recreate orders it again",
}


def sentence(action: Action) -> str:
    """Say why an action is taken, for a person."""
    if not isinstance(action, TargetAction):
        return _SENTENCES[action.reason]
    facts, failure = action.facts, action.job.failure_message if action.job is not None else None
    said = _SENTENCES[action.reason].format(
        moved_from=facts.moved_from,
        shares=action.shares if isinstance(action, SharedJob) else "",
        times="once" if facts.failures == 1 else f"{facts.failures} times",
        failure=failure or NO_REASON,
        problem=_told(action.problem) if isinstance(action, (Blocked, Held)) else "",
        text=_text(facts.target),
        skip=facts.target.skip,
        changes=changes_line(action),
    )
    parts = [said]
    if action.reason in _REORDERED and action.differences:
        parts.append(changes_line(action))
    if action.reason in _MENDS and not action.costs:
        parts.append(_MENDS[action.reason])
    serves = facts.entry is not None and facts.entry.served is not None
    if action.kind is ActionKind.REPLACE and serves:
        parts.append("the old one stays up until it is done")
    if isinstance(action, SessionOrder) and action.orders:
        new = action.session is SessionStep.CREATE
        parts.append("rendered from the reviewed text" + (", by a new session" if new else ""))
    if action.new_jobs_only:
        parts.append("folder_id or the callback changed: for new jobs only")
    retitle = action.retitle if isinstance(action, JobAction) else None
    if retitle is not None and action.reason is not Reason.TITLE_CHANGED:
        parts.append(f"gets the title “{retitle}”")
    return sanitize("; ".join(parts))


_REORDERED = (Reason.SPEC_RENDERED_BEFORE, Reason.NEW_SUBTITLES, Reason.SHARES_JOB)
"""Reasons that do not say themselves what changed, where anything did."""

_LONGEST_VALUE = 60
_DIGEST = re.compile("[0-9a-f]{64}")


def changes_line(action: TargetAction) -> str:
    """Say what changed, attribute by attribute: `mode: speed → precision`."""
    found = action.differences
    if found:
        return ", ".join(map(_change, found))
    if isinstance(action, JobAction) and action.retitle is not None:
        return f"title: {action.retitle}"
    # A lockfile of an earlier version does not know what its jobs were ordered as.
    return "the options changed"


def _change(change: Change) -> str:
    before, after = _value(change.before), _value(change.after)
    digests = [_DIGEST.fullmatch(str(value)) for value in (change.before, change.after)]
    if all(digests):
        return f"{change.name} sha256 {before} → {after}"
    return f"{change.name}: {before} → {after}"


def _value(value: Json) -> str:
    """Write a value of an option in one line, a hash by its beginning."""
    if isinstance(value, str):
        if _DIGEST.fullmatch(value):
            return f"{value[:8]}…"
        cut = value[: _LONGEST_VALUE - 1] + "…"
        return value if len(value) <= _LONGEST_VALUE else cut
    if value is None:
        return "none"
    return _value(json.dumps(value, ensure_ascii=False))


def _text(target: Target) -> str:
    """Name the subtitles that people review, and what approves them."""
    review = target.proofread
    if review is None:
        return ""
    by_git = review.approval is Approval.GIT
    told = "commit it to approve it" if by_git else f"localize proofread approve {target.address}"
    return f"{review.path}; {told}"


def _told(problem: Diagnostic) -> str:
    return f"{problem.message}; {problem.hint}" if problem.hint else problem.message


def summary_line(counts: dict[str, int]) -> str:
    """Count a plan in one line: `Plan: 6 to create, 1 to adopt, 0 to replace, 2 unchanged`."""
    numbers: dict[str, int] = {}
    for kind, style in STYLES.items():
        if counts.get(kind.value) or kind in _ALWAYS_COUNTED:
            numbers[style.word] = numbers.get(style.word, 0) + counts.get(kind.value, 0)
    parts = [f"{number} {word}" for word, number in numbers.items()]
    return "Plan: " + ", ".join(parts)
