"""The endpoints about batches and bulk statuses: from a checked call to an answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from werkzeug.wrappers import Response

from heygen_localize.sandbox.account.batches import (
    Batch,
    BatchStatus,
    ItemStatus,
    batch_status,
    counts_by_status,
)
from heygen_localize.sandbox.account.upload_batches import UploadBatch
from heygen_localize.sandbox.endpoints.resource import Handlers
from heygen_localize.sandbox.errors import Refusal
from heygen_localize.sandbox.http.pages import checked_ids, page_of
from heygen_localize.sandbox.http.responses import list_success, success
from heygen_localize.sandbox.http.routing import Call
from heygen_localize.sandbox.profile import Account

_TRANSLATIONS, _LIPSYNCS, _UPLOADS = "translations", "lipsyncs", "uploads"


class BatchEndpoints:
    """Answers calls about batches, and about the statuses of many things at once.

    Args:
        account: The account that they are about.
    """

    def __init__(self, account: Account) -> None:
        self._account = account
        self._batches = account.batches
        self._uploads = account.upload_batches
        self.handlers: Handlers = {
            "videoTranslateBatchesCreate": self._create,
            "videoTranslateBatchesGet": partial(self._get, _TRANSLATIONS),
            "videoTranslateStatusesList": partial(
                self._statuses, _TRANSLATIONS, "video_translation_ids"
            ),
            "lipsyncBatchesCreate": self._create_lipsyncs,
            "lipsyncBatchesGet": partial(self._get, _LIPSYNCS),
            "lipsyncStatusesList": partial(self._statuses, _LIPSYNCS, "lipsync_ids"),
            "assetCompleteBatchesCreate": self._complete_uploads,
            "assetBatchesGet": partial(self._get, _UPLOADS),
            "assetStatusesList": partial(self._statuses, _UPLOADS, "asset_ids"),
        }

    def _create(self, call: Call) -> Response:
        orders = [
            {**entry, "output_languages": [language]}
            for entry in call.body["video_translations"]
            for language in entry["output_languages"]
        ]
        return self._created(_TRANSLATIONS, call, orders)

    def _create_lipsyncs(self, call: Call) -> Response:
        return self._created(_LIPSYNCS, call, call.body["lipsyncs"])

    def _created(self, kind: str, call: Call, orders: Sequence[Mapping[str, Any]]) -> Response:
        batch = self._batches.create(kind, call.body, orders, call.faults.text("fail_job"))
        return success({"batch_id": batch.id}, 202)

    def _complete_uploads(self, call: Call) -> Response:
        # Each file is checked by itself, when somebody looks.
        batch = self._uploads.update(call.body["batch_id"], completing=True)
        return success({"batch_id": batch.id}, 202)

    def _batch(self, kind: str, batch_id: str) -> tuple[Batch | UploadBatch, list[ItemStatus]]:
        if kind == _UPLOADS:
            uploads = self._uploads.get(batch_id)
            return uploads, self._uploads.item_statuses(uploads)
        batch = self._batches.of_kind(kind, batch_id)
        return batch, self._batches.item_statuses(batch)

    def _get(self, kind: str, call: Call) -> Response:
        batch, items = self._batch(kind, call.id)
        page, following = page_of(call, self._account.signer, items)
        return success(
            {
                "batch_id": batch.id,
                "title": batch.title,
                "status": batch_status(items).value,
                "total_items": len(items),
                "counts_by_status": counts_by_status(items),
                "created_at": int(batch.created_at),
                "items": [_fields(item) for item in page],
                **following,
            }
        )

    def _statuses(self, kind: str, param: str, call: Call) -> Response:
        own, batch_ids = checked_ids(call, param)
        status_of: Callable[[str], BatchStatus | None] = self._uploads.asset_status
        if kind != _UPLOADS:
            unseen = call.faults.seconds("get_lag")
            status_of = partial(self._batches.job_status, kind, unseen_seconds=unseen)
        entries: list[dict[str, Any]] = []
        for name in own:
            status = status_of(name)
            entries.append({"video_id": name, "status": status.value if status else "not_found"})
        for batch_id in batch_ids:
            entries += [entry | {"batch_id": batch_id} for entry in self._entries(kind, batch_id)]
        return list_success(entries)

    def _entries(self, kind: str, batch_id: str) -> list[dict[str, Any]]:
        try:
            return [_fields(item) for item in self._batch(kind, batch_id)[1]]
        except Refusal:
            return [{"video_id": None, "status": "not_found"}]


def _fields(item: ItemStatus) -> dict[str, Any]:
    return {
        "item_index": item.index,
        "video_id": item.made_id,
        "status": item.status.value,
        "error": item.error,
    }
