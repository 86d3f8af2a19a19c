"""The account's proofread sessions: subtitles that are corrected before the render.

It knows nothing of HTTP; what it refuses, it refuses with a `Refusal`.
Source: docs/vendor/behaviour.md, "Proofread sessions" and "Money".
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from heygen_localize.sandbox.account.assets import Assets
from heygen_localize.sandbox.account.jobs import Machine, download_failure
from heygen_localize.sandbox.account.store import Store
from heygen_localize.sandbox.errors import Refusal, invalid, no_credit, not_found
from heygen_localize.sandbox.languages import language_code
from heygen_localize.sandbox.media.transcripts import Cue, as_srt, cues_of, other_cues
from heygen_localize.sandbox.proofread_records import ProofreadNote, ProofreadStatus, Session
from heygen_localize.sandbox.records import Job
from heygen_localize.sandbox.settings import SandboxSettings


def _no_session(session_id: str) -> Refusal:
    return not_found(f"Proofread session '{session_id}'")


@dataclass(frozen=True)
class Fate:
    """What faults make of the sessions of one request.

    Attributes:
        failure_message: Makes them fail with it when their time is up.
        other_cues: As `Session.other_cues`.
        unseen_seconds: Assets completed less long ago are not found.
    """

    failure_message: str | None = None
    other_cues: float | None = None
    unseen_seconds: float = 0


class Proofreads:
    """The proofread sessions of one account.

    Args:
        store: Where they are noted.
        machine: The account, which makes jobs of them.
        assets: Its assets.
        settings: How the account and the renderer are.
    """

    def __init__(
        self, store: Store, machine: Machine, assets: Assets, settings: SandboxSettings
    ) -> None:
        self._store = store
        self._machine = machine
        self._assets = assets
        self._settings = settings
        machine.charge_for(self._charged_by)

    def _charged_by(self, now: float) -> float:
        done = ProofreadStatus.COMPLETED
        sessions = self._store.sessions()
        return sum(session.price for session in sessions if session.status_at(now) is done)

    def create(self, order: Mapping[str, Any], fate: Fate) -> list[Session]:
        """Makes one session for each language of an order, or none at all.

        Args:
            order: A request body that was checked.
            fate: What faults make of them.

        Raises:
            Refusal: 404 or 400 for an asset that will not do; 402 if the
                balance is too low.
        """
        self._assets.check_order(order, fate.unseen_seconds)
        with self._store.transaction():
            languages = order["output_languages"]
            if not self._machine.pays(len(languages) * self._price()):
                raise no_credit()
            return [self._add(order, name, fate) for name in languages]

    def _price(self) -> float:
        return self._settings.job_seconds * self._settings.rates.proofread

    def _add(self, order: Mapping[str, Any], language: str, fate: Fate) -> Session:
        now, seconds = self._machine.now(), self._settings.proofread_seconds
        if seconds is None:
            seconds = self._settings.render_seconds / 2
        failure_message = download_failure(order)
        if failure_message is not None:
            seconds = 0.0
        count = len(self._store.sessions())
        unique = hashlib.sha256(f"{self._machine.secret}:session:{count}".encode()).hexdigest()
        session = Session(
            id=f"pr_{unique[:12]}-{language_code(language)}",
            language=language,
            order=order,
            source=self._source(order["video"]),
            created_at=now,
            finished_at=now + seconds,
            expires_at=now + self._settings.session_seconds,
            price=self._price(),
            failure_message=failure_message or fate.failure_message,
            other_cues=fate.other_cues,
        )
        self._store.save_session(session)
        return session

    def _source(self, video: Mapping[str, str]) -> str:
        # The same file says the same, though it be uploaded twice.
        asset = self._store.asset(video.get("asset_id", ""))
        if asset is not None and asset.sha256 is not None:
            return asset.sha256
        return video["url"] if "url" in video else video["asset_id"]

    def session(self, session_id: str, unseen_seconds: float = 0) -> Session:
        """Gives a session that has not expired.

        Args:
            session_id: Which session.
            unseen_seconds: A session younger than this is not there yet.

        Raises:
            Refusal: 404 if there is none.
        """
        session, now = self._known(session_id), self._machine.now()
        if session.expired_at(now) or now - session.created_at < unseen_seconds:
            raise _no_session(session_id)
        return session

    def _known(self, session_id: str) -> Session:
        session = self._store.session(session_id)
        if session is None or session.deleted:
            raise _no_session(session_id)
        return session

    def all(self) -> list[Session]:
        """Return every session that has neither expired nor been deleted, the newest first."""
        now = self._machine.now()
        sessions = reversed(self._store.sessions())
        return [item for item in sessions if not item.deleted and not item.expired_at(now)]

    def delete(self, session_id: str) -> None:
        """Take a session away; what it cost and what was generated from it stay.

        Raises:
            Refusal: 404 if there is none, or it has expired.
        """
        with self._store.transaction():
            self._store.save_session(replace(self.session(session_id), deleted=True))

    def completed(self, session: Session) -> Session:
        """Gives a session back if its subtitles are there.

        Raises:
            Refusal: 400 if they are not.
        """
        status = session.status_at(self._machine.now())
        if status is not ProofreadStatus.COMPLETED:
            told = f"The proofread session is {status.value}, not completed."
            raise invalid("proofread_id", told)
        return session

    def file_session(self, session_id: str) -> Session:
        """Gives a session whose subtitles are at the file host, where they outlive it.

        Raises:
            Refusal: 404 if there is none; 400 if it is not completed.
        """
        return self.completed(self._known(session_id))

    def _cues(self, session: Session) -> list[Cue]:
        cues = cues_of(session.source, self._settings.job_seconds)
        return cues if session.other_cues is None else other_cues(cues, session.other_cues)

    def original_text(self, session: Session) -> str:
        """Gives the transcript of the source, as SRT in English."""
        return as_srt(self._cues(session))

    def text(self, session: Session) -> str:
        """Gives the subtitles that a session would be rendered from now, as SRT."""
        if session.text is not None:
            return session.text
        return as_srt(self._cues(session), session.language)

    def put_text(
        self, session: Session, srt: Mapping[str, str], unseen_seconds: float = 0
    ) -> Session:
        """Puts uploaded subtitles in place of those that a session has.

        Args:
            session: A completed session.
            srt: The ``srt`` of a request body that was checked. What is not an
                asset of the sandbox cannot be read, and changes nothing.
            unseen_seconds: As for `Assets.asset`.

        Raises:
            Refusal: 404 or 400 for an asset that will not do.
        """
        self._assets.check_named({"srt": srt}, unseen_seconds)
        asset = self._store.asset(srt.get("asset_id", ""))
        if asset is None:
            return session
        try:
            text = self._assets.path(asset).read_bytes().decode("utf-8")
        except UnicodeDecodeError:
            raise invalid("srt", "The subtitles must be UTF-8.") from None
        edited = replace(session, text=text)
        self._store.save_session(edited)
        return edited

    def generate(
        self, session: Session, wishes: Mapping[str, Any], failure_message: str | None
    ) -> Job:
        """Makes a job that is rendered from the subtitles of a completed session.

        Args:
            session: The session.
            wishes: A request body that was checked.
            failure_message: Makes the job fail with it when its time is up.

        Raises:
            Refusal: As `Machine.create`.
        """
        text = self.text(session)
        captions = {"enable_caption": wishes.get("captions", False)}
        rendered_from = {
            "proofread_id": session.id,
            "srt_text": text,
            "srt_sha256": hashlib.sha256(text.encode()).hexdigest(),
        }
        marks = {name: value for name, value in wishes.items() if name != "captions"}
        language = {"output_languages": [session.language]}
        order = {**session.order, **language, **captions, **marks, **rendered_from}
        with self._store.transaction():
            (job,) = self._machine.create(order, failure_message)
            self._store.save_session(replace(session, job_ids=(*session.job_ids, job.id)))
        return job

    def expire(self, session_id: str) -> None:
        """Makes a session expire now.

        Raises:
            Refusal: 404 if there is none, or it has expired.
        """
        with self._store.transaction():
            session = self.session(session_id)
            self._store.save_session(replace(session, expires_at=self._machine.now()))

    def fail(self, session_id: str, message: str) -> None:
        """Makes a session fail now; one that had completed is no longer charged.

        Raises:
            Refusal: 404 if there is none, or it has expired.
        """
        with self._store.transaction():
            session = self.session(session_id)
            ended = min(session.finished_at, self._machine.now())
            failed = replace(session, finished_at=ended, failure_message=message)
            self._store.save_session(failed)

    def notes(self) -> list[ProofreadNote]:
        """Gives every session ever made, the oldest first, as it is now."""
        return [self._note(session) for session in self._store.sessions()]

    def _note(self, session: Session) -> ProofreadNote:
        now = self._machine.now()
        status = session.status_at(now)
        failed, completed = ProofreadStatus.FAILED, ProofreadStatus.COMPLETED
        return ProofreadNote(
            id=session.id,
            language=session.language,
            title=session.order["title"],
            status=status,
            failure_message=session.failure_message if status is failed else None,
            created_at=session.created_at,
            expired=session.expired_at(now),
            body=session.order,
            text=self.text(session) if status is completed else None,
            job_ids=session.job_ids,
            deleted=session.deleted,
        )
