"""Why nothing is ordered for a target although no job stands for it. Pure."""

from __future__ import annotations

from msgspec.structs import replace

from heygen_localize.core.errors import Diagnostic
from heygen_localize.core.job_kind import LIPSYNC_PREFIX, JobKind
from heygen_localize.core.lock import Lock, LockedSession
from heygen_localize.core.model import Listing, Target
from heygen_localize.core.proofread import Proofread
from heygen_localize.core.text import NO_REASON, pluralize
from heygen_localize.planning.candidates import Candidates
from heygen_localize.planning.reasons import Reason

CHANGE_OR_RETRY = "change the video or its options, or try again: localize apply --retry-failed"
REPLACE_PIN = "pin another one, or take job: out of the manifest to order it (this costs)"


def denied_job(target: Target, lock: Lock, listing: Listing) -> str | None:
    """Return a job that the lock has for a target's content and HeyGen does not show us.

    It may be there, and paid for: it is neither gone nor missing, whichever address has it.
    """
    if not listing.denied:
        return None
    jobs = (job for entry in lock.entries.values() for job in (entry.job, entry.serving))
    return next(
        (
            job.translation_id
            for job in jobs
            if job is not None
            and job.translation_id in listing.denied
            and target.is_of(job.fingerprint)
        ),
        None,
    )


def blocking_problem(
    target: Target, content: Candidates, listing: Listing, denied: str | None
) -> tuple[Reason, Diagnostic] | None:
    """Return what stands in the way of a target without a live job; `denied` is a job's id."""
    if content.pinned is not None:
        pinned = f"job {content.pinned}, pinned by the manifest,"
        if content.chosen is not None:
            message = f"{pinned} failed: {content.chosen.failure_message or NO_REASON}"
            return Reason.PIN_FAILED, Diagnostic("pinned_job_failed", message, hint=REPLACE_PIN)
        told = listing.denied.get(content.pinned)
        message = f"{pinned} was not found" if told is None else f"{pinned} is denied: {told}"
        hint = f"look at the id and the key; {REPLACE_PIN}"
        if target.kind is JobKind.LIPSYNC and JobKind.of(content.pinned) is not target.kind:
            hint = f"the id of a lip sync is written {LIPSYNC_PREFIX}{content.pinned}"
        return Reason.PIN_UNKNOWN, Diagnostic("pinned_job_unknown", message, hint=hint)
    if denied is not None:
        return Reason.JOB_DENIED, Diagnostic(
            "job_denied",
            f"job {denied} is in the lockfile, and HeyGen denies it: {listing.denied[denied]}",
            hint="is it of another account? localize doctor shows which one this is; localize "
            "forget lets go of the entry, and then apply orders it anew (this costs)",
        )
    return None


def to_review_again(target: Target, review: Proofread) -> Diagnostic:
    """Say that a text was written for other cues than its session has now."""
    return Diagnostic(
        "needs_re_review",
        f"the new session of {review.path} has other cues than the one that was reviewed",
        hint=f"see localize proofread diff {target.address}, bring the text to the new cues, "
        "and approve it again",
    )


def mistaken(target: Target, review: Proofread) -> Diagnostic:
    """Say why a text cannot be rendered from, in its own words where it has any."""
    if review.text is not None and review.text.mistakes:
        first, more = review.text.mistakes[0], len(review.text.mistakes) - 1
        rest = f" (and {more} more)" if more else ""
        return replace(first, message=f"{first.message}{rest}")
    return Diagnostic(
        "subtitles_times",
        f"{review.path} has other cues or times than HeyGen's version, which ruins the render",
        hint=f"localize proofread fix-times {target.address} restores them and keeps the text",
    )


def text_lost(target: Target, review: Proofread) -> Diagnostic:
    """Say that a text was had once, and neither it nor its session is there any more."""
    return Diagnostic(
        "subtitles_lost",
        f"{review.path} was written once and is missing, and its session has expired",
        target.where,
        "bring the file back, perhaps from the branch where it is reviewed, or have it made "
        "anew (this costs): localize apply --recreate",
    )


def used_up(session: LockedSession, *, failed: bool) -> tuple[Reason, Diagnostic]:
    """Say why no session is ordered any more after this one; `failed` where it did so itself."""
    times = pluralize(session.attempts, "time")
    if failed:
        said = session.failure_message or NO_REASON
        message = f"its proofread session failed {times}: {said}"
        return Reason.SESSION_FAILED, Diagnostic("proofread_failed", message, hint=CHANGE_OR_RETRY)
    paid = f"a proofread session was paid for {times}, and"
    if session.cues:
        said = session.failure_message or "it expired before its render could be ordered"
        return Reason.SESSION_UNRENDERED, Diagnostic(
            "proofread_unrendered",
            f"{paid} nothing was rendered from it: {said}",
            hint="fix the cause or change the text, have it rendered without (proofread: false), "
            "or try again (this may cost): localize apply --retry-failed",
        )
    said = session.unusable or session.failure_message or "it expired before its text was fetched"
    return Reason.SESSION_UNUSABLE, Diagnostic(
        "proofread_unusable",
        f"{paid} its text cannot be used: {said}",
        hint="have it rendered without (proofread: false), change the video or its options, or "
        "try again (this may cost): localize apply --retry-failed",
    )
