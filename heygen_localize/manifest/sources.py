"""From what `source`, `audio` and `srt` say to media: where it is, and what stands for it."""

from __future__ import annotations

import codecs
import hashlib
import re
from pathlib import Path

from heygen_localize.manifest.addresses import is_address, is_signed, web_address
from heygen_localize.manifest.findings import MistakeError, did_you_mean
from heygen_localize.manifest.paths import Grounds
from heygen_localize.model import Media, MediaKind

_ASSET = "asset:"
_ASSET_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}", re.ASCII)
_FORMS = "an https:// URL, asset:ID, or a path from the manifest's folder"
_CHUNK = 1 << 20
_LARGEST_SUBTITLES = 32_000_000
"""Bytes; the vendor takes no larger upload of subtitles."""


def subtitle_bytes(content: bytes) -> bytes:
    """Give subtitles as they are hashed and uploaded: without BOM, with LF line ends.

    Editors and git change both without anyone meaning to, and neither is seen.
    """
    content = content.removeprefix(codecs.BOM_UTF8)
    return content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


class MediaFinder:
    """Reads the forms of a source; each file is hashed once.

    With `loopback`, plain http to this machine passes too.
    """

    def __init__(self, grounds: Grounds, *, loopback: bool) -> None:
        self._grounds = grounds
        self._loopback = loopback
        self._hashes: dict[tuple[str, bool], str] = {}

    def find(self, text: str, *, identity: str | None = None, subtitles: bool = False) -> Media:
        """Say what media a text names; `identity` stands for it where it is given.

        Raises:
            MistakeError: none of the forms, a secret in a URL, or a file that is
                missing, outside of the root, or not to be read.
        """
        if text.startswith(_ASSET):
            return self._asset(text.removeprefix(_ASSET), identity)
        if is_address(text):
            return self._address(text, identity)
        path, reference = self._grounds.locate(text)
        key = (reference, subtitles)
        if key not in self._hashes:
            self._hashes[key] = _hash(path, reference, subtitles)
        digest = self._hashes[key]
        return Media(MediaKind.FILE, reference, identity or digest, digest)

    def _asset(self, asset_id: str, identity: str | None) -> Media:
        if not _ASSET_ID.fullmatch(asset_id):
            raise MistakeError(
                "asset_invalid",
                f"{asset_id[:140]!r} cannot be the id of an asset",
                "write asset: and the id that the vendor gave, with nothing between them",
            )
        return Media(MediaKind.ASSET, asset_id, identity or asset_id)

    def _address(self, text: str, identity: str | None) -> Media:
        scheme = text.partition("://")[0].lower()
        if scheme not in ("http", "https"):
            raise MistakeError(
                "source_form", f"{scheme}:// cannot be used here", f"what can: {_FORMS}"
            )
        canonical = web_address(text, loopback=self._loopback)
        if identity is None and is_signed(text):
            raise MistakeError(
                "url_signed",
                "this URL carries a signature or token in its query: a secret that expires",
                "use an address without it, or (for source) set identity to what names the content",
            )
        return Media(MediaKind.URL, text, identity or canonical)


def _hash(path: Path, reference: str, subtitles: bool) -> str:
    try:
        if path.is_file():
            return _hash_subtitles(path, reference) if subtitles else _hash_content(path)
        there = path.exists()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise MistakeError(
            "source_unreadable", f"cannot read {reference[:200]!r}: {reason}"
        ) from error
    if there:
        raise MistakeError("source_not_file", f"{reference!r} is not a file")
    beside = path.parent.iterdir() if path.parent.is_dir() else ()
    raise MistakeError(
        "source_missing",
        f"there is no file {reference!r}, counted from the manifest's folder",
        did_you_mean(path.name, (other.name for other in beside)) or f"what can stand: {_FORMS}",
    )


def _hash_content(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _hash_subtitles(path: Path, reference: str) -> str:
    with path.open("rb") as stream:
        content = stream.read(_LARGEST_SUBTITLES + 1)
    if len(content) > _LARGEST_SUBTITLES:
        megabytes = _LARGEST_SUBTITLES // 1_000_000
        raise MistakeError("source_too_large", f"{reference!r} is larger than {megabytes} MB")
    return hashlib.sha256(subtitle_bytes(content)).hexdigest()
