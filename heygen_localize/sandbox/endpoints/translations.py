"""The endpoints about translations and lip syncs: from a checked call to an answer."""

from __future__ import annotations

from typing import Any

from werkzeug.wrappers import Response

from heygen_localize.sandbox.contract.document import language_names
from heygen_localize.sandbox.endpoints.resource import Handlers, resource, signed_file
from heygen_localize.sandbox.errors import invalid
from heygen_localize.sandbox.http.responses import success
from heygen_localize.sandbox.http.routing import Call
from heygen_localize.sandbox.media.files import ServedFile
from heygen_localize.sandbox.media.outputs import MediaFile, media_file, media_files
from heygen_localize.sandbox.profile import Account
from heygen_localize.sandbox.records import Job

_CAPTIONS = {"srt": MediaFile.SRT, "vtt": MediaFile.VTT}
_URL_FIELDS = {
    "video_url": MediaFile.VIDEO,
    "audio_url": MediaFile.AUDIO,
    "srt_caption_url": MediaFile.SRT,
    "vtt_caption_url": MediaFile.VTT,
}


class TranslationEndpoints:
    """Answers calls about translations, lip syncs, and the files of both.

    Args:
        account: The account that they are about.
    """

    def __init__(self, account: Account) -> None:
        self._account = account
        resources = resource(account, "videoTranslate", account.translations, self._fields)
        lipsyncs = resource(account, "lipsync", account.lipsyncs, self._lipsync_fields)
        self._list_page = resources["videoTranslateList"]
        self._lipsync_page = lipsyncs["lipsyncList"]
        self.handlers: Handlers = {
            **resources,
            **lipsyncs,
            "videoTranslateCreate": self._create,
            "videoTranslateList": self._list,
            "lipsyncList": self._list_lipsyncs,
            "videoTranslateLanguagesList": self._languages,
            "videoTranslateCaptionGet": self._caption,
            "lipsyncCreate": self._create_lipsync,
            "file": self._file,
        }

    def _create(self, call: Call) -> Response:
        order = checked_order(call.body)
        self._account.assets.check_order(order, call.faults.seconds("asset_lag"))
        jobs = self._account.translations.create(order, call.faults.text("fail_job"))
        return success({"video_translation_ids": [job.id for job in jobs]})

    def _create_lipsync(self, call: Call) -> Response:
        self._account.assets.check_order(call.body, call.faults.seconds("asset_lag"))
        job = self._account.lipsyncs.create(call.body, call.faults.text("fail_job"))
        return success({"lipsync_id": job.id})

    def _list(self, call: Call) -> Response:
        if "shift_pages" in call.faults:
            self._account.translations.add_foreign("English", "Made between two pages")
        return self._list_page(call)

    def _list_lipsyncs(self, call: Call) -> Response:
        if "shift_pages" in call.faults:
            self._account.lipsyncs.add_foreign("Made between two pages")
        return self._lipsync_page(call)

    def _languages(self, _: Call) -> Response:
        return success({"languages": language_names()})

    def _caption(self, call: Call) -> Response:
        job = self._account.translations.get(call.id, call.faults.seconds("get_lag"))
        if not job.completed_at(self._account.now()):
            raise invalid("video_translation_id", "The translation is not completed.")
        return success({"caption_url": self._url(call, job, _CAPTIONS[call.query["format"]])})

    def _file(self, call: Call) -> Response:
        def find() -> ServedFile:
            job = self._account.jobs_of(call.id).get(call.id)
            version = self._account.file_version(call)
            mark = f" {version}" if version else ""
            file = MediaFile(call.route.arguments["name"])
            return media_file(file, job, mark, self._account.settings.output_bytes)

        return signed_file(call, self._account, find)

    def _url(self, call: Call, job: Job, file: MediaFile) -> str:
        return self._account.url(call, f"/files/{job.id}/{file.value}")

    def _shared_fields(self, job: Job, now: float) -> dict[str, Any]:
        seconds = self._account.settings.job_seconds
        return {
            "id": job.id,
            "status": job.status_at(now).value,
            "title": job.title,
            "callback_id": job.order.get("callback_id"),
            "created_at": int(job.created_at),
            "duration": seconds if job.completed_at(now) else None,
            "failure_message": job.failure_at(now),
        }

    def _lipsync_fields(self, call: Call, job: Job) -> dict[str, Any]:
        now = self._account.now()
        completed = job.completed_at(now)
        late = now - job.finished_at < call.faults.seconds("no_video_url")
        shown = completed and not late
        return self._shared_fields(job, now) | {
            "video_url": self._url(call, job, MediaFile.VIDEO) if shown else None,
            "caption_url": self._url(call, job, MediaFile.SRT) if completed else None,
        }

    def _fields(self, call: Call, job: Job) -> dict[str, Any]:
        now = self._account.now()
        files = media_files(job) if job.completed_at(now) else frozenset()
        if now - job.finished_at < call.faults.seconds("no_video_url"):
            files -= {MediaFile.VIDEO}
        return self._shared_fields(job, now) | {
            "output_language": job.language,
            "input_language": job.order.get("input_language"),
            "translate_audio_only": job.order.get("translate_audio_only", False),
            **{
                name: self._url(call, job, file) if file in files else None
                for name, file in _URL_FIELDS.items()
            },
        }


def checked_order(body: dict[str, Any]) -> dict[str, Any]:
    """Return the body of a create that fits the contract.

    The vendor may ask for more from one day on: tests put that in place of this.
    """
    return body
