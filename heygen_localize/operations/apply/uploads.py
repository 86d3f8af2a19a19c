"""Local files on their way to HeyGen: one upload for each content, whatever uses it."""

from __future__ import annotations

import hashlib
import io
import os
import secrets
import shlex
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import IO

import requests

from heygen_localize.core.errors import UploadRefused
from heygen_localize.core.model import Manifest, Media, MediaKind, Target
from heygen_localize.heygen.assets import LARGEST_IN_ONE_CALL, Assets, DirectUpload
from heygen_localize.heygen.errors import ApiError
from heygen_localize.media import MediaType
from heygen_localize.operations.apply.object_sources import ObjectSources, changed
from heygen_localize.operations.events import Transfer, Watcher
from heygen_localize.project.recorder import LockRecorder
from heygen_localize.subtitles import canonical
from heygen_localize.system import opened, real_path, root_of
from heygen_localize.system.causes import cause_of
from heygen_localize.system.web import Web, WebRefusal

_MOST_ADDRESSES = 3
"""So many upload addresses are asked for, where they expire before the file is through."""

_PUT_SECONDS = 600.0
"""Time-out of HeyGen's own client for uploads (docs/vendor/behaviour.md, "Calls")."""

_EXPIRED = (403, 410)


class _Spent(Exception):
    """An upload address that is no longer good: the next key asks for another."""


class Uploader:
    """Brings the files of targets to HeyGen, and remembers them in the lock.

    `token` makes one upload's key unlike any other's. Every upload is named after its content,
    so that an asset which the lock names is believed only where HeyGen calls it that;
    it is asked for once a run, before it is used.
    """

    def __init__(
        self,
        assets: Assets,
        web: Web,
        recorder: LockRecorder,
        watcher: Watcher,
        manifest: Manifest,
        objects: ObjectSources,
        token: Callable[[], str] = lambda: secrets.token_hex(8),
    ) -> None:
        self._assets, self._web, self._recorder, self._watcher = assets, web, recorder, watcher
        self._folder, self._project = manifest.path.parent, manifest.project
        self._token, self._objects = token, objects
        self._known: set[str] = set()
        self._there: dict[str, str] | None = None

    def ready(self, media: Sequence[Media]) -> bool:
        """Return whether all of these can be named to HeyGen."""
        return all(item.sha256 in self._known for item in _files(media))

    @property
    def linked(self) -> Callable[[Target], Target]:
        """What gives a target whose sources in buckets are links that open them."""
        return self._objects.linked

    def bring(self, media: Sequence[Media]) -> tuple[str, ...]:
        """Upload what HeyGen lacks of these; return the names of the files that were sent.

        Raises:
            UploadRefused: a file changed since the plan, is too large, or could not
                be sent.
            AccountRefused: the key is not accepted.
            LockfileError: the lockfile cannot be written.
        """
        sent = []
        for item in _files(media):
            sha256 = item.sha256 or ""
            if sha256 in self._known:
                continue
            try:
                needed = self._objects.needed(item)
                if needed is not None and self._bring(needed, sha256):
                    sent.append(item.reference)
            except ApiError as failure:
                if failure.unauthorized:
                    raise
                raise UploadRefused(f"{item.reference} could not be uploaded: {failure}") from None
            except OSError as error:
                raise UploadRefused(f"{item.reference} cannot be read: {cause_of(error)}") from None
            self._known.add(sha256)
        return tuple(sent)

    def _bring(self, media: Media, sha256: str) -> bool:
        asset_id = self._recorder.assets.get(sha256)
        name = None if asset_id is None else self._assets.name(asset_id)
        if name is not None and name.startswith(sha256[:32]):
            return False
        self._recorder.forget_upload(sha256)
        asset_id = self._at_the_vendor(_name(media, sha256))
        if asset_id is not None:
            self._recorder.record_upload(sha256, asset_id)
            return False
        for _ in range(_MOST_ADDRESSES):
            # Of this try alone: an answer kept from another run may name what was sent then,
            # of a file that changed meanwhile. An upload costs nothing.
            key = f"lz1:{self._project}:asset:{sha256[:32]}:{self._token()}"
            with suppress(_Spent):
                asset_id = self._sent(media, sha256, key)
                if self._assets.appeared(asset_id):
                    self._recorder.record_upload(sha256, asset_id)
                    return True
                raise UploadRefused(f"{media.reference} was uploaded, but HeyGen does not keep it")
        raise UploadRefused(f"{media.reference} could not be sent before its upload address ended")

    def _at_the_vendor(self, name: str) -> str | None:
        """Return the asset that an earlier run sent, of which no lockfile tells; None for none.

        The account is looked through once. Where that fails the file is sent: it costs nothing.
        """
        if self._there is None:
            self._there = {}
            try:
                self._there = self._assets.named()
            except ApiError as failure:
                if failure.status == 401:
                    raise  # a 403 is about the list alone
        return self._there.get(name)

    def _sent(self, media: Media, sha256: str, key: str) -> str:
        path, watcher = self._folder / media.reference, self._watcher
        of_bucket = media.kind is MediaKind.OBJECT
        source = (
            _Object(self._objects, media, watcher) if of_bucket else _File(path, media, watcher)
        )
        name = _name(media, sha256)
        if (media.size or 0) > LARGEST_IN_ONE_CALL:
            asset_id = self._sent_directly(media, source, name, key)
        else:
            kind = media.media_type or ""
            asset_id = self._assets.upload(name, kind, source.opened, key)
        if source.sha256 != sha256:
            with suppress(ApiError):
                self._assets.delete(asset_id)
            raise changed(media)
        return asset_id

    def _sent_directly(self, media: Media, source: _File, name: str, key: str) -> str:
        size, kind = media.size or 0, media.media_type or ""
        upload = self._assets.begin(name, kind, size, key)
        if upload.most_bytes is not None and size > upload.most_bytes:
            most = upload.most_bytes / 1e6
            smaller = str(PurePosixPath(media.reference).with_suffix("")) + "-smaller.mp4"
            path, smaller = map(shlex.quote, (media.reference, smaller))
            raise UploadRefused(
                f"{media.reference}: expected at most {most:.0f} MB, found {size / 1e6:.0f} MB",
                code="upload_too_large",
                hint=f"compress it: ffmpeg -i {path} -c:v libx264 -crf 23 -c:a copy {smaller}",
            )

        def put() -> None:
            with source.opened() as content:
                self._put(media, upload, content)

        self._assets.transport.with_retries(put)
        if source.sha256 == media.sha256:
            self._assets.complete(upload.asset_id)
        return upload.asset_id

    def _put(self, media: Media, upload: DirectUpload, content: _Content) -> None:
        refused = f"{media.reference} could not be uploaded: its upload address"
        try:
            status = self._web.put(upload.url, content, upload.headers, _PUT_SECONDS)
        except WebRefusal as refusal:
            raise UploadRefused(f"{refused} cannot be used: {refusal}") from None
        except requests.RequestException as error:
            cause = cause_of(error, upload.url)
            raise ApiError(f"its upload address: {cause}", hint=cause.hint) from None
        if status in _EXPIRED:
            raise _Spent
        if status == 429 or status >= 500:
            raise ApiError(f"its upload address answered {status}")
        if status >= 300:
            raise UploadRefused(f"{refused} answered {status}")


