"""Which of the account's proofread sessions a target has that its lockfile lacks. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from heygen_localize.core.fingerprint import Mark
from heygen_localize.core.lock import LockedSession
from heygen_localize.core.model import Target
from heygen_localize.core.proofread import SessionStatus
from heygen_localize.core.sessions import Session, title_mark
from heygen_localize.planning.candidates import age


def sessions_of(
    target: Target, sessions: Iterable[Session], formerly: Collection[str] = ()
) -> tuple[Session, ...]:
    """Return the sessions that are a target's: by their mark, and by their language.

    `formerly` are earlier names of the project.
    """
    if target.proofread is None:
        return ()
    names = (target.mark.project, *formerly)
    marks = {title_mark(Mark.of(name, target.proofread.session)) for name in names}
    return tuple(item for item in sessions if item.title_mark in marks and item.may_be(target))


def found_session(
    target: Target,
    known: LockedSession | None,
    sessions: Collection[Session],
    gone: Collection[str] = (),
) -> LockedSession | None:
    """Return the session to count on in place of the one `known`; None where there is no other.

    A completed one goes before one in progress, and of those the oldest; of failed ones the
    newest, after which the next order's key follows. Each failed one was an attempt.

    Args:
        target: Whose session is looked for.
        known: What the lock has.
        sessions: Those that are the target's.
        gone: Ids that HeyGen no longer knows.
    """
    review = target.proofread
    there = [item for item in sessions if item.id not in gone]
    failed = [item for item in there if item.status is SessionStatus.FAILED]
    if known is not None and (review is None or known.fingerprint != review.session):
        known = None
    held = known.proofread_id if known is not None else None
    live = [item for item in there if item.status is not SessionStatus.FAILED and item.id != held]
    chosen = min(live, key=_turn) if live else max(failed, key=age, default=None)
    if review is None or chosen is None or chosen.id == held:
        return None
    passed = known is not None and known.in_vain(review.approved)
    before = max(len(failed), known.attempts if known is not None and passed else 0)
    return LockedSession(
        review.session,
        chosen.id,
        chosen.status,
        attempts=before + 1 if live else before,
        created_at=chosen.created_at,
        failure_message=chosen.failure_message,
        earlier=(known.cues or known.earlier) if known is not None else None,
    )


def _turn(session: Session) -> tuple[bool, tuple[float, str]]:
    return session.status is not SessionStatus.COMPLETED, age(session)
