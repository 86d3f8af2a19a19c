"""The endpoints about assets: from a checked call to an answer."""

from __future__ import annotations

from typing import Any

from werkzeug.wrappers import Response

from heygen_localize.sandbox.account.assets import MOST_BYTES, Asset
from heygen_localize.sandbox.account.uploads import Received, receive_body, receive_form
from heygen_localize.sandbox.endpoints.resource import Handlers, list_page, resource, signed_file
from heygen_localize.sandbox.errors import malformed, not_visible
from heygen_localize.sandbox.http.responses import storage_error, success
from heygen_localize.sandbox.http.routing import Call
from heygen_localize.sandbox.media.files import OnDisk, ServedFile
from heygen_localize.sandbox.media.filetypes import KINDS
from heygen_localize.sandbox.profile import Account

# Whom everything here belongs to.
_OWNER, _SPACE = "sandbox", "space_sandbox"
# The only words that the contract has for an upload: there is none for done.
_BEGUN, _COMPLETING = "pending_upload", "processing"


class AssetEndpoints:
    """Answers calls about assets.

    Args:
        account: The account that they are about.
    """

    def __init__(self, account: Account) -> None:
        self._account = account
        self._assets = account.assets
        self.handlers: Handlers = {
            **resource(account, "asset", account.assets, self._item, lag="asset_lag"),
            "assetCreate": self._upload,
            "assetList": self._list,
            "assetDirectUploadsCreate": self._begin,
            "assetDirectUploadsBatchesCreate": self._begin_batch,
            "assetCompleteCreate": self._complete,
            "put_upload": self._put,
            "asset_file": self._file,
        }

    def receive(self, call: Call) -> Received | None:
        """Take the file in the body of an upload; None if there is none.

        Raises:
            HTTPException: If the caller breaks off.
        """
        request, folder = call.request, self._assets.folder
        if call.route.endpoint == "assetCreate":
            return receive_form(request, "file", folder, MOST_BYTES)
        return receive_body(request, folder, self._account.settings.max_upload_bytes)

    def _upload(self, call: Call) -> Response:
        if call.received is None:
            raise malformed("file", "'file' is required, as a file in a multipart form.")
        return success(self._fields(call, self._assets.take(call.received)))

    def _begin(self, call: Call) -> Response:
        return success(self._begun(call, self._assets.begin(call.body)))

    def _begin_batch(self, call: Call) -> Response:
        batch_id, made = self._account.upload_batches.begin(call.body)
        return success(
            {"batch_id": batch_id, "items": [self._begun(call, asset) for asset in made]}
        )

    def _begun(self, call: Call, asset: Asset) -> dict[str, Any]:
        settings = self._account.settings
        return {
            "asset_id": asset.id,
            "status": _BEGUN,
            "upload_url": self._account.url(call, f"/uploads/{asset.id}", settings.upload_seconds),
            "upload_headers": dict(asset.upload_headers),
            "max_bytes": settings.max_upload_bytes,
            "expires_in_seconds": settings.upload_seconds,
        }

    def _put(self, call: Call) -> Response:
        request, asset = call.request, self._assets.waiting(call.id)
        signed = self._account.signer.opens(request.path, request.args, self._account.now())
        if asset is None or call.received is None or not signed:
            return storage_error(403, "AccessDenied")
        if any(request.headers.get(name) != text for name, text in asset.upload_headers.items()):
            return storage_error(403, "SignatureDoesNotMatch")
        if request.content_length is None:
            return storage_error(411, "MissingContentLength")
        if call.received.size_bytes != asset.size_bytes:
            return storage_error(400, "EntityTooLarge")
        self._assets.arrive(asset, call.received)
        response = Response("", status=200)
        response.set_etag(call.received.sha256[:32])
        return response

    def _complete(self, call: Call) -> Response:
        if "not_visible" in call.faults:
            raise not_visible(call.id)
        asset = self._assets.complete(call.id, call.body.get("checksum_sha256"))
        return success(self._fields(call, asset) | {"status": _COMPLETING})

    def _list(self, call: Call) -> Response:
        # There are no folders, and nobody else's assets.
        mine = call.query["username"] == _OWNER and "folder_id" not in call.query
        assets = [asset for asset in self._assets.all() if asset.usable][::-1] if mine else []
        return list_page(call, self._account, assets, self._item)

    def _fields(self, call: Call, asset: Asset) -> dict[str, Any]:
        return {
            "asset_id": asset.id,
            "url": self._account.url(call, f"/assets/{asset.id}"),
            "mime_type": asset.mime_type,
            "size_bytes": asset.size_bytes,
        }

    def _item(self, call: Call, asset: Asset) -> dict[str, Any]:
        return {
            "id": asset.id,
            "name": asset.name,
            "type": KINDS[asset.mime_type].value,
            "owner": _OWNER,
            "space_id": _SPACE,
            "folder_id": None,
            "uploaded_at": int(asset.created_at),
            "url": self._account.url(call, f"/assets/{asset.id}") if asset.usable else None,
        }

    def _file(self, call: Call) -> Response:
        def find() -> ServedFile:
            asset = self._assets.get(call.id)
            content = OnDisk(self._assets.path(asset), asset.size_bytes)
            return ServedFile(content, asset.mime_type, str(asset.sha256)[:32])

        return signed_file(call, self._account, find)
