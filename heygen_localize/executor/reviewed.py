"""What a target's review and its session are to each other, and a session that was paid for."""

from __future__ import annotations

from heygen_localize.actions import Action
from heygen_localize.lock import LockedSession
from heygen_localize.review import Proofread, SessionStatus


def paid_for(
    review: Proofread, proofread_id: str, known: LockedSession | None, now: int
) -> LockedSession:
    """Return a session that was just ordered, after the one that is `known`.

    One that brought no text counts as an attempt. `now` in seconds since 1970.
    """
    if known is None or known.fingerprint != review.session:
        return LockedSession(review.session, proofread_id, SessionStatus.PROCESSING, created_at=now)
    return LockedSession(
        review.session,
        proofread_id,
        SessionStatus.PROCESSING,
        attempts=1 if known.cues else known.attempts + 1,
        created_at=now,
        earlier=known.cues or known.earlier,
    )


def review_of(action: Action) -> Proofread:
    """Return how the target of an action is reviewed."""
    assert action.target is not None  # noqa: S101 - sessions are of targets with a review
    assert action.target.proofread is not None  # noqa: S101 - likewise
    return action.target.proofread


def fits(action: Action, session: LockedSession | None) -> bool:
    """Tell whether a reviewed text has the cues of a session."""
    text = review_of(action).text
    return text is not None and session is not None and text.cues == session.cues