_SUFFIXES = {
    MediaType.MP4: ".mp4",
    MediaType.WEBM: ".webm",
    MediaType.MP3: ".mp3",
    MediaType.WAV: ".wav",
    MediaType.SRT: ".srt",
}


def _name(media: Media, sha256: str) -> str:
    """Return what a file is called at HeyGen: after its content, whatever its name here."""
    return f"{sha256[:32]}{_SUFFIXES[MediaType(media.media_type)]}"


class _File:
    """One file while it is sent: opened anew for each try, hashed as it is read."""

    def __init__(self, path: Path, media: Media, watcher: Watcher) -> None:
        self._path, self._media, self._watcher = path, media, watcher
        self._digest = hashlib.sha256()

    @property
    def sha256(self) -> str:
        """The hash of what the last try has read."""
        return self._digest.hexdigest()

    def opened(self) -> _Content:
        self._digest = hashlib.sha256()
        text = self._media.media_type == MediaType.SRT.value
        stream = opened(real_path(self._path, root_of(self._path)))
        size = os.fstat(stream.fileno()).st_size
        if not text and (size != self._media.size or size > LARGEST_IN_ONE_CALL):
            if size == self._media.size:
                return _Content(stream, size, self._seen, self._media)
            stream.close()
            raise changed(self._media)
        with stream:
            # One call makes an asset whatever was sent, so nothing false may go out by its name.
            content = stream.read(LARGEST_IN_ONE_CALL + 1)
        content = canonical(content) if text else content
        if hashlib.sha256(content).hexdigest() != self._media.sha256:
            raise changed(self._media)
        return _Content(io.BytesIO(content), len(content), self._seen, self._media)

    def _seen(self, piece: bytes, done: int, total: int) -> None:
        self._digest.update(piece)
        self._watcher.moved(Transfer(self._media.reference, done, total))


class _Object(_File):
    """An object while it is sent: the bucket gives that of the plan, or none."""

    def __init__(self, objects: ObjectSources, media: Media, watcher: Watcher) -> None:
        super().__init__(Path(), media, watcher)
        self._objects = objects

    @property
    def sha256(self) -> str:
        return self._media.sha256 or ""

    def opened(self) -> _Content:
        stream, size = self._objects.stream(self._media), self._media.size or 0
        return _Content(stream, size, self._seen, self._media)


class _Content:
    """What an upload reads: exactly as many bytes as were announced.

    `len` is how many are left, which is where both libraries that send it look.
    """

    def __init__(
        self, stream: IO[bytes], size: int, seen: Callable[[bytes, int, int], None], media: Media
    ) -> None:
        self._stream, self._size, self._seen, self._media = stream, size, seen, media
        self.len = size

    def __enter__(self) -> _Content:
        return self

    def __exit__(self, *exception: object) -> None:
        self._stream.close()

    def read(self, size: int = -1) -> bytes:
        piece = self._stream.read(self.len if size < 0 else min(size, self.len))
        if not piece and self.len and size:
            raise changed(self._media)
        self.len -= len(piece)
        if piece:
            self._seen(piece, self._size - self.len, self._size)
        return piece


def _files(media: Sequence[Media]) -> tuple[Media, ...]:
    return tuple(item for item in media if item.kind in (MediaKind.FILE, MediaKind.OBJECT))
