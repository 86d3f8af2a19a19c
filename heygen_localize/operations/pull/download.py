"""Fetching one file from a file host: streamed, resumed, verified by length, renamed into place.

What has come so far lies in the state folder with a record of what it is (`part_file`): a later run
knows by it whether it may go on.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping
from threading import Event
from typing import BinaryIO, Protocol

import requests
from msgspec import Struct
from urllib3 import exceptions as urllib3_errors
from urllib3.util import Retry

from heygen_localize.core.errors import DownloadError, LinkRefused
from heygen_localize.planning.pull import UNREADY
from heygen_localize.system.causes import cause_of
from heygen_localize.system.clock import Clock
from heygen_localize.system.web import Web

PIECE = 1024 * 1024
"""Bytes that are taken at once, where so many have come."""

_RETRIES = Retry(total=8, backoff_factor=0.5, backoff_max=20)
"""How often a download that does not get on is tried again, and after which pauses."""

_LONGEST_PAUSE = 60.0
_LONGEST_COUNT = 20
_MOST_FAULTS = 3
"""Whole answers that are not the file, after which a link is given up."""

_LOOK = "look at the link that localize status --format json shows"
_RENEWABLE = (403, 404, 410)
_PASSING = (408, 429, 500, 502, 503, 504)
_CONTENT_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")
_NETWORK = (requests.RequestException, urllib3_errors.HTTPError)


class Fetched(Struct, frozen=True):
    """A file that is in place now."""

    sha256: str
    size: int


class Stopped(Exception):
    """The run leaves; what has come so far stays."""


class _Broken(Exception):
    """An answer that the next try may do better than."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class _StartOver(Exception):
    """What lies there is not the beginning of what is served."""


Progress = Callable[[int, "int | None"], None]
"""Told how many bytes of a file are there, and of how many in all, where that is known."""


class Part(Protocol):
    """What there is of a file: on the disk (`part_file`), or on its way into a bucket."""

    @property
    def size(self) -> int:
        """How many bytes of it are sure."""

    @property
    def etag(self) -> str | None:
        """What the host calls the file, where it does."""

    @property
    def resumable(self) -> bool:
        """Whether there is a beginning, and a way to tell what it is the beginning of."""

    def goes_on_with(self, etag: str | None, length: int | None) -> bool:
        """Return whether an answer that is named and sized so has the rest of this."""

    def restart(self, etag: str | None, length: int | None = None) -> None:
        """Begin anew, with the ETag and size of what comes."""

    def add(self, piece: bytes) -> None:
        """Take the next bytes."""

    def fault(self, judge: Callable[[BinaryIO, int], str | None]) -> str | None:
        """Return what a judge of whole files has against this one; None for nothing."""

    def land(self, now: float) -> str:
        """Put the whole file into its place; return its SHA-256."""

    def discard(self) -> None:
        """Remove what there is."""

    def close(self) -> None:
        """Leave what there is."""


class Bounds(Struct, frozen=True):
    """What a download keeps to: the most bytes of a file, and an event that stops it.

    `judge` says what whole bytes are, where they cannot be the file.
    """

    most: int
    stop: Event
    judge: Callable[[BinaryIO, int], str | None] = lambda _stream, _size: None


def fetch(
    web: Web, url: str, part: Part, bounds: Bounds, clock: Clock, progress: Progress
) -> Fetched:
    """Fetch a file, and put it to its place; what was there before is whole until then.

    Raises:
        LinkRefused: 403, 404 or 410.
        DownloadError: it cannot be had, whatever the link.
        WebRefusal: the link leads to where nobody goes.
        Stopped: as `bounds.stop` says.
        OSError: the disk does not take it.
    """
    patience, faults = _RETRIES, 0
    try:
        while True:
            before = part.size
            try:
                _attempt(web, url, part, bounds, progress)
                fault = part.fault(bounds.judge)
                if fault is not None:
                    part.discard()
                    faults += 1
                    _refuse_fault(fault, faults)
                return Fetched(part.land(clock.now()), part.size)
            except _StartOver:
                part.restart(None)
                continue
            except _Broken as error:
                broken = error
            except _NETWORK as error:
                broken = _Broken(_why(error, url))
            if part.size > before:
                patience = _RETRIES
            pause, patience = _pause(patience, broken)
            clock.sleep(pause)
    finally:
        part.close()


