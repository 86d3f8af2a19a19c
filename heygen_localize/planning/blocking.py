"""Why nothing is ordered for a target although no job stands for it. Pure."""

from __future__ import annotations

from heygen_localize.core.errors import Problem
from heygen_localize.core.lock import Lock
from heygen_localize.core.model import Listing, Target
from heygen_localize.planning.candidates import Candidates
from heygen_localize.planning.plan import Reason

CHANGE_OR_RETRY = "change the video or its options, or try again: localize apply --retry-failed"
REPLACE_PIN = "pin another one, or take job: out of the manifest to order it (this costs)"


def denied_job(target: Target, lock: Lock, listing: Listing) -> str | None:
    """Return a job that the lock has for a target's content and the vendor does not show us.

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


def problem_of(
    content: Candidates, listing: Listing, denied: str | None, reason: Reason
) -> Problem | None:
    """Say what stands in the way of a blocked target, where its job does not tell."""
    if reason is Reason.JOB_DENIED and denied is not None:
        return Problem(
            reason.value,
            f"job {denied} is in the lockfile, and the vendor denies it: {listing.denied[denied]}",
            hint="is it of another account? localize doctor shows which one this is; localize "
            "forget lets go of the entry, and then apply orders it anew (this costs)",
        )
    if reason is Reason.PIN_FAILED:
        said = content.chosen.failure_message if content.chosen is not None else None
        message = (
            f"job {content.pinned}, pinned by the manifest, failed: {said or 'no reason given'}"
        )
        return Problem(reason.value, message, hint=REPLACE_PIN)
    if reason is Reason.PIN_UNKNOWN:
        message = f"job {content.pinned}, pinned by the manifest, was not found"
        told = listing.denied.get(content.pinned or "")
        if told is not None:
            message = f"job {content.pinned}, pinned by the manifest, is denied: {told}"
        return Problem(reason.value, message, hint=f"look at the id and the key; {REPLACE_PIN}")
    return None
