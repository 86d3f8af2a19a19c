"""The endpoints about assets: from a checked call to an answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Request, Response

from heygen_localize.sandbox.account.assets import MOST_BYTES, Assets, Beginning, checked_checksum
from heygen_localize.sandbox.account.upload_batches import UploadBatches
from heygen_localize.sandbox.account.uploads import Received, receive_body, receive_form
from heygen_localize.sandbox.endpoints.batches import batch_answer, statuses_answer
from heygen_localize.sandbox.errors import Refusal, malformed, not_visible
from heygen_localize.sandbox.http.queries import asked_limit, checked_ids, checked_token
from heygen_localize.sandbox.http.responses import (
    access_denied,
    list_success,
    storage_error,
    success,
)
from heygen_localize.sandbox.http.routing import Call
from heygen_localize.sandbox.http.signing import Signer, presigned_url
from heygen_localize.sandbox.media.files import OnDisk, ServedFile, serve
from heygen_localize.sandbox.media.filetypes import KINDS
from heygen_localize.sandbox.records import Asset
from heygen_localize.sandbox.settings import SandboxSettings

# Whom everything here belongs to.
_OWNER, _SPACE = "sandbox", "space_sandbox"
_DEFAULT_PAGE = 20
# The only words that the contract has for an upload: there is none for done.
_BEGUN, _COMPLETING = "pending_upload", "processing"


class AssetEndpoints:
    """Answers calls about assets.

    Args:
        assets: The assets of the account.
        batches: Its batches of direct uploads.
        settings: How the sandbox is set.
        signer: Signs addresses and tokens.
        now: Gives the sandbox's own time, in seconds since the epoch.
    """

    def __init__(
        self,
        assets: Assets,
        batches: UploadBatches,
        settings: SandboxSettings,
        signer: Signer,
        now: Callable[[], float],
    ) -> None:
        self._assets = assets
        self._batches = batches
        self._settings = settings
        self._signer = signer
        self._now = now
        self.handlers: Mapping[str, Callable[[Call], Response]] = {
            "upload": self._upload,
            "list_assets": self._list,
            "begin_upload": self._begin,
            "begin_upload_batch": self._begin_batch,
            "complete_upload_batch": self._complete_batch,
            "get_upload_batch": self._get_batch,
            "asset_statuses": self._statuses,
            "get_asset": self._get,
            "delete_asset": self._delete,
            "complete_upload": self._complete,
            "put_upload": self._put,
            "asset_file": self._file,
        }

    def receive(self, endpoint: str, request: Request) -> Received | None:
        """Takes the file in the body of an upload; None if there is none.

        Raises:
            HTTPException: If the caller breaks off.
        """
        if endpoint == "upload":
            return receive_form(request, "file", self._assets.folder, MOST_BYTES)
        return receive_body(request, self._assets.folder, self._settings.max_upload_bytes)

    def _upload(self, call: Call) -> Response:
        if call.received is None:
            raise malformed("file", "'file' is required, as a file in a multipart form.")
        asset = self._assets.take(call.received)
        return success(self._fields(call, asset))

    def _begin(self, call: Call) -> Response:
        most = self._settings.max_upload_bytes
        return success(self._begun(call, self._assets.begin(Beginning.of(call.body), most)))

    def _begin_batch(self, call: Call) -> Response:
        batch_id, made = self._batches.begin(call.body, self._settings.max_upload_bytes)
        return success(
            {"batch_id": batch_id, "items": [self._begun(call, asset) for asset in made]}
        )

    def _begun(self, call: Call, asset: Asset) -> dict[str, Any]:
        seconds = self._settings.upload_seconds
        return {
            "asset_id": asset.id,
            "status": _BEGUN,
            "upload_url": self._url(call, f"/uploads/{asset.id}", seconds),
            "upload_headers": dict(asset.upload_headers),
            "max_bytes": self._settings.max_upload_bytes,
            "expires_in_seconds": seconds,
        }

    def _complete_batch(self, call: Call) -> Response:
        batch_id = call.body["batch_id"]
        self._batches.complete(batch_id)
        return success({"batch_id": batch_id}, 202)

    def _get_batch(self, call: Call) -> Response:
        batch = self._batches.batch(call.arguments["batch_id"])
        standings = self._batches.standings(batch)
        return batch_answer(call, self._signer, batch.title, batch.created_at, standings)

    def _statuses(self, call: Call) -> Response:
        own, batch_ids = checked_ids(call.request.args, "asset_ids")
        words = [self._batches.word(name) for name in own]
        return statuses_answer(
            own, words, batch_ids, lambda name: self._batches.standings(self._batches.batch(name))
        )

    def _put(self, call: Call) -> Response:
        request, asset = call.request, self._assets.waiting(call.arguments["asset_id"])
        signed = self._signer.opens(request.path, request.args, self._now())
        if asset is None or call.received is None or not signed:
            return access_denied()
        if any(request.headers.get(name) != text for name, text in asset.upload_headers.items()):
            return access_denied("SignatureDoesNotMatch")
        if request.content_length is None:
            return storage_error(411, "MissingContentLength")
        if call.received.size_bytes != asset.size_bytes:
            return storage_error(400, "EntityTooLarge")
        self._assets.arrive(asset, call.received)
        response = Response("", status=200)
        response.set_etag(call.received.sha256[:32])
        return response

    def _complete(self, call: Call) -> Response:
        if "not_visible" in call.struck:
            raise not_visible(call.arguments["asset_id"])
        asset = self._assets.complete(call.arguments["asset_id"], checked_checksum(call.body))
        return success(self._fields(call, asset) | {"status": _COMPLETING})

    def _fields(self, call: Call, asset: Asset) -> dict[str, Any]:
        return {
            "asset_id": asset.id,
            "url": self._asset_url(call, asset),
            "mime_type": asset.mime_type,
            "size_bytes": asset.size_bytes,
        }

    def _get(self, call: Call) -> Response:
        asset_id, lag = call.arguments["asset_id"], call.struck.seconds("asset_lag")
        return success(self._item(call, self._assets.asset(asset_id, lag)))

    def _delete(self, call: Call) -> Response:
        asset_id = call.arguments["asset_id"]
        self._assets.delete(asset_id)
        return success({"id": asset_id})

    def _list(self, call: Call) -> Response:
        query = call.request.args
        limit = asked_limit(query.get("limit"), _DEFAULT_PAGE)
        offset = checked_token(query.get("token"), self._signer)
        # There are no folders, and nobody else's assets.
        if query["username"] != _OWNER or "folder_id" in query:
            return list_success([])
        assets, has_more = self._assets.page(offset, limit)
        following = self._signer.page_token(offset + limit) if has_more else None
        page = [self._item(call, asset) for asset in assets]
        return list_success(page, has_more=has_more, next_token=following)

    def _item(self, call: Call, asset: Asset) -> dict[str, Any]:
        return {
            "id": asset.id,
            "name": asset.name,
            "type": KINDS[asset.mime_type].value,
            "owner": _OWNER,
            "space_id": _SPACE,
            "folder_id": None,
            "uploaded_at": int(asset.created_at),
            "url": self._asset_url(call, asset) if asset.usable else None,
        }

    def _asset_url(self, call: Call, asset: Asset) -> str:
        return self._url(call, f"/assets/{asset.id}", self._settings.url_seconds)

    def _url(self, call: Call, path: str, seconds: float) -> str:
        return presigned_url(self._signer, call.request, call.struck, path, self._now(), seconds)

    def _file(self, call: Call) -> Response:
        request = call.request
        signed = self._signer.opens(request.path, request.args, self._now())
        if not signed or "forbid_file" in call.struck:
            return access_denied()
        try:
            asset = self._assets.asset(call.arguments["asset_id"])
        except Refusal as refusal:
            raise NotFound(refusal.message) from None
        content = OnDisk(self._assets.path(asset), asset.size_bytes)
        file = ServedFile(content, asset.mime_type, str(asset.sha256)[:32])
        return serve(file, request, call.struck.text("cut_download"))
