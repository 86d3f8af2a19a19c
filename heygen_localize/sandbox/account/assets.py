"""The account's assets: files that callers sent, in the folder of the state.

Source: docs/vendor/behaviour.md, "Source files".
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from heygen_localize.sandbox.account.access import Access
from heygen_localize.sandbox.account.collection import Collection
from heygen_localize.sandbox.account.context import AccountContext
from heygen_localize.sandbox.account.uploads import Received
from heygen_localize.sandbox.errors import asset_not_found, invalid, not_visible, too_large
from heygen_localize.sandbox.media.filetypes import KINDS, FileKind, known_type, type_of
from heygen_localize.sandbox.records import AssetNote, AssetStatus, Record

# The largest file that `POST /v3/assets` takes, in bytes.
MOST_BYTES = 32_000_000

# Ids of this form are ours; others are taken for assets made in the web app.
_OWN_ID = re.compile(r"asset_[0-9a-f]{32}")
_USES = {"video": FileKind.VIDEO, "audio": FileKind.AUDIO, "srt": FileKind.SUBTITLES}


@dataclass(frozen=True, kw_only=True)
class Asset(Record):
    """One file that a caller sent, or is about to send.

    Attributes:
        name: Its file name.
        mime_type: Its type, a key of `KINDS`: as declared until it is
            completed, then as found.
        size_bytes: Its length.
        status: How far it is.
        sha256: The SHA-256 of the bytes that came; None before they did.
        promised_sha256: What the caller says that it will be, or None.
        start: The first bytes that came, in hexadecimal.
        available_at: When what was uploaded is visible, and what is completed
            is found, in seconds since the epoch.
        upload_headers: What a direct upload must send, exactly so.
    """

    name: str
    mime_type: str
    size_bytes: int
    status: AssetStatus = AssetStatus.PENDING
    sha256: str | None = None
    promised_sha256: str | None = None
    start: str = ""
    available_at: float = 0.0
    upload_headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def seen_from(self) -> float:
        """From when on it can be found; one that is not completed can be at once."""
        return self.available_at if self.status is AssetStatus.COMPLETED else 0.0

    @property
    def usable(self) -> bool:
        """Whether a job may be made from it."""
        return self.status is AssetStatus.COMPLETED and self.deleted_at is None


def _read(status: str, **fields: Any) -> Asset:
    return Asset(status=AssetStatus(status), **fields)


def _checked_type(start: bytes, param: str) -> str:
    found = type_of(start)
    if found is None:
        raise invalid(param, f"The file must be one of {', '.join(KINDS)}.")
    return found


class Assets(Collection[Asset]):
    """The assets of one account; their bytes lie in a folder of the store.

    Args:
        context: The account.
        access: What it may not use.
    """

    def __init__(self, context: AccountContext, access: Access) -> None:
        super().__init__(context, "asset", _read, "Asset", "asset_not_found")
        self._access = access
        self._folder = self._store.folder / "assets"

    @property
    def folder(self) -> Path:
        """Where the bytes lie, also those that are still coming; made if it is missing."""
        self._folder.mkdir(exist_ok=True)
        return self._folder

    def path(self, asset: Asset) -> Path:
        """Return where the bytes of an asset lie."""
        return self._folder / asset.id

    def take(self, received: Received) -> Asset:
        """Make an asset of a file that came in one piece.

        Raises:
            Refusal: 413 if it is too large; 400 if it is of no type that the
                vendor takes.
        """
        if received.size_bytes > MOST_BYTES:
            raise too_large(MOST_BYTES)
        now = self._now()
        asset = Asset(
            id=f"asset_{secrets.token_hex(16)}",
            name=received.name,
            mime_type=_checked_type(received.start, "file"),
            size_bytes=received.size_bytes,
            created_at=now,
            status=AssetStatus.COMPLETED,
            sha256=received.sha256,
            available_at=now + self._settings.asset_seconds,
        )
        received.path.replace(self.path(asset))
        return self.put(asset)

    def begin(self, body: Mapping[str, Any]) -> Asset:
        """Begin a direct upload.

        Args:
            body: The body of a direct upload, or an entry of a batch of them,
                that was checked.

        Raises:
            Refusal: 413 if the file is too large.
        """
        if body["size_bytes"] > self._settings.max_upload_bytes:
            raise too_large(self._settings.max_upload_bytes)
        mime_type = str(known_type(body["content_type"]))
        headers = {"Content-Type": mime_type, "x-amz-meta-upload": secrets.token_hex(8)}
        return self.put(
            Asset(
                id=f"asset_{secrets.token_hex(16)}",
                name=body["filename"],
                mime_type=mime_type,
                size_bytes=int(body["size_bytes"]),
                created_at=self._now(),
                promised_sha256=body.get("checksum_sha256"),
                upload_headers=headers,
            )
        )

    def waiting(self, asset_id: str) -> Asset | None:
        """Return an asset whose bytes may still come, or None."""
        asset = self.find(asset_id)
        if asset is None or asset.deleted_at is not None:
            return None
        return None if asset.status is AssetStatus.COMPLETED else asset

    def arrive(self, asset: Asset, received: Received) -> None:
        """Put the bytes of a direct upload in their place, over earlier ones."""
        received.path.replace(self.path(asset))
        self.update(
            asset.id,
            status=AssetStatus.UPLOADED,
            sha256=received.sha256,
            start=received.start.hex(),
            available_at=self._now() + self._settings.visible_seconds,
        )

    def complete(self, asset_id: str, sha256: str | None) -> Asset:
        """Complete a direct upload; may be repeated.

        Raises:
            Refusal: 404 if there is none; 409 before the bytes came and are
                visible; 400 if they are not what was promised, or of no type
                that is taken.
        """
        asset = self.known(asset_id)
        if asset.status is AssetStatus.PENDING or self.arriving(asset):
            raise not_visible(asset_id)
        promised = {text.lower() for text in (sha256, asset.promised_sha256) if text is not None}
        if not promised <= {asset.sha256}:
            raise invalid("checksum_sha256", "The checksum is not that of the uploaded bytes.")
        if asset.status is AssetStatus.COMPLETED:
            return asset
        found = _checked_type(bytes.fromhex(asset.start), "content_type")
        if found != asset.mime_type:
            raise invalid("content_type", f"The file is {found}, not {asset.mime_type}.")
        found_at = self._now() + self._settings.asset_seconds
        return self.update(asset_id, status=AssetStatus.COMPLETED, available_at=found_at)

    def arriving(self, asset: Asset) -> bool:
        """Return whether the bytes of a direct upload came, but are not visible yet."""
        return asset.status is AssetStatus.UPLOADED and self._now() < asset.available_at

    def delete(self, asset_id: str) -> None:
        """Take an asset and its bytes away.

        Raises:
            Refusal: 404 if there is none.
        """
        super().delete(asset_id)
        (self._folder / asset_id).unlink(missing_ok=True)

    def check_order(self, order: Mapping[str, Any], unseen_seconds: float = 0) -> None:
        """Make sure that a job can be made from what an order names.

        Args:
            order: A request body that fits the contract.
            unseen_seconds: As for `get`.

        Raises:
            Refusal: As `check_named`, and 403 for a feature that the plan lacks.
        """
        self._access.check_features(order)
        self.check_named(order, unseen_seconds)

    def check_named(self, order: Mapping[str, Any], unseen_seconds: float = 0) -> None:
        """Make sure that the assets that an order names are there and fit their use.

        Raises:
            Refusal: 403 for somebody else's; 404 for one of our own that is not
                there or not complete; 400 for one of another kind than its use.
        """
        self._access.check_resources(order)
        for use, kind in _USES.items():
            asset_id = (order.get(use) or {}).get("asset_id")
            if asset_id is None or not _OWN_ID.fullmatch(asset_id):
                continue
            asset = self.find(asset_id)
            found = asset is not None and self._now() >= asset.seen_from + unseen_seconds
            if asset is None or not asset.usable or not found:
                raise asset_not_found(asset_id, use)
            if KINDS[asset.mime_type] is not kind:
                raise invalid(use, f"Asset '{asset_id}' is {asset.mime_type}, not {kind.value}.")

    def notes(self) -> list[AssetNote]:
        """Return every asset ever begun, the oldest first."""
        return [
            AssetNote(
                id=asset.id,
                sha256=asset.sha256,
                size_bytes=asset.size_bytes,
                mime_type=asset.mime_type,
                name=asset.name,
                status=asset.status,
                deleted=asset.deleted_at is not None,
            )
            for asset in self.everything()
        ]
