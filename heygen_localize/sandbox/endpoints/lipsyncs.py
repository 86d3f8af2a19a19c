"""The endpoints about lip syncs: from a checked call to an answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from werkzeug.wrappers import Response

from heygen_localize.sandbox.account.assets import Assets
from heygen_localize.sandbox.account.lipsyncs import Lipsyncs
from heygen_localize.sandbox.http.pages import list_page
from heygen_localize.sandbox.http.responses import success
from heygen_localize.sandbox.http.routing import Call
from heygen_localize.sandbox.http.signing import Signer, presigned_url
from heygen_localize.sandbox.media.outputs import MediaFile
from heygen_localize.sandbox.records import Job, JobStatus
from heygen_localize.sandbox.settings import SandboxSettings


class LipsyncEndpoints:
    """Answers calls about lip syncs.

    Args:
        lipsyncs: The lip syncs of the account.
        assets: Its assets.
        settings: How the sandbox is set.
        signer: Signs addresses and tokens.
        now: Gives the sandbox's own time, in seconds since the epoch.
    """

    def __init__(
        self,
        lipsyncs: Lipsyncs,
        assets: Assets,
        settings: SandboxSettings,
        signer: Signer,
        now: Callable[[], float],
    ) -> None:
        self._lipsyncs = lipsyncs
        self._assets = assets
        self._settings = settings
        self._signer = signer
        self._now = now
        self.handlers: Mapping[str, Callable[[Call], Response]] = {
            "create_lipsync": self._create,
            "list_lipsyncs": self._list,
            "get_lipsync": self._get,
            "rename_lipsync": self._rename,
            "delete_lipsync": self._delete,
        }

    def _create(self, call: Call) -> Response:
        self._assets.check_order(call.body, call.struck.seconds("asset_lag"))
        job = self._lipsyncs.create(call.body, call.struck.text("fail_job"))
        return success({"lipsync_id": job.id})

    def _list(self, call: Call) -> Response:
        return list_page(
            call, self._signer, self._lipsyncs.all(), lambda job: self._fields(job, call)
        )

    def _get(self, call: Call) -> Response:
        return success(self._fields(self._lipsyncs.job(_id(call)), call))

    def _rename(self, call: Call) -> Response:
        return success(self._fields(self._lipsyncs.rename(_id(call), call.body["title"]), call))

    def _delete(self, call: Call) -> Response:
        self._lipsyncs.delete(_id(call))
        return success({"id": _id(call)})

    def _fields(self, job: Job, call: Call) -> dict[str, Any]:
        status = job.status_at(self._now())
        completed = status is JobStatus.COMPLETED
        return {
            "id": job.id,
            "status": status.value,
            "title": job.title,
            "callback_id": job.order.get("callback_id"),
            "created_at": int(job.created_at),
            "duration": self._settings.job_seconds if completed else None,
            "failure_message": job.failure_message if status is JobStatus.FAILED else None,
            "video_url": self._url(call, job, MediaFile.VIDEO) if completed else None,
            "caption_url": self._url(call, job, MediaFile.SRT) if completed else None,
        }

    def _url(self, call: Call, job: Job, file: MediaFile) -> str:
        path, life = f"/files/{job.id}/{file.value}", self._settings.url_seconds
        return presigned_url(self._signer, call.request, call.struck, path, self._now(), life)


def _id(call: Call) -> str:
    return call.arguments["lipsync_id"]
