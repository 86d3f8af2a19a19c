"""What a target's review and its session are to each other, and a session that was paid for."""

from __future__ import annotations

from dataclasses import replace

from heygen_localize.core.lock import LockedSession
from heygen_localize.core.proofread import Proofread, SessionStatus
from heygen_localize.planning.plan import Action

EXPIRED = "proofread_expired"
"""The code of problems that tell so; what expires while people take their time is not in vain."""


def paid_for(
    action: Action, proofread_id: str, known: LockedSession | None, now: int
) -> LockedSession:
    """Return an action's session that was just ordered, after the one that is `known`.

    One that was in vain counts as an attempt. `now` in seconds since 1970.
    """
    review = review_of(action)
    made = LockedSession(
        review.session,
        proofread_id,
        SessionStatus.PROCESSING,
        created_at=now,
        approved=review.approved,
    )
    if known is None or known.fingerprint != review.session:
        return made
    counts = known.in_vain(review.approved) and not action.afresh
    attempts = known.attempts + 1 if counts else 1
    return replace(made, attempts=attempts, earlier=known.cues or known.earlier)


def unrendered(review: Proofread, known: LockedSession, told: str) -> LockedSession:
    """Return a session whose render came to nothing in this run, with what was `told`."""
    return replace(known, approved=review.approved, failure_message=told)


def review_of(action: Action) -> Proofread:
    """Return how the target of an action is reviewed."""
    assert action.target is not None  # noqa: S101 - sessions are of targets with a review
    assert action.target.proofread is not None  # noqa: S101 - likewise
    return action.target.proofread


def fits(action: Action, session: LockedSession | None) -> bool:
    """Tell whether a reviewed text has the cues of a session."""
    text = review_of(action).text
    return text is not None and session is not None and text.cues == session.cues
