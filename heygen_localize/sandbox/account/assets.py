"""The account's assets: files that callers sent, in the folder of the state.

It knows nothing of HTTP; what it refuses, it refuses with a `Refusal`.
Source: docs/vendor/behaviour.md, "Source files".
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from heygen_localize.sandbox.account.access import Access
from heygen_localize.sandbox.account.store import Store
from heygen_localize.sandbox.account.uploads import Received
from heygen_localize.sandbox.errors import asset_not_found, invalid, not_visible, too_large
from heygen_localize.sandbox.media.filetypes import KINDS, FileKind, known_type, type_of
from heygen_localize.sandbox.records import Asset, AssetNote, AssetStatus
from heygen_localize.sandbox.settings import SandboxSettings

# The largest file that `POST /v3/assets` takes, in bytes.
MOST_BYTES = 32_000_000

# Ids of this form are ours; others are taken for assets made in the web app.
_OWN_ID = re.compile(r"asset_[0-9a-f]{32}")
_SHA256 = re.compile(r"[0-9A-Fa-f]{64}")
_USES = {"video": FileKind.VIDEO, "audio": FileKind.AUDIO, "srt": FileKind.SUBTITLES}


@dataclass(frozen=True)
class Beginning:
    """What a caller says of a file before it sends the bytes.

    Attributes:
        name: The file name.
        mime_type: Its type, a key of `KINDS`.
        size_bytes: Its length.
        sha256: The SHA-256 of its bytes, in hexadecimal, or None.
    """

    name: str
    mime_type: str
    size_bytes: int
    sha256: str | None

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Beginning:
        """Return what the body of a direct upload says of the file.

        Args:
            body: A body that fits the contract.

        Raises:
            Refusal: 400 for a type that is not taken, or a checksum that is none.
        """
        mime_type = known_type(body["content_type"])
        if mime_type is None:
            raise invalid("content_type", f"'content_type' must be one of {', '.join(KINDS)}.")
        return cls(body["filename"], mime_type, int(body["size_bytes"]), checked_checksum(body))


def checked_checksum(body: Mapping[str, Any]) -> str | None:
    """Return the checksum in a body that fits the contract, if there is one.

    Raises:
        Refusal: 400 if it is no SHA-256.
    """
    checksum: str | None = body.get("checksum_sha256")
    if checksum is not None and not _SHA256.fullmatch(checksum):
        raise invalid("checksum_sha256", "'checksum_sha256' must be 64 hexadecimal digits.")
    return checksum


def _checked_type(start: bytes, param: str) -> str:
    found = type_of(start)
    if found is None:
        raise invalid(param, f"The file must be one of {', '.join(KINDS)}.")
    return found


class Assets:
    """The assets of one account.

    Args:
        store: Where they are noted; their bytes lie in its folder.
        settings: How the sandbox is set.
        access: What the account may not use.
        now: Gives the sandbox's own time, in seconds since the epoch.
    """

    def __init__(
        self, store: Store, settings: SandboxSettings, access: Access, now: Callable[[], float]
    ) -> None:
        self._store = store
        self._settings = settings
        self._access = access
        self._now = now
        self._folder = store.folder / "assets"

    @property
    def folder(self) -> Path:
        """Where the bytes lie, also those that are still coming; made if it is missing."""
        self._folder.mkdir(exist_ok=True)
        return self._folder

    def path(self, asset: Asset) -> Path:
        """Gives where the bytes of an asset lie."""
        return self.folder / asset.id

    def _new(self, name: str, mime_type: str, size_bytes: int) -> Asset:
        return Asset(f"asset_{secrets.token_hex(16)}", name, mime_type, size_bytes, self._now())

    def take(self, received: Received) -> Asset:
        """Makes an asset of a file that came in one piece.

        Raises:
            Refusal: 413 if it is too large; 400 if it is of no type that the
                vendor takes.
        """
        if received.size_bytes > MOST_BYTES:
            raise too_large(MOST_BYTES)
        found = _checked_type(received.start, "file")
        asset = replace(
            self._new(received.name, found, received.size_bytes),
            status=AssetStatus.COMPLETED,
            sha256=received.sha256,
            available_at=self._now() + self._settings.asset_seconds,
        )
        received.path.replace(self.path(asset))
        self._store.add_asset(asset)
        return asset

    def begin(self, beginning: Beginning, most_bytes: int) -> Asset:
        """Begins a direct upload.

        Raises:
            Refusal: 413 if the file is too large.
        """
        if beginning.size_bytes > most_bytes:
            raise too_large(most_bytes)
        asset = replace(
            self._new(beginning.name, beginning.mime_type, beginning.size_bytes),
            promised_sha256=beginning.sha256,
            upload_headers={
                "Content-Type": beginning.mime_type,
                "x-amz-meta-upload": secrets.token_hex(8),
            },
        )
        self._store.add_asset(asset)
        return asset

    def waiting(self, asset_id: str) -> Asset | None:
        """Gives an asset whose bytes may still come, or None."""
        asset = self._store.asset(asset_id)
        done = asset is None or asset.deleted or asset.status is AssetStatus.COMPLETED
        return None if done else asset

    def arrive(self, asset: Asset, received: Received) -> None:
        """Puts the bytes of a direct upload in their place, over earlier ones."""
        received.path.replace(self.path(asset))
        arrived = replace(
            asset,
            status=AssetStatus.UPLOADED,
            sha256=received.sha256,
            start=received.start.hex(),
            available_at=self._now() + self._settings.visible_seconds,
        )
        self._store.save_asset(arrived)

    def complete(self, asset_id: str, sha256: str | None) -> Asset:
        """Completes a direct upload; may be repeated.

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
        if asset.status is AssetStatus.UPLOADED:
            found = _checked_type(bytes.fromhex(asset.start), "content_type")
            if found != asset.mime_type:
                raise invalid("content_type", f"The file is {found}, not {asset.mime_type}.")
            found_at = self._now() + self._settings.asset_seconds
            asset = replace(asset, status=AssetStatus.COMPLETED, available_at=found_at)
            self._store.save_asset(asset)
        return asset

    def arriving(self, asset: Asset) -> bool:
        """Tell whether the bytes of a direct upload came, but are not visible yet."""
        return asset.status is AssetStatus.UPLOADED and self._now() < asset.available_at

    def known(self, asset_id: str) -> Asset:
        """Return an asset that was not deleted, though it may not be found yet.

        Raises:
            Refusal: 404 if there is none.
        """
        asset = self._store.asset(asset_id)
        if asset is None or asset.deleted:
            raise asset_not_found(asset_id)
        return asset

    def _found(self, asset: Asset, unseen_seconds: float) -> bool:
        """Tell whether a completed asset is old enough to be found."""
        return asset.usable and self._now() >= asset.available_at + unseen_seconds

    def asset(self, asset_id: str, unseen_seconds: float = 0) -> Asset:
        """Gives an asset that was not deleted.

        Args:
            asset_id: Which asset.
            unseen_seconds: One completed less long ago is not found yet.

        Raises:
            Refusal: 404 if there is none.
        """
        asset = self.known(asset_id)
        if asset.usable and not self._found(asset, unseen_seconds):
            raise asset_not_found(asset_id)
        return asset

    def delete(self, asset_id: str) -> None:
        """Takes an asset and its bytes away.

        Raises:
            Refusal: 404 if there is none.
        """
        with self._store.transaction():
            asset = replace(self.known(asset_id), deleted=True)
            self._store.save_asset(asset)
        self.path(asset).unlink(missing_ok=True)

    def page(self, offset: int, limit: int) -> tuple[list[Asset], bool]:
        """Gives a page of complete assets, the newest first, and whether more follow."""
        assets = self._store.page_of_assets(offset, limit + 1)
        return assets[:limit], len(assets) > limit

    def check_order(self, order: Mapping[str, Any], unseen_seconds: float = 0) -> None:
        """Makes sure that a job can be made from what an order names.

        Args:
            order: A request body that fits the contract.
            unseen_seconds: As for `asset`.

        Raises:
            Refusal: As `check_named`, and 403 for a feature that the plan lacks.
        """
        self._access.check_features(order)
        self.check_named(order, unseen_seconds)

    def check_named(self, order: Mapping[str, Any], unseen_seconds: float = 0) -> None:
        """Makes sure that the assets that an order names are there and fit their use.

        Raises:
            Refusal: 403 for somebody else's; 404 for one of our own that is not
                there or not complete; 400 for one of another kind than its use.
        """
        self._access.check_resources(order)
        for use, kind in _USES.items():
            asset_id = (order.get(use) or {}).get("asset_id")
            if asset_id is None or not _OWN_ID.fullmatch(asset_id):
                continue
            asset = self._store.asset(asset_id)
            if asset is None or not self._found(asset, unseen_seconds):
                raise asset_not_found(asset_id, use)
            if KINDS[asset.mime_type] is not kind:
                raise invalid(use, f"Asset '{asset_id}' is {asset.mime_type}, not {kind.value}.")

    def notes(self) -> list[AssetNote]:
        """Gives every asset ever begun, the oldest first."""
        return [
            AssetNote(
                id=asset.id,
                sha256=asset.sha256,
                size_bytes=asset.size_bytes,
                mime_type=asset.mime_type,
                name=asset.name,
                status=asset.status,
                deleted=asset.deleted,
            )
            for asset in self._store.assets()
        ]
