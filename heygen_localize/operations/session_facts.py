"""What the account says of the proofread sessions that a prune may delete."""

from __future__ import annotations

from dataclasses import replace

from heygen_localize.core.errors import Problem
from heygen_localize.core.proofread import SessionStatus
from heygen_localize.core.sessions import Seen, Session
from heygen_localize.heygen.client import Client
from heygen_localize.heygen.errors import ApiError
from heygen_localize.planning.prune import PrunableSession, PruneKind, SessionPrunes
from heygen_localize.planning.session_survey import SessionSurvey


def look_at_sessions(client: Client, survey: SessionSurvey, now: float) -> SessionPrunes:
    """List the account's sessions, and ask by their ids for those that may be deleted.

    Where they cannot be listed whole or asked for, none is deleted, and the result says why.
    `now` in seconds since 1970.

    Raises:
        AccountRefused: the key is not accepted.
    """
    if survey.idle:
        return SessionPrunes()
    listed = client.sessions()
    if not listed.whole:
        return SessionPrunes(unseen=listed.flaw or "HeyGen has no list of them here")
    seen = Seen({session.id: session for session in listed.sessions})
    asked: dict[str, Session | None] = {}
    for name in survey.to_ask(seen, now):
        failure = _ask(client, name, asked)
        # What is denied is denied of that session alone: it stays.
        if failure is not None and not failure.denied:
            return SessionPrunes(unseen=f"{name} could not be asked for: {failure}")
    return survey.prunes(replace(seen, asked=asked), now)


def _ask(client: Client, name: str, asked: dict[str, Session | None]) -> ApiError | None:
    """Note what the vendor says of a session; return why that was not to be had."""
    try:
        asked[name] = client.session(name)
    except ApiError as failure:
        if failure.refuses_account:
            raise
        return failure
    return None


def doubt_about(client: Client, item: PrunableSession) -> Problem | None:
    """Make sure by ids that a session is as it was, and what its targets count on is there.

    Return why that is not so.

    Raises:
        ApiFailure: no usable answer.
    """
    found = client.session(item.proofread_id)
    alive = found is not None and found.status is not item.status
    if alive or (found is not None and item.kind is PruneKind.EXPIRED):
        return _changed(f"{item.proofread_id} is not as it was any more")
    for name in item.stays:
        there = client.session(name)
        if there is None or there.status is not SessionStatus.COMPLETED:
            return _changed(f"{name}, which was to stay in its place, is not there as it was")
    return None


def _changed(told: str) -> Problem:
    hint = "run localize prune again: it looks at the account anew"
    return Problem("session_changed", told, hint=hint)
