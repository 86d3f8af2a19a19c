"""Why nothing is ordered for a target whose subtitles people review. Pure."""

from __future__ import annotations

from dataclasses import replace

from heygen_localize.core.errors import Problem
from heygen_localize.core.lock import LockedSession
from heygen_localize.core.model import Target
from heygen_localize.core.proofread import Proofread
from heygen_localize.core.text import pluralize
from heygen_localize.planning.blocking import CHANGE_OR_RETRY
from heygen_localize.planning.plan import Reason


def to_review_again(target: Target, review: Proofread) -> Problem:
    """Say that a text was written for other cues than its session has now."""
    return Problem(
        "needs_re_review",
        f"the new session of {review.path} has other cues than the one that was reviewed",
        hint=f"see localize proofread diff {target.address}, bring the text to the new cues, "
        "and approve it again",
    )


def mistaken(target: Target, review: Proofread) -> Problem:
    """Say why a text cannot be rendered from, in its own words where it has any."""
    if review.text is not None and review.text.mistakes:
        first, more = review.text.mistakes[0], len(review.text.mistakes) - 1
        rest = f" (and {more} more)" if more else ""
        return replace(first, message=f"{first.message}{rest}")
    return Problem(
        "subtitles_times",
        f"{review.path} has other cues or times than the vendor's version, which ruins the render",
        hint=f"localize proofread fix-times {target.address} restores them and keeps the text",
    )


def text_lost(target: Target, review: Proofread) -> Problem:
    """Say that a text was had once, and neither it nor its session is there any more."""
    return Problem(
        "subtitles_lost",
        f"{review.path} was written once and is missing, and its session has expired",
        target.where,
        "bring the file back, perhaps from the branch where it is reviewed, or have it made "
        "anew (this costs): localize apply --recreate",
    )


def used_up(session: LockedSession, *, failed: bool) -> tuple[Reason, Problem]:
    """Say why no session is ordered any more after this one; `failed` where it did so itself."""
    times = pluralize(session.attempts, "time")
    if failed:
        said = session.failure_message or "no reason given"
        message = f"its proofread session failed {times}: {said}"
        return Reason.SESSION_FAILED, Problem("proofread_failed", message, hint=CHANGE_OR_RETRY)
    paid = f"a proofread session was paid for {times}, and"
    if session.cues:
        said = session.failure_message or "it expired before its render could be ordered"
        return Reason.SESSION_UNRENDERED, Problem(
            "proofread_unrendered",
            f"{paid} nothing was rendered from it: {said}",
            hint="mend the cause or change the text, have it rendered without (proofread: false), "
            "or try again (this may cost): localize apply --retry-failed",
        )
    said = session.unusable or session.failure_message or "it expired before its text was fetched"
    return Reason.SESSION_UNUSABLE, Problem(
        "proofread_unusable",
        f"{paid} its text cannot be used: {said}",
        hint="have it rendered without (proofread: false), change the video or its options, or "
        "try again (this may cost): localize apply --retry-failed",
    )
