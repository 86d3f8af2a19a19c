"""Many direct uploads begun in one call, and completed in another.

Source: docs/vendor/heygen-v3.openapi.yaml, `assetDirectUploadsBatchesCreate`,
`assetCompleteBatchesCreate`, `assetBatchesGet`, `assetStatusesList`.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from heygen_localize.sandbox.account.assets import Asset, Assets
from heygen_localize.sandbox.account.batches import BatchStatus, ItemStatus
from heygen_localize.sandbox.account.collection import Collection
from heygen_localize.sandbox.account.context import AccountContext
from heygen_localize.sandbox.errors import Refusal
from heygen_localize.sandbox.records import AssetStatus, Record

_OF_ASSETS = {
    AssetStatus.PENDING: BatchStatus.QUEUED,
    AssetStatus.UPLOADED: BatchStatus.PROCESSING,
    AssetStatus.COMPLETED: BatchStatus.COMPLETED,
}


@dataclass(frozen=True, kw_only=True)
class UploadBatch(Record):
    """One batch of direct uploads.

    Attributes:
        title: Its name, or None.
        asset_ids: Its assets, in the order asked.
        completing: Whether the caller said that all bytes are there.
    """

    title: str | None
    asset_ids: Sequence[str]
    completing: bool = False


class UploadBatches(Collection[UploadBatch]):
    """The batches of direct uploads of one account.

    Args:
        context: The account.
        assets: Its assets.
    """

    def __init__(self, context: AccountContext, assets: Assets) -> None:
        super().__init__(context, "upload_batch", UploadBatch, "Batch")
        self._assets = assets

    def begin(self, body: Mapping[str, Any]) -> tuple[str, list[Asset]]:
        """Begin the direct uploads of all files that a body names, or of none.

        Args:
            body: A request body that was checked.

        Returns:
            The id of the batch, and its assets in the order asked.

        Raises:
            Refusal: 413 if a file is too large.
        """
        with self._store.transaction():
            made = [self._assets.begin(file) for file in body["files"]]
            batch = UploadBatch(
                id=f"batch_{secrets.token_hex(8)}",
                title=body.get("title"),
                created_at=self._now(),
                asset_ids=[asset.id for asset in made],
            )
            return self.put(batch).id, made

    def item_statuses(self, batch: UploadBatch) -> list[ItemStatus]:
        """Return how far each file of a batch is now, checking those that were not."""
        return [
            self._item_status(index, asset_id, batch.completing)
            for index, asset_id in enumerate(batch.asset_ids)
        ]

    def _item_status(self, index: int, asset_id: str, completing: bool) -> ItemStatus:
        try:
            asset = self._assets.known(asset_id)
            if completing and self._assets.arriving(asset):
                return ItemStatus(index, BatchStatus.PROCESSING, asset_id)
            if completing:
                asset = self._assets.complete(asset_id, None)
        except Refusal as refusal:
            return ItemStatus(index, BatchStatus.FAILED, asset_id, refusal.error)
        done = asset.status is AssetStatus.COMPLETED
        return ItemStatus(index, BatchStatus.COMPLETED if done else BatchStatus.QUEUED, asset_id)

    def asset_status(self, asset_id: str) -> BatchStatus | None:
        """Return how far an asset is, by itself; None if there is none."""
        try:
            return _OF_ASSETS[self._assets.known(asset_id).status]
        except Refusal:
            return None
