"""Bodies read in bounded pieces, and a remote file that is read as if it were here."""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Callable, Mapping

import requests
from urllib3.exceptions import HTTPError

from heygen_localize.core.text import sanitize
from heygen_localize.media.probe.cache import Validators
from heygen_localize.media.probe.verdicts import FIRST_BYTES
from heygen_localize.system.web import WebRefusal

NO_ANSWER = (requests.RequestException, HTTPError, OSError)
"""What a request ends with that got no answer; bodies break off with urllib3's own errors."""

_LONGEST_HEADER = 200
"""Characters kept: they go into the lockfile."""

_LARGEST_BLOCK = 4 * FIRST_BYTES
_MOST_BYTES = 8 * 1024 * 1024
_MOST_REQUESTS = 12
_CONTENT_RANGE = re.compile(r"bytes (?:(\d{1,18})-\d{1,18}|\*)/(\d{1,18}|\*)", re.ASCII)


class OddAnswer(OSError):
    """An answer that is not to what was asked."""


class _Enough(OSError):
    """The bounds are reached, or the server gives no parts of files."""


class OutOfTime(requests.Timeout):
    """Nobody waits for the answer any more."""


def read_body(response: requests.Response, most: int, over: Callable[[], bool]) -> bytes:
    """Read at most so many bytes, as they came; `over` is asked between two pieces.

    Raises:
        OutOfTime: `over` said so.
        urllib3.exceptions.HTTPError: the body broke off, or its server fell silent.
    """
    content = bytearray()
    while len(content) < most:
        if over():
            raise OutOfTime
        # As much as one look at the socket gives: who drips bytes is not waited for.
        piece = response.raw.read1(most - len(content), decode_content=False)
        if not piece:
            break
        content += piece
    return bytes(content)


def start_of(response: requests.Response) -> int | None:
    """Return the first byte's position by `Content-Range`; None where it tells none."""
    found = _CONTENT_RANGE.match(response.headers.get("Content-Range", ""))
    return int(found[1]) if found and found[1] else None


def validators_of(response: requests.Response) -> Validators:
    """Read what the headers say of the file; none of it can steer a terminal."""
    headers = response.headers
    found = _CONTENT_RANGE.match(headers.get("Content-Range", ""))
    size = headers.get("Content-Length", "") if response.status_code == 200 else ""
    if found:
        size = found[2]
    if is_encoded(response) or not (size.isascii() and size.isdecimal()):
        size = ""
    return Validators(
        _header(headers, "ETag"),
        _header(headers, "Last-Modified"),
        int(size[:18]) if size else None,
    )


def _header(headers: Mapping[str, str], name: str) -> str | None:
    return sanitize(headers.get(name, ""), _LONGEST_HEADER) or None


def is_encoded(response: requests.Response) -> bool:
    """Return whether the body is packed for the way, which nobody asked for."""
    return response.headers.get("Content-Encoding", "identity").strip().lower() != "identity"


def unpacked(content: bytes) -> bytes:
    """Undo gzip or deflate of a body's beginning, in bounds; other packing hides what it is."""
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 32).decompress(content, FIRST_BYTES)
    except zlib.error:
        return b""


class RemoteFile(io.RawIOBase):
    """A file behind a URL, read by ranges as far as its bounds go. Seeks, as files do.

    `head` are its first bytes, and all that there is where its server gives no
    ranges, so that `ask` is None. `broken` tells, after reading failed, that another
    try may do better: no answer, or another file meanwhile. With `ending` the file
    seems to end where its bounds do: for types whose length stands in one place,
    and is not counted from what is there.
    """

    def __init__(
        self,
        ask: Callable[[int, int], bytes] | None,
        head: bytes,
        size: int,
        *,
        ending: bool = False,
    ) -> None:
        super().__init__()
        self._ask = ask
        self._size = size
        self._ending = ending
        self._pieces: list[tuple[int, bytes]] = [(0, head)]
        self._position = 0
        self._requests = 0
        self._bytes = 0
        self.broken = False

    def tell(self) -> int:
        """Return the position, in bytes."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a position, in bytes from the beginning, from here or from the end."""
        origin = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        self._position = max(0, origin + offset)
        return self._position

    def read(self, size: int = -1) -> bytes:
        """Read so many bytes, fewer at the end only.

        Raises:
            OSError: the bounds are reached, or there was no answer.
        """
        left = max(0, self._size - self._position)
        wanted = left if size < 0 else min(size, left)
        content = bytearray()
        while len(content) < wanted:
            try:
                piece = self._here(wanted - len(content))
            except _Enough:
                if not self._ending:
                    raise
                break
            content += piece
            self._position += len(piece)
        return bytes(content)

    def _here(self, most: int) -> bytes:
        """Return bytes from the position on, at least one."""
        for start, piece in self._pieces:
            if start <= self._position < start + len(piece):
                offset = self._position - start
                return piece[offset : offset + most]
        return self._fetch(most)[:most]

    def _fetch(self, wanted: int) -> bytes:
        """Ask for a block; a larger one each time, since who reads on wants more."""
        block = max(wanted, min(FIRST_BYTES << self._requests, _LARGEST_BLOCK))
        end = min(self._position + block, self._size)
        self._requests += 1
        self._bytes += end - self._position
        bounds = self._requests > _MOST_REQUESTS or self._bytes > _MOST_BYTES
        if self._ask is None or bounds:
            raise _Enough
        try:
            piece = self._ask(self._position, end)
        except (*NO_ANSWER, WebRefusal) as error:
            self.broken = True
            raise OSError("no answer") from error
        self._pieces.append((self._position, piece))
        return piece
