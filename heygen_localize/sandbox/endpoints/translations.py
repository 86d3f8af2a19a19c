"""The endpoints: from a checked call to an answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from heygen_localize.sandbox.endpoints.assets import AssetEndpoints
from heygen_localize.sandbox.endpoints.batches import BatchEndpoints
from heygen_localize.sandbox.endpoints.glossaries import GlossaryEndpoints
from heygen_localize.sandbox.endpoints.lipsyncs import LipsyncEndpoints
from heygen_localize.sandbox.endpoints.proofreads import ProofreadEndpoints
from heygen_localize.sandbox.endpoints.sources import Sources
from heygen_localize.sandbox.errors import Refusal, invalid
from heygen_localize.sandbox.http.queries import asked_limit, checked_token
from heygen_localize.sandbox.http.responses import access_denied, list_success, success
from heygen_localize.sandbox.http.routing import UPLOADS, Call
from heygen_localize.sandbox.http.signing import presigned_url
from heygen_localize.sandbox.languages import language_names
from heygen_localize.sandbox.media.files import serve
from heygen_localize.sandbox.media.outputs import MediaFile, media_file, media_files
from heygen_localize.sandbox.profile import Account
from heygen_localize.sandbox.records import Job, JobStatus
from heygen_localize.sandbox.webhooks.calls import WebhookEndpoints

_CAPTIONS = {"srt": MediaFile.SRT, "vtt": MediaFile.VTT}
_URL_FIELDS = {
    "video_url": MediaFile.VIDEO,
    "audio_url": MediaFile.AUDIO,
    "srt_caption_url": MediaFile.SRT,
    "vtt_caption_url": MediaFile.VTT,
}


class Endpoints:
    """Answers calls.

    Args:
        account: The account that they are about.
    """

    def __init__(self, account: Account) -> None:
        self._account = account
        self._machine = machine = account.machine
        self._assets = assets = account.assets
        self._settings = settings = account.settings
        self._signer = signer = account.signer
        self._sources = Sources(machine.source_changes)
        self._asset_endpoints = AssetEndpoints(
            assets, account.upload_batches, settings, signer, machine.now
        )
        groups = (
            self._asset_endpoints,
            ProofreadEndpoints(account.proofreads, machine, settings, signer, self._version),
            LipsyncEndpoints(account.lipsyncs, assets, settings, signer, machine.now),
            BatchEndpoints(account.batches, machine, account.lipsyncs, signer),
            GlossaryEndpoints(account.glossaries, signer),
            WebhookEndpoints(account.webhooks, account.outbox, account.courier, signer),
        )
        self._handlers: dict[str, Callable[[Call], Response]] = {
            "create": self._create,
            "list": self._list,
            "languages": self._languages,
            "get": self._get,
            "rename": self._rename,
            "delete": self._delete,
            "caption": self._caption,
            "user": self._user,
            "file": self._file,
            "source": self._source,
        }
        for group in groups:
            self._handlers.update(group.handlers)

    def answer(self, endpoint: str, call: Call) -> Response:
        """Gives the answer of an endpoint of `routing.ROUTES`.

        Raises:
            Refusal: If the vendor would refuse.
            HTTPException: If HTTP itself does: no such file, no such range.
        """
        account = self._account
        account.access.check_call(call.request.path, call.arguments)
        account.batches.catch_up()
        if _asks_to_be_called(call.body):
            account.outbox.begin()
        return self._handlers[endpoint](call)

    def receive(self, endpoint: str, call: Call) -> Call:
        """Takes the file in the body of a call, if its endpoint is one of `routing.UPLOADS`.

        Raises:
            HTTPException: If the caller breaks off.
        """
        if endpoint not in UPLOADS:
            return call
        return replace(call, received=self._asset_endpoints.receive(endpoint, call.request))

    def _create(self, call: Call) -> Response:
        order = checked_order(call.body)
        self._assets.check_order(order, call.struck.seconds("asset_lag"))
        jobs = self._machine.create(order, call.struck.text("fail_job"))
        return success({"video_translation_ids": [job.id for job in jobs]})

    def _list(self, call: Call) -> Response:
        limit = asked_limit(call.request.args.get("limit"))
        token = call.request.args.get("token")
        offset = checked_token(token, self._signer)
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

    def _languages(self, _: Call) -> Response:
        return success({"languages": language_names()})

    def _named_job(self, call: Call) -> Job:
        return self._machine.job(
            call.arguments["video_translation_id"], call.struck.seconds("get_lag")
        )

    def _get(self, call: Call) -> Response:
        return success(self._fields(self._named_job(call), call))

    def _rename(self, call: Call) -> Response:
        job = self._named_job(call)
        renamed = self._machine.rename(job.id, call.body["title"])
        return success(self._fields(renamed, call))

    def _delete(self, call: Call) -> Response:
        job = self._named_job(call)
        self._machine.delete(job.id)
        return success({"id": job.id})

    def _caption(self, call: Call) -> Response:
        job = self._named_job(call)
        file = _CAPTIONS[call.request.args["format"]]
        if job.status_at(self._machine.now()) is not JobStatus.COMPLETED:
            raise invalid("video_translation_id", "The translation is not completed.")
        return success({"caption_url": self._url(call, job, file)})

    def _user(self, _: Call) -> Response:
        machine = self._machine
        billing = self._settings.billing.told(machine.balance(), machine.spent())
        return success(
            {
                "username": "sandbox",
                "email": "sandbox@example.com",
                "first_name": "Sandy",
                "last_name": "Box",
                **billing,
            }
        )

    def _file(self, call: Call) -> Response:
        request, now = call.request, self._machine.now()
        signed = self._signer.opens(request.path, request.args, now)
        if not signed or "forbid_file" in call.struck:
            return access_denied()
        name = MediaFile(call.arguments["name"])
        job_id = call.arguments["job_id"]
        owner = self._account.lipsyncs if job_id.startswith("ls_") else self._machine
        try:
            job = owner.job(job_id)
        except Refusal as refusal:
            raise NotFound(refusal.message) from None
        version = self._version(call)
        told = f" {version}" if version else ""
        file = media_file(name, job, told, self._settings.output_bytes)
        return serve(file, request, call.struck.text("cut_download"))

    def _source(self, call: Call) -> Response:
        return self._sources.answer(call.request, call.struck, self._version(call))

    def _version(self, call: Call) -> int:
        path = call.request.path
        if "change_etag" in call.struck:
            self._machine.change_file(path)
        return self._machine.file_changes(path)

    def _url(self, call: Call, job: Job, file: MediaFile) -> str:
        path, life = f"/files/{job.id}/{file.value}", self._settings.url_seconds
        now = self._machine.now()
        return presigned_url(self._signer, call.request, call.struck, path, now, life)

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


def _asks_to_be_called(body: Any) -> bool:
    if not isinstance(body, dict):
        return False
    lists = [value for value in body.values() if isinstance(value, list)]
    entries = [entry for entries in lists for entry in entries if isinstance(entry, dict)]
    return any(part.get("callback_url") for part in (body, *entries))


def checked_order(body: dict[str, Any]) -> dict[str, Any]:
    """Return the body of a create that fits the contract.

    The vendor may ask for more from one day on: tests put that in place of this.
    """
    return body


def foreign_order(language: str, title: str, **options: Any) -> dict[str, Any]:
    """Gives an order such as a person in the web app makes, with no mark of ours."""
    video = {"type": "asset_id", "asset_id": "made-in-the-web-app"}
    return {"video": video, "output_languages": [language], "title": title, **options}
