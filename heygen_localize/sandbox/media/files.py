"""Contents of files as they are served: in pieces, from anywhere, perhaps not to the end."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from werkzeug.wrappers import Request, Response

_PIECE_BYTES = 1024 * 1024
# A prime, so that no offset that a program rounds falls on the same bytes.
_PERIOD_BYTES = 65_521
_PERIODS = 20


class Content(Protocol):
    """The bytes of one file."""

    @property
    def size(self) -> int:
        """How many bytes there are."""

    def pieces(self, start: int, stop: int) -> Iterator[bytes]:
        """Return the bytes from one offset to another."""


@lru_cache(maxsize=16)
def _filler(seed: str) -> bytes:
    return hashlib.shake_256(seed.encode()).digest(_PERIOD_BYTES) * _PERIODS


@dataclass(frozen=True)
class Padded:
    """Bytes, then a filler that is never in memory as a whole.

    Attributes:
        head: The bytes.
        seed: What the filler is made from, always the same for the same seed.
        filler_bytes: How long it is.
    """

    head: bytes
    seed: str = ""
    filler_bytes: int = 0

    @property
    def size(self) -> int:
        """How many bytes there are."""
        return len(self.head) + self.filler_bytes

    def pieces(self, start: int, stop: int) -> Iterator[bytes]:
        """Return the bytes from one offset to another."""
        if start < len(self.head):
            yield self.head[start:stop]
        place, end = max(start, len(self.head)) - len(self.head), stop - len(self.head)
        while place < end:
            offset = place % _PERIOD_BYTES
            piece = _filler(self.seed)[offset : offset + min(_PIECE_BYTES, end - place)]
            yield piece
            place += len(piece)


@dataclass(frozen=True)
class OnDisk:
    """The bytes of a file in the folder of the state."""

    path: Path
    size: int

    def pieces(self, start: int, stop: int) -> Iterator[bytes]:
        """Return the bytes from one offset to another."""
        with self.path.open("rb") as file:
            file.seek(start)
            while piece := file.read(min(_PIECE_BYTES, stop - start)):
                start += len(piece)
                yield piece


@dataclass(frozen=True)
class ServedFile:
    """A file with the headers that it is served with.

    Attributes:
        content: Its bytes.
        mime_type: Its type.
        etag: Its strong ETag, without the quotes; another one for other bytes.
        modified_at: When it was changed, in seconds since the epoch; None
            where it is not said.
    """

    content: Content
    mime_type: str
    etag: str
    modified_at: float | None = None


def short_hash(*parts: object) -> str:
    """Return an ETag made from all that decides the bytes of a file."""
    return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()[:32]


def serve(file: ServedFile, request: Request, cut: str | None = None) -> Response:
    """Answer with a file, or the range of it that a request asks for.

    Args:
        file: The file.
        request: The request, with its conditions.
        cut: None for all that was asked for; otherwise the connection is reset
            after so many bytes, or after half of them where it is empty.

    Raises:
        HTTPException: 416 for a range that is not there.
    """
    size = file.content.size
    response = Response(content_type=file.mime_type, direct_passthrough=True)
    response.content_length = size
    response.set_etag(file.etag)
    if file.modified_at is not None:
        response.last_modified = datetime.fromtimestamp(int(file.modified_at), timezone.utc)
    response.make_conditional(request, accept_ranges=True, complete_length=size)
    # The server writes one of its own.
    response.headers.remove("Date")
    asked = response.content_range
    start, stop = (
        (asked.start or 0, asked.stop or size) if response.status_code == 206 else (0, size)
    )
    if response.status_code in (200, 206):
        response.response = _sent(file.content, start, stop, cut)
    return response


def serve_whole(file: ServedFile) -> Response:
    """Answer with a whole file, as a host does that knows no ranges."""
    response = Response(content_type=file.mime_type, direct_passthrough=True)
    response.content_length = file.content.size
    response.set_etag(file.etag)
    response.response = file.content.pieces(0, file.content.size)
    return response


def _sent(content: Content, start: int, stop: int, cut: str | None) -> Iterator[bytes]:
    if cut is None:
        yield from content.pieces(start, stop)
        return
    kept = int(cut) if cut else (stop - start) // 2
    if kept < stop - start:
        yield from content.pieces(start, start + kept)
        raise ConnectionResetError
    yield from content.pieces(start, stop)
