"""The account's proofread sessions: subtitles that are corrected before the render.

Source: docs/vendor/behaviour.md, "Proofread sessions" and "Money".
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from heygen_localize.sandbox.account.assets import Assets
from heygen_localize.sandbox.account.collection import Orders
from heygen_localize.sandbox.account.context import AccountContext
from heygen_localize.sandbox.account.jobs import Translations, download_failure
from heygen_localize.sandbox.contract.document import language_code
from heygen_localize.sandbox.errors import invalid
from heygen_localize.sandbox.media.transcripts import Cue, as_srt, cues_of, other_cues
from heygen_localize.sandbox.records import Job, ProofreadNote, Session


@dataclass(frozen=True)
class SessionFaults:
    """What faults make of the sessions of one request.

    Attributes:
        failure_message: Makes them fail with it when their time is up.
        other_cues: As `Session.other_cues`.
        unseen_seconds: Assets completed less long ago are not found.
    """

    failure_message: str | None = None
    other_cues: float | None = None
    unseen_seconds: float = 0


def _read(job_ids: list[str], **fields: Any) -> Session:
    return Session(job_ids=tuple(job_ids), **fields)


class Proofreads(Orders[Session]):
    """The proofread sessions of one account.

    Args:
        context: The account.
        translations: Its jobs, which sessions become.
        assets: Its assets.
    """

    def __init__(self, context: AccountContext, translations: Translations, assets: Assets) -> None:
        super().__init__(context, "session", _read, "Proofread session")
        self._translations = translations
        self._assets = assets

    def create(self, order: Mapping[str, Any], faults: SessionFaults) -> list[Session]:
        """Make one session for each language of an order, or none at all.

        Args:
            order: A request body that was checked.
            faults: What faults make of them.

        Raises:
            Refusal: 404 or 400 for an asset that will not do; 402 if the
                balance is too low.
        """
        self._assets.check_order(order, faults.unseen_seconds)
        with self._store.transaction():
            languages = order["output_languages"]
            self._check_balance(len(languages) * self._price())
            return [self._add(order, name, faults) for name in languages]

    def _price(self) -> float:
        return self._settings.job_seconds * self._settings.rates.proofread

    def _add(self, order: Mapping[str, Any], language: str, faults: SessionFaults) -> Session:
        now, seconds = self._now(), self._settings.proofread_seconds
        if seconds is None:
            seconds = self._settings.render_seconds / 2
        unreachable = download_failure(order)
        return self.put(
            Session(
                id=f"pr_{secrets.token_hex(6)}-{language_code(language)}",
                language=language,
                order=order,
                source=self._source(order["video"]),
                created_at=now,
                finished_at=now + (seconds if unreachable is None else 0.0),
                expires_at=now + self._settings.session_seconds,
                price=self._price(),
                failure_message=unreachable or faults.failure_message,
                other_cues=faults.other_cues,
            )
        )

    def _source(self, video: Mapping[str, str]) -> str:
        # The same file says the same, though it be uploaded twice.
        asset = self._assets.find(video.get("asset_id", ""))
        if asset is not None and asset.sha256 is not None:
            return asset.sha256
        return video["url"] if "url" in video else video["asset_id"]

    def check_completed(self, session: Session) -> Session:
        """Return a session whose subtitles are there.

        Raises:
            Refusal: 400 if they are not.
        """
        now = self._now()
        if not session.completed_at(now):
            message = f"The proofread session is {session.status_at(now).value}, not completed."
            raise invalid("proofread_id", message)
        return session

    def file_session(self, session_id: str) -> Session:
        """Return a session whose subtitles are at the file host, where they outlive it.

        Raises:
            Refusal: 404 if there is none; 400 if it is not completed.
        """
        session = self.find(session_id)
        if session is None or session.deleted_at is not None:
            raise self.missing(session_id)
        return self.check_completed(session)

    def _cues(self, session: Session) -> list[Cue]:
        cues = cues_of(session.source, self._settings.job_seconds)
        return cues if session.other_cues is None else other_cues(cues, session.other_cues)

    def original_text(self, session: Session) -> str:
        """Return the transcript of the source, as SRT in English."""
        return as_srt(self._cues(session))

    def text(self, session: Session) -> str:
        """Return the subtitles that a session would be rendered from now, as SRT."""
        if session.text is not None:
            return session.text
        return as_srt(self._cues(session), session.language)

    def put_text(
        self, session: Session, srt: Mapping[str, str], unseen_seconds: float = 0
    ) -> Session:
        """Put uploaded subtitles in place of those that a session has.

        Args:
            session: A completed session.
            srt: The ``srt`` of a request body that was checked. What is not an
                asset of the sandbox cannot be read, and changes nothing.
            unseen_seconds: As for `Assets.get`.

        Raises:
            Refusal: 404 or 400 for an asset that will not do.
        """
        self._assets.check_named({"srt": srt}, unseen_seconds)
        asset = self._assets.find(srt.get("asset_id", ""))
        if asset is None:
            return session
        try:
            text = self._assets.path(asset).read_bytes().decode("utf-8")
        except UnicodeDecodeError:
            raise invalid("srt", "The subtitles must be UTF-8.") from None
        return self.update(session.id, text=text)

    def generate(
        self, session: Session, options: Mapping[str, Any], failure_message: str | None
    ) -> Job:
        """Make a job that is rendered from the subtitles of a completed session.

        Args:
            session: The session.
            options: A request body that was checked.
            failure_message: Makes the job fail with it when its time is up.

        Raises:
            Refusal: As `Translations.create`.
        """
        text = self.text(session)
        marks = {name: value for name, value in options.items() if name != "captions"}
        order = {
            **session.order,
            "output_languages": [session.language],
            "enable_caption": options.get("captions", False),
            **marks,
            "proofread_id": session.id,
            "srt_text": text,
            "srt_sha256": hashlib.sha256(text.encode()).hexdigest(),
        }
        with self._store.transaction():
            (job,) = self._translations.create(order, failure_message)
            self.update(session.id, job_ids=(*session.job_ids, job.id))
        return job

    def notes(self) -> list[ProofreadNote]:
        """Return every session ever made, the oldest first, as it is now."""
        now = self._now()
        return [
            ProofreadNote(
                id=session.id,
                language=session.language,
                title=session.order["title"],
                status=session.status_at(now),
                failure_message=session.failure_at(now),
                created_at=session.created_at,
                expired=now >= session.expires_at,
                body=session.order,
                text=self.text(session) if session.completed_at(now) else None,
                job_ids=session.job_ids,
                deleted=session.deleted_at is not None,
            )
            for session in self.everything()
        ]
