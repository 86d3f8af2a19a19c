"""The endpoints about proofread sessions: from a checked call to an answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from heygen_localize.sandbox.account.jobs import Machine
from heygen_localize.sandbox.account.proofreads import Fate, Proofreads
from heygen_localize.sandbox.errors import Refusal
from heygen_localize.sandbox.http.pages import list_page
from heygen_localize.sandbox.http.responses import access_denied, success
from heygen_localize.sandbox.http.routing import Call
from heygen_localize.sandbox.http.signing import Signer, presigned_url
from heygen_localize.sandbox.media.files import Padded, ServedFile, serve, short_hash
from heygen_localize.sandbox.media.outputs import MEDIA_TYPES, MediaFile
from heygen_localize.sandbox.proofread_records import ProofreadStatus, Session
from heygen_localize.sandbox.settings import SandboxSettings

# The names of the two files at the file host.
_TEXT, _ORIGINAL = "subtitles.srt", "original.srt"
# What every transcript is in.
_INPUT_LANGUAGE = "English"


class ProofreadEndpoints:
    """Answers calls about proofread sessions.

    Args:
        proofreads: The sessions of the account.
        machine: The account.
        settings: How the sandbox is set.
        signer: Signs addresses.
        version: Gives how often faults have changed the file that a call asks for.
    """

    def __init__(
        self,
        proofreads: Proofreads,
        machine: Machine,
        settings: SandboxSettings,
        signer: Signer,
        version: Callable[[Call], int],
    ) -> None:
        self._proofreads = proofreads
        self._machine = machine
        self._settings = settings
        self._signer = signer
        self._version = version
        self.handlers: Mapping[str, Callable[[Call], Response]] = {
            "create_proofread": self._create,
            "list_proofreads": self._list,
            "get_proofread": self._get,
            "delete_proofread": self._delete,
            "get_subtitles": self._subtitles,
            "put_subtitles": self._put,
            "generate": self._generate,
            "proofread_file": self._file,
        }

    def _create(self, call: Call) -> Response:
        order = call.body
        split = call.struck.seconds("other_cues") if "other_cues" in call.struck else None
        lag = call.struck.seconds("asset_lag")
        fate = Fate(call.struck.text("fail_proofread"), split, lag)
        sessions = self._proofreads.create(order, fate)
        ids = [session.id for session in sessions]
        return success({"proofread_ids": ids, "status": ProofreadStatus.PROCESSING.value})

    def _named_session(self, call: Call) -> Session:
        return self._proofreads.session(
            call.arguments["proofread_id"], call.struck.seconds("get_lag")
        )

    def _list(self, call: Call) -> Response:
        latest = self._machine.now() - call.struck.seconds("list_lag")
        seen = [item for item in self._proofreads.all() if item.created_at <= latest]
        return list_page(call, self._signer, seen, self._fields)

    def _delete(self, call: Call) -> Response:
        session = self._named_session(call)
        self._proofreads.delete(session.id)
        return success({"id": session.id})

    def _get(self, call: Call) -> Response:
        return success(self._fields(self._named_session(call)))

    def _subtitles(self, call: Call) -> Response:
        session = self._proofreads.completed(self._named_session(call))
        return success(
            {
                "srt_url": self._url(call, session, _TEXT),
                "original_srt_url": self._url(call, session, _ORIGINAL),
            }
        )

    def _put(self, call: Call) -> Response:
        session = self._named_session(call)
        srt, lag = call.body["srt"], call.struck.seconds("asset_lag")
        edited = self._proofreads.put_text(self._proofreads.completed(session), srt, lag)
        return success(self._fields(edited))

    def _generate(self, call: Call) -> Response:
        session = self._named_session(call)
        wishes = call.body
        job = self._proofreads.generate(
            self._proofreads.completed(session), wishes, call.struck.text("fail_job")
        )
        return success({"video_translation_id": job.id, "status": ProofreadStatus.PROCESSING.value})

    def _file(self, call: Call) -> Response:
        request, name = call.request, call.arguments["name"]
        signed = self._signer.opens(request.path, request.args, self._machine.now())
        if not signed or "forbid_file" in call.struck:
            return access_denied()
        try:
            session = self._proofreads.file_session(call.arguments["proofread_id"])
        except Refusal as refusal:
            raise NotFound(refusal.message) from None
        giving = self._proofreads.text if name == _TEXT else self._proofreads.original_text
        text = giving(session) + "\n" * self._version(call)
        file = ServedFile(Padded(text.encode()), MEDIA_TYPES[MediaFile.SRT], short_hash(text))
        return serve(file, request, call.struck.text("cut_download"))

    def _url(self, call: Call, session: Session, name: str) -> str:
        path, life = f"/proofreads/{session.id}/{name}", self._settings.url_seconds
        now = self._machine.now()
        return presigned_url(self._signer, call.request, call.struck, path, now, life)

    def _fields(self, session: Session) -> dict[str, Any]:
        status = session.status_at(self._machine.now())
        completed = status is ProofreadStatus.COMPLETED
        return {
            "id": session.id,
            "status": status.value,
            "title": session.order["title"],
            "input_language": _INPUT_LANGUAGE if completed else None,
            "output_language": session.language,
            "created_at": int(session.created_at),
            "failure_message": (
                session.failure_message if status is ProofreadStatus.FAILED else None
            ),
            "submitted_for_review": False,
        }
