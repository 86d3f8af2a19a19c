"""The kinds of a plan's actions, and the reasons for them: stable words for machines."""

from __future__ import annotations

from enum import Enum


class ActionKind(Enum):
    """What is to happen to a target. The table stands in docs/plan.md."""

    NONE = "none"
    WAIT = "wait"
    RECORD = "record"
    ADOPT = "adopt"
    RETITLE = "retitle"
    CREATE = "create"
    REPLACE = "replace"
    RETRY = "retry"
    RECREATE = "recreate"
    BLOCKED = "blocked"
    GONE = "gone"
    SKIP = "skip"
    ORPHAN = "orphan"
    DRIFT = "drift"
    PROPOSE = "propose"
    FETCH = "fetch"
    REVIEW = "review"
    HELD = "held"


ORDERS = frozenset({ActionKind.CREATE, ActionKind.REPLACE, ActionKind.RETRY, ActionKind.RECREATE})
COSTLY = ORDERS | {ActionKind.PROPOSE}
IDLE = frozenset(
    {
        ActionKind.NONE,
        ActionKind.BLOCKED,
        ActionKind.GONE,
        ActionKind.SKIP,
        ActionKind.ORPHAN,
        ActionKind.DRIFT,
        ActionKind.REVIEW,
        ActionKind.HELD,
    }
)


class Reason(Enum):
    """Why an action was chosen; stable words for machines."""

    UP_TO_DATE = "up_to_date"
    RENDERING = "rendering"
    STUCK = "stuck"
    STATE_CHANGED = "state_changed"
    OUTPUTS_CHANGED = "outputs_changed"
    TITLE_CHANGED = "title_changed"
    NOT_IN_LOCK = "not_in_lock"
    RENAMED = "renamed"
    OTHER_JOB = "other_job_chosen"
    SPEC_RENDERED_BEFORE = "spec_rendered_before"
    SHARES_JOB = "shares_job"
    NEW = "new"
    SPEC_CHANGED = "spec_changed"
    REPLACE_ASKED = "replace_asked"
    LOCK_MISPAIRED = "lock_mispaired"
    JOB_FAILED = "job_failed"
    ATTEMPTS_USED_UP = "attempts_used_up"
    JOB_GONE = "job_gone"
    JOB_DENIED = "job_denied"
    PINNED = "pinned"
    PIN_FAILED = "pinned_job_failed"
    PIN_UNKNOWN = "pinned_job_unknown"
    SKIPPED = "skipped"
    NOT_IN_MANIFEST = "not_in_manifest"
    CHECK_FAILED = "check_failed"
    PUBLIC_URL_CHANGED = "public_url_changed"
    SOURCE_REFUSED = "source_refused"
    LIPSYNC_DENIED = "lipsync_denied"
    ORDER_UNANSWERED = "order_unanswered"
    OVER_BUDGET = "over_budget"
    AWAITING_CANARY = "awaiting_canary"
    NOT_BEFORE = "not_before"
    SOURCE_CHANGED = "source_changed"
    GLOSSARY_CHANGED = "glossary_changed"
    NEW_SUBTITLES = "new_subtitles"
    SESSION_FOUND = "session_found"
    SESSION_DENIED = "session_denied"
    SESSION_LOST = "session_lost"
    SESSION_FAILED = "session_failed"
    SESSION_UNUSABLE = "session_unusable"
    SESSION_UNRENDERED = "session_unrendered"
    TEXT_LOST = "text_lost"
    PROOFREADING = "proofreading"
    TEXT_READY = "text_ready"
    AWAITING_REVIEW = "awaiting_review"
    TEXT_MISTAKEN = "text_mistaken"
    NEEDS_RE_REVIEW = "needs_re_review"


class SessionStep(Enum):
    """What a proofread session has to do with an action."""

    CREATE = "create"
    AWAIT = "await"
    USE = "use"
