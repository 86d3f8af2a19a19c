"""Sources in buckets on their way to HeyGen: by a signed link, else by an upload."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from msgspec.structs import replace

from heygen_localize.buckets.buckets import Buckets
from heygen_localize.core.errors import AbsentError, LocalizeError, TakenError, UploadRefused
from heygen_localize.core.model import Media, MediaKind, Target
from heygen_localize.core.objects import Seen, read_address
from heygen_localize.core.urls import is_loopback
from heygen_localize.media import HEAD, MediaType, recognise
from heygen_localize.system.hosts import is_private

_LIFETIME = 24 * 60 * 60
"""Seconds that a link opens an object: HeyGen may fetch it late, and an order may be sent again."""


class ObjectSources:
    """Names objects to HeyGen. With `loopback`, HeyGen is the sandbox, and reaches this machine."""

    def __init__(self, buckets: Buckets, *, loopback: bool) -> None:
        self._buckets, self._loopback = buckets, loopback
        self._links: dict[str, str] = {}

    def settle(self, media: Media) -> bool:
        """Return whether HeyGen can open an object by a link; else it has to be uploaded.

        Raises:
            UploadRefused: it is not what the plan was made of, or cannot be looked at.
        """
        address = read_address(media.reference)
        try:
            if not Seen(media.size or 0, media.etag or "").is_like(self._buckets.look(address)):
                raise changed(media)
            link = self._buckets.sign(address, _LIFETIME)
        except UploadRefused:
            raise
        except LocalizeError as error:
            raise _refused(error) from None
        if link is None or not self._opens(link):
            return False
        self._links[media.reference] = link
        return True

    def needed(self, media: Media) -> Media | None:
        """Return what has to be uploaded, its type known; None for what a link opens.

        Raises:
            UploadRefused: as `settle`; or HeyGen takes no such file.
        """
        if media.kind is not MediaKind.OBJECT:
            return media
        return None if self.settle(media) else self.typed(media)

    def _opens(self, link: str) -> bool:
        """Return whether HeyGen may reach a link: by https, on no private machine."""
        parts = urlsplit(link)
        host = parts.hostname or ""
        if is_loopback(host):
            return self._loopback
        return parts.scheme == "https" and not is_private(host, loopback=False)

    def linked(self, target: Target) -> Target:
        """Return a target whose objects are links that were signed just now."""
        audio = self._linked(target.audio) if target.audio is not None else None
        source = self._linked(target.source)
        if (source, audio) == (target.source, target.audio):
            return target
        return replace(target, source=source, audio=audio)

    def _linked(self, media: Media) -> Media:
        if media.kind is not MediaKind.OBJECT or media.reference not in self._links:
            return media
        with suppress(LocalizeError):  # then the one from before has to do
            link = self._buckets.sign(read_address(media.reference), _LIFETIME)
            self._links[media.reference] = link or self._links[media.reference]
        return Media(MediaKind.URL, self._links[media.reference], media.identity)

    def typed(self, media: Media) -> Media:
        """Return an object with the type that its first bytes tell.

        Raises:
            UploadRefused: HeyGen takes no such file, or it cannot be read.
        """
        with self.stream(media) as stream:
            found = recognise(stream.read(HEAD))
        known = {kind.value: kind for kind in MediaType}
        if found not in known:
            raise UploadRefused(
                f"{media.reference} is nothing that HeyGen takes ({found or 'of no known type'})",
                code="upload_failed",
                hint="HeyGen takes MP4, WebM, MP3 and WAV",
            )
        return replace(media, media_type=known[found].value)

    def stream(self, media: Media) -> io.BufferedReader:
        """Open an object to read it: the one of the plan, or none."""
        return io.BufferedReader(_Stream(self._pieces(media)), HEAD)

    def _pieces(self, media: Media) -> Iterator[bytes]:
        try:
            yield from self._buckets.pieces(read_address(media.reference), media.etag)
        except (AbsentError, TakenError):
            raise changed(media) from None
        except LocalizeError as error:
            raise _refused(error) from None


class _Stream(io.RawIOBase):
    """Reads what comes in pieces."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        super().__init__()
        self._pieces, self._rest = pieces, memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._rest = memoryview(piece)
        taken = min(len(buffer), len(self._rest))
        buffer[:taken] = self._rest[:taken]
        self._rest = self._rest[taken:]
        return taken


def _refused(error: LocalizeError) -> UploadRefused:
    first = error.first
    return UploadRefused(first.message, code=first.code, hint=first.hint)


def changed(media: Media) -> UploadRefused:
    """Return the refusal of a source that is not what the plan was made of any more."""
    return UploadRefused(
        f"{media.reference} has changed since the plan was made",
        code="source_changed",
        hint="nothing was ordered for it; run the same command again",
    )
