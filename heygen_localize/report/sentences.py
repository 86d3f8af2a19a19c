"""The signs and sentences of a plan, in one place."""

from __future__ import annotations

from dataclasses import dataclass

from heygen_localize.core.errors import Problem
from heygen_localize.core.proofread import Approval
from heygen_localize.core.text import sanitize
from heygen_localize.planning.plan import Action, ActionKind, Reason, SessionStep


@dataclass(frozen=True)
class ActionStyle:
    """How an action looks: its sign, its colour, and the words of the summary line."""

    mark: str
    colour: str
    count: str


SIGNS = {
    ActionKind.CREATE: ActionStyle("+", "green", "to create"),
    ActionKind.ADOPT: ActionStyle("=", "cyan", "to adopt"),
    ActionKind.REPLACE: ActionStyle("~", "yellow", "to replace"),
    ActionKind.RETRY: ActionStyle("↻", "yellow", "to retry"),
    ActionKind.RECREATE: ActionStyle("↻", "yellow", "to recreate"),
    ActionKind.RETITLE: ActionStyle("~", "cyan", "to retitle"),
    ActionKind.RECORD: ActionStyle("=", "cyan", "to record"),
    ActionKind.WAIT: ActionStyle("=", "cyan", "rendering"),
    ActionKind.BLOCKED: ActionStyle("!", "red", "blocked"),
    ActionKind.GONE: ActionStyle("!", "red", "gone"),
    ActionKind.SKIP: ActionStyle("=", "dim", "skipped"),
    ActionKind.ORPHAN: ActionStyle("-", "dim", "not in the manifest"),
    ActionKind.PROPOSE: ActionStyle("+", "green", "to propose subtitles for"),
    ActionKind.FETCH: ActionStyle("=", "cyan", "in proofreading"),
    ActionKind.REVIEW: ActionStyle("?", "yellow", "awaiting review"),
    ActionKind.DRIFT: ActionStyle("!", "yellow", "changed behind the URL"),
    ActionKind.NONE: ActionStyle("=", "dim", "unchanged"),
}

_ALWAYS_COUNTED = (ActionKind.CREATE, ActionKind.ADOPT, ActionKind.REPLACE, ActionKind.NONE)

_SENTENCES = {
    Reason.UP_TO_DATE: "rendered, nothing to do",
    Reason.RENDERING: "renders already",
    Reason.STUCK: "renders for longer than limits.stuck_after: ask the vendor about it",
    Reason.STATE_CHANGED: "ended since the lockfile was written",
    Reason.OUTPUTS_CHANGED: "its files lie elsewhere now",
    Reason.TITLE_CHANGED: "has another title now",
    Reason.NOT_IN_LOCK: "the account has it already, the lockfile does not",
    Reason.RENAMED: "was {moved_from}",
    Reason.OTHER_JOB: "another job renders the same, and goes first",
    Reason.SPEC_RENDERED_BEFORE: "was rendered like this before; the account still has it",
    Reason.SHARES_JOB: "is the same content as {shares}, and takes its job",
    Reason.NEW: "new",
    Reason.SPEC_CHANGED: "the video or its options changed",
    Reason.LOCK_MISPAIRED: "the lockfile's job is another content's",
    Reason.JOB_FAILED: "failed {times}: {failure}",
    Reason.ATTEMPTS_USED_UP: "failed {times}: {failure}",
    Reason.JOB_GONE: "its job was deleted at the vendor",
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
    Reason.SOURCE_CHANGED: "the file behind the URL is another one now; raise revision to "
    "render it anew",
    Reason.GLOSSARY_CHANGED: "its glossary was changed since; raise revision to render it anew",
}
_MENDS = {
    Reason.ATTEMPTS_USED_UP: "change it, or --retry-failed",
    Reason.JOB_GONE: "--recreate orders it again",
}


def sentence(action: Action) -> str:
    """Say why an action is taken, for a person."""
    failure = action.job.failure_message if action.job is not None else None
    said = _SENTENCES[action.reason].format(
        moved_from=action.moved_from,
        shares=action.shares,
        times="once" if action.failures == 1 else f"{action.failures} times",
        failure=failure or "no reason given",
        problem=_told(action.problem),
        text=_text(action),
        skip=action.target.skip if action.target is not None else "",
    )
    parts = [said]
    if action.reason in _MENDS and not action.costs:
        parts.append(_MENDS[action.reason])
    serves = action.entry is not None and action.entry.served is not None
    if action.kind is ActionKind.REPLACE and serves:
        parts.append("the old one stays up until it is done")
    if action.orders and action.session is not None:
        new = action.session is SessionStep.CREATE
        parts.append("rendered from the reviewed text" + (", by a new session" if new else ""))
    if action.new_jobs_only:
        parts.append("folder_id or the callback changed: for new jobs only")
    if action.retitle is not None and action.reason is not Reason.TITLE_CHANGED:
        parts.append(f"gets the title “{action.retitle}”")
    elif action.retitle is not None:
        parts.append(f"“{action.retitle}”")
    return sanitize("; ".join(parts))


def _text(action: Action) -> str:
    """Name the subtitles that people review, and what approves them."""
    review = action.target.proofread if action.target is not None else None
    if review is None:
        return ""
    by_git = review.approval is Approval.GIT
    told = "commit it to approve it" if by_git else f"localize proofread approve {action.address}"
    return f"{review.path}; {told}"


def _told(problem: Problem | None) -> str:
    """Put a problem and how to mend it into one sentence."""
    if problem is None:
        return ""
    return f"{problem.message}; {problem.hint}" if problem.hint else problem.message


def summary_line(counts: dict[str, int]) -> str:
    """Count a plan in one line: `Plan: 6 to create, 1 to adopt, 0 to replace, 2 unchanged`."""
    parts = [
        f"{counts.get(kind.value, 0)} {sign.count}"
        for kind, sign in SIGNS.items()
        if counts.get(kind.value) or kind in _ALWAYS_COUNTED
    ]
    return "Plan: " + ", ".join(parts)