def _attempt(web: Web, url: str, part: Part, bounds: Bounds, progress: Progress) -> None:
    asked = part.size if part.resumable else 0
    headers = {"Range": f"bytes={asked}-"} if asked else {}
    if asked and part.etag is not None:
        headers["If-Range"] = part.etag
    if bounds.stop.is_set():
        raise Stopped
    with web.asked("GET", url, headers=headers) as response:
        total = _accepted(response, part, asked)
        _refuse_size(total, bounds.most, part)
        # Whatever reached this machine is taken at once: a cut loses none of it.
        while piece := response.raw.read1(PIECE, decode_content=False):
            _refuse_size(part.size + len(piece), bounds.most, part)
            part.add(piece)
            progress(part.size, total)
            if bounds.stop.is_set():
                raise Stopped
    if total is not None and part.size != total:
        raise _Broken("the connection to the file host broke off")


def _accepted(response: requests.Response, part: Part, asked: int) -> int | None:
    """Make the part ready for the body that an answer's head announces; return the whole size."""
    status, headers = response.status_code, response.headers
    if status in _RENEWABLE:
        raise _refusal(f"the file host answers HTTP {status}", LinkRefused)
    if status in _PASSING:
        raise _Broken(f"the file host answers HTTP {status}", _retry_after(response))
    if status == 416 and asked:
        raise _StartOver
    if status not in (200, 206) or (status == 206 and not asked):
        raise _refusal(f"the file host answers HTTP {status}")
    _refuse_other_content(headers)
    etag = headers.get("ETag")
    if status == 200:
        length = _count(headers.get("Content-Length", ""))
        part.restart(etag, length)
        return length
    shape = _CONTENT_RANGE.fullmatch(headers.get("Content-Range", ""))
    if shape is None or _count(shape[1]) != asked:
        raise _StartOver
    total = _count(shape[2])
    if not part.goes_on_with(etag, total):
        raise _StartOver
    return total


def _count(digits: str) -> int | None:
    """Read a number of bytes; None for `*`, or for what no disk holds."""
    return int(digits) if digits.isdecimal() and len(digits) < _LONGEST_COUNT else None


def _refusal(message: str, kind: type[DownloadError] = DownloadError) -> DownloadError:
    return kind(message, hint=_LOOK)


def _refuse_other_content(headers: Mapping[str, str]) -> None:
    """Refuse a page in place of the file, and bytes that are not the file's own."""
    page = headers.get("Content-Type", "").partition(";")[0].strip().lower() == "text/html"
    packed = headers.get("Content-Encoding", "identity").lower() not in ("", "identity")
    if page or packed:
        message = "an HTML page" if page else "a compressed stream"
        raise DownloadError(
            f"the file host answers with {message} instead of the file",
            code="download_not_a_file",
            hint=f"a proxy may stand between; {_LOOK}",
        )


def _refuse_size(size: int | None, most: int, part: Part) -> None:
    if size is not None and size > most:
        part.discard()
        raise DownloadError(
            f"the file has more than {most} bytes",
            code="download_too_large",
            hint="raise limits.max_download in the manifest if that is intended",
        )


def _pause(patience: Retry, broken: _Broken) -> tuple[float, Retry]:
    """Return the seconds to wait before the next try, and the patience that is left."""
    try:
        patience = patience.increment("GET")
    except urllib3_errors.MaxRetryError:
        raise DownloadError(
            str(broken),
            code="download_broken",
            hint="run localize pull again: it goes on from there",
        ) from None
    if broken.retry_after is not None:
        return min(broken.retry_after, _LONGEST_PAUSE), patience
    # Full jitter: downloads that broke off together come back apart.
    return random.uniform(0, patience.get_backoff_time()), patience  # noqa: S311 - guards nothing


def _retry_after(response: requests.Response) -> float | None:
    seconds = response.headers.get("Retry-After", "")
    return float(seconds) if seconds.isdecimal() else None


def _refuse_fault(fault: str, faults: int) -> None:
    """Have another try where a whole answer is not the file; not without end."""
    message = f"the file host answers with {fault} instead of the file"
    if faults < _MOST_FAULTS:
        raise _Broken(message)
    hint = "run localize pull again later; localize refresh renews the link"
    raise DownloadError(message, code="download_not_a_file", hint=hint)


def _why(error: Exception, url: str) -> str:
    """Return what cut a download off."""
    cause = cause_of(error, url)
    if isinstance(error, ValueError) or cause.ours:
        code = UNREADY if cause.ours else "download_refused"
        raise DownloadError(cause.message, code=code, hint=cause.hint or _LOOK)
    return "the connection to the file host fails or breaks off" if cause.plain else cause.message
