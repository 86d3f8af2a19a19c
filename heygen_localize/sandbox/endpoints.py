"""The endpoints: from a checked call to an answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from werkzeug.exceptions import NotFound
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from heygen_localize.sandbox.answers import access_denied, list_success, success
from heygen_localize.sandbox.languages import language_names
from heygen_localize.sandbox.machine import Machine
from heygen_localize.sandbox.media import MEDIA_TYPES, MediaFile, media_bytes, media_files
from heygen_localize.sandbox.records import Job, JobStatus
from heygen_localize.sandbox.refusals import Refusal, invalid, not_found
from heygen_localize.sandbox.rules import Struck
from heygen_localize.sandbox.settings import SandboxSettings
from heygen_localize.sandbox.signing import Signer
from heygen_localize.sandbox.validation import (
    checked_ids,
    checked_limit,
    checked_order,
    checked_title,
)

_TRANSLATIONS = "/v3/video-translations"
_TRANSLATION = f"{_TRANSLATIONS}/<video_translation_id>"

ROUTES = (
    Rule(_TRANSLATIONS, methods=["POST"], endpoint="create"),
    Rule(_TRANSLATIONS, methods=["GET"], endpoint="list"),
    Rule(f"{_TRANSLATIONS}/languages", methods=["GET"], endpoint="languages"),
    Rule(f"{_TRANSLATIONS}/statuses", methods=["GET"], endpoint="statuses"),
    Rule(_TRANSLATION, methods=["GET"], endpoint="get"),
    Rule(_TRANSLATION, methods=["PATCH"], endpoint="rename"),
    Rule(_TRANSLATION, methods=["DELETE"], endpoint="delete"),
    Rule(f"{_TRANSLATION}/caption", methods=["GET"], endpoint="caption"),
    Rule("/v3/users/me", methods=["GET"], endpoint="user"),
    Rule("/files/<job_id>/<name>", methods=["GET"], endpoint="file"),
)
URLS = Map(ROUTES, merge_slashes=False)

# Source: docs/vendor/behaviour.md, "Video translations".
_BULK_WORDS = {
    JobStatus.PENDING: "queued",
    JobStatus.RUNNING: "processing",
    JobStatus.COMPLETED: "completed",
    JobStatus.FAILED: "failed",
}
_CAPTIONS = {"srt": MediaFile.SRT, "vtt": MediaFile.VTT}
_URL_FIELDS = {
    "video_url": MediaFile.VIDEO,
    "audio_url": MediaFile.AUDIO,
    "srt_caption_url": MediaFile.SRT,
    "vtt_caption_url": MediaFile.VTT,
}


@dataclass(frozen=True)
class Call:
    """One request on its way to an endpoint.

    Attributes:
        request: The request itself.
        body: Its body parsed as JSON, or None.
        arguments: The variable parts of its path.
        struck: The faults that strike it.
    """

    request: Request
    body: Any
    arguments: Mapping[str, str]
    struck: Struck


class Endpoints:
    """Answers calls.

    Args:
        machine: The account that they are about.
        settings: How the sandbox is set.
    """

    def __init__(self, machine: Machine, settings: SandboxSettings) -> None:
        self._machine = machine
        self._settings = settings
        self._signer = Signer(machine.secret)
        self._handlers: Mapping[str, Callable[[Call], Response]] = {
            "create": self._create,
            "list": self._list,
            "languages": self._languages,
            "statuses": self._statuses,
            "get": self._get,
            "rename": self._rename,
            "delete": self._delete,
            "caption": self._caption,
            "user": self._user,
            "file": self._file,
        }

    def answer(self, endpoint: str, call: Call) -> Response:
        """Gives the answer of an endpoint of `ROUTES`.

        Raises:
            Refusal: If the vendor would refuse.
            HTTPException: If HTTP itself does: no such file, no such range.
        """
        return self._handlers[endpoint](call)

    def _create(self, call: Call) -> Response:
        jobs = self._machine.create(checked_order(call.body), call.struck.text("fail_job"))
        return success({"video_translation_ids": [job.id for job in jobs]})

    def _list(self, call: Call) -> Response:
        limit = checked_limit(call.request.args.get("limit"))
        token = call.request.args.get("token")
        offset = 0 if token is None else self._offset(token)
        if "shift_pages" in call.struck:
            self._machine.add_foreign(foreign_order("English", "Made between two pages"))
        jobs, has_more = self._machine.page(offset, limit, call.struck.seconds("list_lag"))
        following = self._signer.page_token(offset + limit) if has_more else None
        if "repeat_token" in call.struck:
            has_more, following = True, token
        if "no_token" in call.struck:
            has_more, following = True, None
        page = [self._fields(job, call) for job in jobs]
        return list_success(page, has_more=has_more, next_token=following)

    def _offset(self, token: str) -> int:
        try:
            return self._signer.page_offset(token)
        except ValueError:
            raise invalid("token", "'token' is not one that a list gave.") from None

    def _languages(self, _: Call) -> Response:
        return success({"languages": language_names()})

    def _statuses(self, call: Call) -> Response:
        ids = checked_ids(call.request.args.get("video_translation_ids"))
        unseen = call.struck.seconds("get_lag")
        return list_success(
            [{"video_id": job_id, "status": self._bulk_word(job_id, unseen)} for job_id in ids]
        )

    def _bulk_word(self, job_id: str, unseen_seconds: float) -> str:
        try:
            job = self._machine.job(job_id, unseen_seconds)
        except Refusal:
            return "not_found"
        return _BULK_WORDS[job.status_at(self._machine.now())]

    def _named_job(self, call: Call) -> Job:
        return self._machine.job(
            call.arguments["video_translation_id"], call.struck.seconds("get_lag")
        )

    def _get(self, call: Call) -> Response:
        return success(self._fields(self._named_job(call), call))

    def _rename(self, call: Call) -> Response:
        job = self._named_job(call)
        renamed = self._machine.rename(job.id, checked_title(call.body))
        return success(self._fields(renamed, call))

    def _delete(self, call: Call) -> Response:
        job = self._named_job(call)
        self._machine.delete(job.id)
        return success({"id": job.id})

    def _caption(self, call: Call) -> Response:
        job = self._named_job(call)
        file = _CAPTIONS.get(call.request.args.get("format", ""))
        if file is None:
            raise invalid("format", "'format' must be srt or vtt.")
        if file not in media_files(job):
            raise not_found(f"Captions of '{job.id}'")
        if job.status_at(self._machine.now()) is not JobStatus.COMPLETED:
            raise invalid("video_translation_id", "The translation is not completed.")
        return success({"caption_url": self._url(call, job, file)})

    def _user(self, _: Call) -> Response:
        wallet = {"currency": "usd", "remaining_balance": self._machine.balance()}
        return success(
            {
                "username": "sandbox",
                "email": "sandbox@example.com",
                "first_name": "Sandy",
                "last_name": "Box",
                "billing_type": "wallet",
                "wallet": wallet | {"auto_reload": None},
                "subscription": None,
                "usage_based": None,
            }
        )

    def _file(self, call: Call) -> Response:
        request, now = call.request, self._machine.now()
        if not self._signer.opens(request.path, request.args, now):
            return access_denied()
        file = MediaFile(call.arguments["name"])
        try:
            job = self._machine.job(call.arguments["job_id"])
        except Refusal as refusal:
            raise NotFound(refusal.message) from None
        response = Response(media_bytes(file, job), content_type=MEDIA_TYPES[file])
        response.add_etag()
        length = response.content_length
        response.make_conditional(request, accept_ranges=True, complete_length=length)
        # The server writes one of its own.
        response.headers.remove("Date")
        return response

    def _url(self, call: Call, job: Job, file: MediaFile) -> str:
        # "Expired" must hold at once, whatever the fraction of the second.
        life = -1 if "expired_url" in call.struck else self._settings.url_seconds
        path = f"/files/{job.id}/{file.value}"
        signed = self._signer.presign(path, int(self._machine.now() + life))
        return call.request.host_url.rstrip("/") + signed

    def _fields(self, job: Job, call: Call) -> dict[str, Any]:
        now = self._machine.now()
        status = job.status_at(now)
        completed = status is JobStatus.COMPLETED
        files = media_files(job) if completed else frozenset()
        if now - job.finished_at < call.struck.seconds("no_video_url"):
            files -= {MediaFile.VIDEO}
        url = partial(self._url, call, job)
        urls = {name: url(file) if file in files else None for name, file in _URL_FIELDS.items()}
        return {
            "id": job.id,
            "status": status.value,
            "title": job.title,
            "output_language": job.language,
            "input_language": job.order.get("input_language"),
            "translate_audio_only": job.order.get("translate_audio_only", False),
            "callback_id": job.order.get("callback_id"),
            "created_at": int(job.created_at),
            "duration": self._settings.job_seconds if completed else None,
            "failure_message": job.failure_message if status is JobStatus.FAILED else None,
            **urls,
        }


def foreign_order(language: str, title: str, **options: Any) -> dict[str, Any]:
    """Gives an order such as a person in the web app makes, with no mark of ours."""
    video = {"type": "asset_id", "asset_id": "made-in-the-web-app"}
    return {"video": video, "output_languages": [language], "title": title, **options}
