"""HeyGen's endpoints for uploads: small files in one call, large ones at an address of its own.

Source: docs/vendor/behaviour.md, "Source files", and the paths `/v3/assets*` of
docs/vendor/heygen-v3.openapi.yaml.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any

from msgspec import Struct

from heygen_localize.core.fingerprint import Json
from heygen_localize.core.text import valid_id
from heygen_localize.heygen.errors import ApiError
from heygen_localize.heygen.messages import link_of, members
from heygen_localize.heygen.transport import Transport

LARGEST_IN_ONE_CALL = 32_000_000
"""Bytes; files above go by direct upload."""

_ASSETS = "/v3/assets"
_HEADER = 8192
_PAGE = 100
_NOT_VISIBLE = 409
_MOST_LOOKS = 16
_PAUSE = 0.5
"""Seconds, times the attempt: all looks together take a minute."""

_MOST_PAGES = 20

Opener = Callable[[], AbstractContextManager[Any]]
"""Opens what is sent, from its start."""


class DirectUpload(Struct, frozen=True):
    """Where the bytes of a large file go: `headers` are sent as they are, `url` gets no key.

    `most_bytes` is what HeyGen takes at most; None where it does not say.
    """

    asset_id: str
    url: str
    headers: Mapping[str, str]
    most_bytes: int | None


class Assets:
    """Uploads, as far as localization needs them; all raise `ApiError` without a usable answer."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport

    def name(self, asset_id: str) -> str | None:
        """Return what HeyGen calls an asset, empty where it does not tell; None for a 404."""
        whole = self.transport.find(f"{_ASSETS}/{asset_id}")
        if whole is None:
            return None
        told = members(whole["data"]).get("name")
        return told if isinstance(told, str) else ""

    def named(self) -> dict[str, str]:
        """Return the ids of the account's newest assets that are whole, by their names.

        Of one name the newest counts; 2000 are looked at. The list wants a username
        (docs/vendor/heygen-v3.openapi.yaml, `assetList`): the one that the key belongs to.
        """
        username = members(self.transport.get("/v3/users/me")).get("username")
        found: dict[str, str] = {}
        if not isinstance(username, str) or not username:
            return found
        query = {"username": username, "limit": str(_PAGE)}
        for _ in range(_MOST_PAGES):
            page = self.transport.get_whole(_ASSETS, query)
            items = page.get("data")
            for item in items if isinstance(items, list) else ():
                told = members(item)
                name, asset_id = told.get("name"), valid_id(told.get("id"))
                if isinstance(name, str) and asset_id is not None and link_of(told.get("url")):
                    found.setdefault(name, asset_id)
            token = page.get("next_token")
            if page.get("has_more") is not True or not isinstance(token, str):
                break
            query["token"] = token
        return found

    def upload(self, name: str, kind: str, opened: Opener, key: str) -> str:
        """Upload a file in one call, and give the asset's id; repeated while it may help.

        Args:
            name: What HeyGen shall call it.
            kind: Its media type.
            opened: Opens the content, from its start, for each try.
            key: The idempotency key: however often it is sent, it is one asset.
        """
        # Here, since few runs upload.
        from requests_toolbelt import MultipartEncoder

        def send() -> Any:
            with opened() as content:
                form = MultipartEncoder({"file": (name, content, kind)})
                return self.transport.send_file(_ASSETS, form, form.content_type, key)

        return _asset_id(self.transport.with_retries(send))

    def begin(self, name: str, kind: str, size: int, key: str) -> DirectUpload:
        """Ask for an address that takes a large file of `size` bytes."""
        # No checksum: HeyGen does not say in which form. What is sent is hashed here.
        body: dict[str, Json] = {"filename": name, "content_type": kind, "size_bytes": size}
        answer = self.transport.with_retries(
            lambda: self.transport.post(f"{_ASSETS}/direct-uploads", body, key)
        )
        asset_id, headers = _asset_id(answer), members(answer.get("upload_headers"))
        url, most = link_of(answer.get("upload_url")), answer.get("max_bytes")
        if url is None or not all(_is_header(*header) for header in headers.items()):
            raise ApiError("a direct upload was answered without an address that can be used")
        return DirectUpload(asset_id, url, headers, most if isinstance(most, int) else None)

    def complete(self, asset_id: str) -> None:
        """Say that all bytes are there; asked again for as long as HeyGen does not see them.

        It takes no key, and says nothing else when it is repeated. Source:
        docs/vendor/changes-2026-11.md, "Assets": 409 until then, and no reason to send them again.
        """
        path = f"{_ASSETS}/{asset_id}/complete"

        def unseen() -> bool:
            try:
                self.transport.with_retries(lambda: self.transport.post(path, {}, None))
            except ApiError as failure:
                if not failure.from_vendor or failure.status != _NOT_VISIBLE:
                    raise
                return True
            return False

        if self._is_still(unseen):
            raise ApiError("HeyGen does not see the bytes that were sent", code="not_visible")

    def appeared(self, asset_id: str) -> bool:
        """Wait for an asset that was just made, which may not be found for a moment."""
        return not self._is_still(lambda: self.name(asset_id) is None)

    def _is_still(self, so: Callable[[], bool]) -> bool:
        """Ask until it is not so any more, with growing pauses; tell whether it still is."""
        for attempt in range(1, _MOST_LOOKS):
            if not so():
                return False
            self.transport.pause(_PAUSE * attempt)
        return so()

    def delete(self, asset_id: str) -> None:
        """Remove an asset that nothing was made from."""
        self.transport.delete(f"{_ASSETS}/{asset_id}")


def _asset_id(answer: Any) -> str:
    name = valid_id(members(answer).get("asset_id"))
    if name is None:
        raise ApiError("an upload was answered without the id that it should bring")
    return name


def _is_header(name: object, value: object) -> bool:
    """Return whether an untrusted answer names a header that may be sent on."""
    if not isinstance(name, str) or not isinstance(value, str) or len(value) > _HEADER:
        return False
    token = name.replace("-", "").replace("_", "")
    return token.isalnum() and token.isascii() and value.isprintable()
