"""Proofread sessions under way, and their texts on the way into the repository."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from heygen_localize.core.errors import Diagnostic, SubtitleError, TextError
from heygen_localize.core.lock import LockedSession
from heygen_localize.core.proofread import Proofread, SessionStatus
from heygen_localize.core.sessions import Session
from heygen_localize.core.text import NO_REASON, subtitle_bytes
from heygen_localize.heygen.errors import PROOFREADING_HINT, ApiError
from heygen_localize.heygen.session_texts import fetched
from heygen_localize.operations.apply.context import RunContext
from heygen_localize.operations.apply.tracker import RunTracker
from heygen_localize.operations.events import EventKind
from heygen_localize.planning.blocking import used_up
from heygen_localize.planning.plan import Order, SessionOrder
from heygen_localize.planning.proofread import unseen
from heygen_localize.planning.reasons import SessionStep
from heygen_localize.planning.results import refused
from heygen_localize.project.subtitle_files import MachineTexts, write_text
from heygen_localize.subtitles import as_subrip, cues_digest, read
from heygen_localize.system.causes import cause_of

_SESSION_TIMEOUT = 600.0
"""Seconds of nothing but failures after which a session is left to the next run."""

EXPIRED = "proofread_expired"
"""The code of problems that tell so; what expires while people take their time is not in vain."""

_GOES_ON = "localize apply goes on from here; nothing is ordered twice"


class _Followed(Struct):
    """A session that is waited for; `untaken` is why its text, which is there, was not had."""

    action: SessionOrder
    failing_since: float | None = None
    untaken: str | None = None


class ProofreadRunner:
    """Follows sessions to their end, and says which renders have to wait for that.

    `interval` is the pause between two looks, in seconds; `next_at` the moment of the run's
    clock at which to look again.
    """

    def __init__(
        self, context: RunContext, tracker: RunTracker, manifest: Path, interval: float
    ) -> None:
        self._context, self._tracker = context, tracker
        self._manifest, self._interval = manifest, interval
        self._client, self._recorder, self._clock = context.client, context.recorder, context.clock
        self._machines = MachineTexts(manifest)
        self._followed: dict[str, _Followed] = {}
        self._lost: set[str] = set()
        self._made: set[str] = set()
        self.next_at = self._clock.monotonic()
        self.in_review: set[str] = set()

    @property
    def waiting(self) -> tuple[str, ...]:
        """Addresses whose sessions have not ended."""
        return tuple(sorted(self._followed))

    def follow(self, action: SessionOrder) -> None:
        """Wait for a session that was ordered."""
        self._followed[action.address] = _Followed(action)

    def holds(self, action: Order) -> bool:
        """Return whether a target cannot be rendered yet: its session is not ready."""
        if not isinstance(action, SessionOrder) or action.session is SessionStep.USE:
            return False
        if action.session is SessionStep.CREATE and action.address not in self._made:
            return True  # what the lock has is the session before
        session = self._recorder.sessions.get(action.address)
        ready = session is not None and session.cues is not None
        return action.address in self._followed or not ready or not fits(action, session)

    def ordered(self, action: SessionOrder, proofread_id: str) -> None:
        """Write down a session that was paid for, at once."""
        known = self._recorder.sessions.get(action.address)
        session = paid_for(action, proofread_id, known, int(self._clock.now()))
        with self._context.interruption.shielded():
            self._recorder.record_session(action.address, session)
        self._made.add(action.address)
        self._tracker.tell(EventKind.PROPOSED, action.address, proofread_id)
        self.follow(action)
        self.next_at = self._clock.monotonic() + self._interval

    def poll(self) -> tuple[str, ...]:
        """Look after every session once; return the targets whose sessions came to nothing.

        Raises:
            ApiFailure: the key is not accepted.
            LockfileError: the lockfile cannot be written.
        """
        self.next_at = self._clock.monotonic() + self._interval
        self._lost.clear()
        for _, followed in sorted(self._followed.items()):
            self._look_after(followed)
        return tuple(sorted(self._lost))

    def end(self) -> None:
        """Tell of the texts that are there and could not be had: waiting would not bring them."""
        for followed in tuple(self._followed.values()):
            if followed.untaken is not None:
                self._give_up(followed, "proofread_text", followed.untaken, _GOES_ON)

    def _look_after(self, followed: _Followed) -> None:
        address = followed.action.address
        try:
            self._take(
                followed, self._client.session(self._recorder.sessions[address].proofread_id)
            )
        except ApiError as failure:
            if failure.refuses_account:
                raise
            if failure.denied:
                told = f"its proofread session is denied: {failure}"
                self._give_up(followed, "proofread_denied", told, PROOFREADING_HINT)
                return
            self._hear_nothing(followed, f"its session's status is not known: {failure}")
        else:
            followed.failing_since = None

    def _hear_nothing(self, followed: _Followed, told: str) -> None:
        now = self._clock.monotonic()
        if followed.failing_since is None:
            followed.failing_since = now
        if now - followed.failing_since >= _SESSION_TIMEOUT:
            self._give_up(followed, "proofread_silent", told, _GOES_ON)
        else:
            self._tracker.note(f"{followed.action.address}: {told}")

    def _take(self, followed: _Followed, session: Session | None) -> None:
        address = followed.action.address
        if session is None:
            if not unseen(self._recorder.sessions[address], self._clock.now()):
                told = "its proofread session has expired"
                hint = self._what_next(followed, "localize apply makes another")
                self._give_up(followed, EXPIRED, told, hint)
            return
        if session.status is SessionStatus.PROCESSING:
            return
        known = replace(
            self._recorder.sessions[address],
            status=session.status,
            created_at=session.created_at or self._recorder.sessions[address].created_at,
            failure_message=session.failure_message,
        )
        if session.status is SessionStatus.FAILED:
            self._recorder.record_session(address, known)
            told = session.failure_message or NO_REASON
            hint = self._what_next(followed, "localize apply tries it again")
            self._give_up(followed, "proofread_failed", told, hint)
            return
        self._try_to_fetch(followed, known)

    def _try_to_fetch(self, followed: _Followed, known: LockedSession) -> None:
        """Take a finished session's text; where it cannot be had, keep why."""
        address = followed.action.address
        try:
            self._fetch(followed, known)
        except SubtitleError as error:
            line = error.first.where.line
            where = f"line {line}: " if line is not None else ""
            reason = f"{where}{error.first.message}"
            self._recorder.record_session(address, replace(known, unusable=reason))
            told = f"its text cannot be taken: {reason}"
            asks = "localize apply asks for it again, and for another once that session is over"
            hint = self._what_next(followed, asks)
            self._give_up(followed, "proofread_text", told, hint)
        except (TextError, OSError) as error:
            told = f"its text cannot be taken: {cause_of(error)}"
            self._keep_untaken(address, known, told)
            self._give_up(followed, "proofread_text", told, "fix that, then localize apply again")
        except ApiError as failure:
            if failure.refuses_account:
                raise
            followed.untaken = f"its text cannot be taken: {failure}"
            self._keep_untaken(address, known, followed.untaken)
            raise

    def _keep_untaken(self, address: str, known: LockedSession, told: str) -> None:
        kept = replace(known, failure_message=told)
        if kept != self._recorder.sessions[address]:
            self._recorder.record_session(address, kept)

    def _what_next(self, followed: _Followed, usual: str) -> str | None:
        """Return the hint for a session that came to nothing: another is not always ordered."""
        session = self._recorder.sessions[followed.action.address]
        if session.attempts < self._tracker.max_attempts:
            return usual
        return used_up(session, failed=session.status is SessionStatus.FAILED)[1].hint

    def _give_up(self, followed: _Followed, code: str, message: str, hint: str | None) -> None:
        del self._followed[followed.action.address]
        self._lost.add(followed.action.address)
        self._tracker.fail(refused(followed.action.target, Diagnostic(code, message, hint=hint)))

    def _fetch(self, followed: _Followed, session: LockedSession) -> None:
        """Bring a finished session's texts to the disk, and see whether the target may go on."""
        action = followed.action
        review, links = action.review, self._client.subtitles(session.proofread_id)
        web, manifest = self._context.web, self._manifest
        machine = as_subrip(subtitle_bytes(fetched(web, links.text)))
        cues = cues_digest(read(machine))
        source = links.source and self._transcript(followed, links.source)
        session = replace(session, machine=self._machines.keep(machine), cues=cues, unusable=None)
        if source:
            write_text(manifest, review.source_path, source)
        # Once the text is there the session is not fetched again until it is approved.
        self._recorder.record_session(action.address, session)
        written = review.text is None and write_text(manifest, review.path, machine)
        del self._followed[action.address]
        if not action.orders:
            self.in_review.add(action.address)
            told = review.path if written else f"{review.path} (left as it is)"
            self._tracker.tell(EventKind.IN_REVIEW, action.address, None, told)
        elif not fits(action, session):
            self._lost.add(action.address)
            hint = f"see localize proofread diff {action.address}, then approve the text again"
            told = f"the new session of {review.path} has other cues than the reviewed text"
            self._tracker.fail(
                refused(action.target, Diagnostic("needs_re_review", told, hint=hint))
            )

    def _transcript(self, followed: _Followed, url: str) -> bytes | None:
        """Fetch the source's transcript; None where the text would be lost in waiting for it."""
        since, now = followed.failing_since, self._clock.monotonic()
        try:
            return subtitle_bytes(fetched(self._context.web, url))
        except ApiError as failure:
            if since is None or now - since < _SESSION_TIMEOUT / 2:
                raise
            self._tracker.note(f"{followed.action.address}: it has no transcript: {failure}")
            return None


def paid_for(
    action: SessionOrder, proofread_id: str, known: LockedSession | None, now: int
) -> LockedSession:
    """Return an action's session that was just ordered, after the one that is `known`.

    One that was in vain counts as an attempt. `now` in seconds since 1970.
    """
    review = action.review
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


def fits(action: SessionOrder, session: LockedSession | None) -> bool:
    """Return whether a reviewed text has the cues of a session."""
    text = action.review.text
    return text is not None and session is not None and text.cues == session.cues
