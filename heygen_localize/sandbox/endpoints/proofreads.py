"""The endpoints about proofread sessions: from a checked call to an answer."""

from __future__ import annotations

from typing import Any

from werkzeug.wrappers import Response

from heygen_localize.sandbox.account.proofreads import SessionFaults
from heygen_localize.sandbox.endpoints.resource import Handlers, resource, signed_file
from heygen_localize.sandbox.http.responses import success
from heygen_localize.sandbox.http.routing import Call
from heygen_localize.sandbox.media.files import Padded, ServedFile, short_hash
from heygen_localize.sandbox.media.outputs import MEDIA_TYPES, MediaFile
from heygen_localize.sandbox.profile import Account
from heygen_localize.sandbox.records import ProofreadStatus, Session

# The names of the two files at the file host.
_TEXT, _ORIGINAL = "subtitles.srt", "original.srt"
# What every transcript is in.
_INPUT_LANGUAGE = "English"


class ProofreadEndpoints:
    """Answers calls about proofread sessions.

    Args:
        account: The account that they are about.
    """

    def __init__(self, account: Account) -> None:
        self._account = account
        self._proofreads = account.proofreads
        prefix = "videoTranslateProofreads"
        self.handlers: Handlers = {
            **resource(account, prefix, self._proofreads, self._fields),
            f"{prefix}Create": self._create,
            f"{prefix}SrtGet": self._subtitles,
            f"{prefix}SrtUpdate": self._put,
            f"{prefix}Generate": self._generate,
            "proofread_file": self._file,
        }

    def _create(self, call: Call) -> Response:
        faults = call.faults
        split = faults.seconds("other_cues") if "other_cues" in faults else None
        lag = faults.seconds("asset_lag")
        outcome = SessionFaults(faults.text("fail_proofread"), split, lag)
        ids = [session.id for session in self._proofreads.create(call.body, outcome)]
        return success({"proofread_ids": ids, "status": ProofreadStatus.PROCESSING.value})

    def _completed(self, call: Call) -> Session:
        session = self._proofreads.get(call.id, call.faults.seconds("get_lag"))
        return self._proofreads.check_completed(session)

    def _subtitles(self, call: Call) -> Response:
        session = self._completed(call)
        urls = {"srt_url": _TEXT, "original_srt_url": _ORIGINAL}
        return success(
            {
                field: self._account.url(call, f"/proofreads/{session.id}/{name}")
                for field, name in urls.items()
            }
        )

    def _put(self, call: Call) -> Response:
        session, lag = self._completed(call), call.faults.seconds("asset_lag")
        edited = self._proofreads.put_text(session, call.body["srt"], lag)
        return success(self._fields(call, edited))

    def _generate(self, call: Call) -> Response:
        failure = call.faults.text("fail_job")
        job = self._proofreads.generate(self._completed(call), call.body, failure)
        return success({"video_translation_id": job.id, "status": ProofreadStatus.PROCESSING.value})

    def _file(self, call: Call) -> Response:
        def find() -> ServedFile:
            session = self._proofreads.file_session(call.id)
            edited = call.route.arguments["name"] == _TEXT
            read = self._proofreads.text if edited else self._proofreads.original_text
            text = read(session) + "\n" * self._account.file_version(call)
            return ServedFile(Padded(text.encode()), MEDIA_TYPES[MediaFile.SRT], short_hash(text))

        return signed_file(call, self._account, find)

    def _fields(self, _: Call, session: Session) -> dict[str, Any]:
        now = self._account.now()
        return {
            "id": session.id,
            "status": session.status_at(now).value,
            "title": session.order["title"],
            "input_language": _INPUT_LANGUAGE if session.completed_at(now) else None,
            "output_language": session.language,
            "created_at": int(session.created_at),
            "failure_message": session.failure_at(now),
            "submitted_for_review": False,
        }
