"""Many direct uploads begun in one call, and completed in another.

It knows nothing of HTTP; what it refuses, it refuses with a `Refusal`.
Source: docs/vendor/heygen-v3.openapi.yaml, `assetDirectUploadsBatchesCreate`,
`assetCompleteBatchesCreate`, `assetBatchesGet`, `assetStatusesList`.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from heygen_localize.sandbox.account.assets import Assets, Beginning
from heygen_localize.sandbox.account.batches import Standing, Word
from heygen_localize.sandbox.account.shelf import Shelf
from heygen_localize.sandbox.account.store import Store
from heygen_localize.sandbox.errors import Refusal, invalid, not_found
from heygen_localize.sandbox.records import Asset, AssetStatus


@dataclass(frozen=True)
class UploadBatch:
    """One batch of direct uploads.

    Attributes:
        id: The vendor's name for it.
        title: Its name, or None.
        created_at: When it was made, in seconds since the epoch.
        asset_ids: Its assets, in the order asked.
        completing: Whether the caller said that all bytes are there.
    """

    id: str
    title: str | None
    created_at: float
    asset_ids: Sequence[str]
    completing: bool = False


def _error(refusal: Refusal) -> dict[str, str]:
    return {"code": refusal.code, "message": refusal.message}


class UploadBatches:
    """The batches of direct uploads of one account.

    Args:
        store: Where they are noted.
        assets: The assets of the account.
        now: Gives the sandbox's own time, in seconds since the epoch.
    """

    def __init__(self, store: Store, assets: Assets, now: Callable[[], float]) -> None:
        self._store = store
        self._assets = assets
        self._now = now
        self._shelf = Shelf(store, "upload_batch", UploadBatch)

    def begin(self, body: Mapping[str, Any], most_bytes: int) -> tuple[str, list[Asset]]:
        """Begin the direct uploads of all files that a body names, or of none.

        Args:
            body: A request body that fits the contract.
            most_bytes: The largest file.

        Returns:
            The id of the batch, and its assets in the order asked.

        Raises:
            Refusal: 400 or 413, with the places of the files at fault.
        """
        beginnings = [_Begun.of(place, file) for place, file in enumerate(body["files"])]
        wrong = [begun for begun in beginnings if begun.refusal is not None]
        if wrong:
            places = ", ".join(str(begun.place) for begun in wrong)
            raise invalid("files", f"Not valid at {places}: {wrong[0].refusal}")
        with self._store.transaction():
            made = [
                self._assets.begin(begun.beginning, most_bytes)
                for begun in beginnings
                if begun.beginning is not None
            ]
            ids = [asset.id for asset in made]
            batch_id = f"batch_{secrets.token_hex(8)}"
            batch = UploadBatch(batch_id, body.get("title"), self._now(), ids)
            self._shelf.put(batch_id, batch)
        return batch_id, made

    def complete(self, batch_id: str) -> None:
        """Say that all bytes of a batch are there; each file is checked by itself.

        Raises:
            Refusal: 404 if there is no such batch.
        """
        with self._store.transaction():
            batch = self.batch(batch_id)
            self._shelf.put(batch_id, replace(batch, completing=True))

    def batch(self, batch_id: str) -> UploadBatch:
        """Return a batch.

        Raises:
            Refusal: 404 if there is none.
        """
        batch = self._shelf.get(batch_id)
        if batch is None:
            raise not_found(f"Batch '{batch_id}'")
        return batch

    def standings(self, batch: UploadBatch) -> list[Standing]:
        """Return how far each file of a batch is now, checking those that were not."""
        return [
            self._standing(place, asset_id, batch) for place, asset_id in enumerate(batch.asset_ids)
        ]

    def _standing(self, place: int, asset_id: str, batch: UploadBatch) -> Standing:
        try:
            asset = self._assets.known(asset_id)
            if asset.usable or not batch.completing:
                word = Word.COMPLETED if asset.usable else Word.QUEUED
                return Standing(place, word, asset_id, None)
            if self._assets.arriving(asset):
                return Standing(place, Word.PROCESSING, asset_id, None)
            self._assets.complete(asset_id, None)
        except Refusal as refusal:
            return Standing(place, Word.FAILED, asset_id, _error(refusal))
        return Standing(place, Word.COMPLETED, asset_id, None)

    def word(self, asset_id: str) -> str | None:
        """Return how far an asset is, by itself; None if there is none."""
        try:
            asset = self._assets.known(asset_id)
        except Refusal:
            return None
        words = {AssetStatus.PENDING: Word.QUEUED, AssetStatus.UPLOADED: Word.PROCESSING}
        return words.get(asset.status, Word.COMPLETED).value


@dataclass(frozen=True)
class _Begun:
    """What one entry of a batch says of its file, or why it will not do."""

    place: int
    beginning: Beginning | None
    refusal: Refusal | None

    @classmethod
    def of(cls, place: int, file: Mapping[str, Any]) -> _Begun:
        try:
            return cls(place, Beginning.of(file), None)
        except Refusal as refusal:
            return cls(place, None, refusal)
