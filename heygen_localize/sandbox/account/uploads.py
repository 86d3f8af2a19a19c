"""Bodies of uploads on their way to the disk, in pieces."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from werkzeug.exceptions import HTTPException
from werkzeug.formparser import FormDataParser
from werkzeug.wrappers import Request

from heygen_localize.sandbox.media.filetypes import SNIFFED_BYTES

_PIECE_BYTES = 256 * 1024


@dataclass(frozen=True)
class Received:
    """A body that lies on the disk and belongs to nobody yet.

    Attributes:
        path: Where it lies.
        name: The file name that came with it; empty if none did.
        size_bytes: How long it is; more than what lies there if it was longer
            than it may be.
        sha256: The SHA-256 of its bytes, in hexadecimal.
        start: Its first bytes, to know its type by.
    """

    path: Path
    name: str
    size_bytes: int
    sha256: str
    start: bytes

    def discard(self) -> None:
        """Remove it, unless it was moved to its place."""
        self.path.unlink(missing_ok=True)


class _PartialUpload:
    """Writes and hashes what comes, as long as it is not too much."""

    def __init__(self, folder: Path, name: str, most_bytes: int) -> None:
        self._path = folder / f"{secrets.token_hex(8)}.part"
        self._name = name
        self._most = most_bytes
        self._hash = hashlib.sha256()
        self._size = 0
        self._start = b""
        # Closed in `finish` or `abandon`.
        self._file = self._path.open("wb")

    def write(self, piece: bytes | bytearray) -> int:
        self._size += len(piece)
        if self._size <= self._most:
            self._start += piece[: SNIFFED_BYTES - len(self._start)]
            self._hash.update(piece)
            self._file.write(piece)
        return len(piece)

    def seek(self, _: int) -> int:
        """Nothing: the form parser winds back what it gives to others to read."""
        return 0

    def finish(self) -> Received:
        self._file.close()
        return Received(self._path, self._name, self._size, self._hash.hexdigest(), self._start)

    def abandon(self) -> None:
        self._file.close()
        self._path.unlink(missing_ok=True)


def receive_body(request: Request, folder: Path, most_bytes: int) -> Received:
    """Write the body of a request to a file.

    Args:
        request: The request.
        folder: Where to put it.
        most_bytes: What is beyond is read, but not kept.

    Raises:
        HTTPException: If the caller breaks off.
    """
    partial = _PartialUpload(folder, "", most_bytes)
    try:
        while piece := request.stream.read(_PIECE_BYTES):
            partial.write(piece)
    except HTTPException:
        partial.abandon()
        raise
    return partial.finish()


def receive_form(request: Request, field: str, folder: Path, most_bytes: int) -> Received | None:
    """Write the file in one field of a form to a file; return None if there is none.

    Args:
        request: The request.
        field: The name of the field.
        folder: Where to put it.
        most_bytes: What is beyond is read, but not kept.

    Raises:
        HTTPException: If the caller breaks off.
    """
    partials: list[_PartialUpload] = []

    def land(*, filename: str | None, **_: Any) -> IO[bytes]:
        partials.append(_PartialUpload(folder, filename or "", most_bytes))
        # All that the form parser does with it is write and seek.
        return cast("IO[bytes]", partials[-1])

    parser = FormDataParser(stream_factory=cast("Callable[..., IO[bytes]]", land))
    found = None
    try:
        _, _, files = parser.parse(
            request.stream, request.mimetype, request.content_length, request.mimetype_params
        )
        if field in files:
            found = cast("_PartialUpload", files[field].stream)
    finally:
        for partial in partials:
            if partial is not found:
                partial.abandon()
    return found.finish() if found is not None else None
