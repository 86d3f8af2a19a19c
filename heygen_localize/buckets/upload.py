"""One object that is sent in parts as its bytes come: nobody sees it before it is whole.

The engine takes what is to be sent out of an iterator, in a thread of its own; so an upload that
is given up is ended there, and its parts are removed.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from heygen_localize.buckets.engine import obstore
from heygen_localize.buckets.failures import told
from heygen_localize.core.errors import AbsentError, BucketUnreachable
from heygen_localize.core.objects import ObjectAddress

PART = 8 * 1024 * 1024
"""Bytes of a part; S3 takes ten thousand, and none but the last below 5 MiB."""

_AT_ONCE = 2
_WAITING = 4
"""Pieces (of at most 1 MiB) that wait for the engine, beside the parts that it sends."""

_LOOK_SECONDS = 0.2
_ABORT_SECONDS = 5.0


class _AbortedError(Exception):
    """Nobody wants the object any more."""


class Upload:
    """Sends one object; it is there once `finish` has returned."""

    def __init__(self, store: Any, address: ObjectAddress, key: str, content_type: str) -> None:
        self._store, self._address, self._key = store, address, key
        self._attributes = None if address.of_disk else {"Content-Type": content_type}
        self._pieces: queue.Queue[bytes | None] = queue.Queue(_WAITING)
        self._aborted = threading.Event()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="upload", daemon=True)
        self._thread.start()

    def write(self, piece: bytes) -> None:
        """Send the next bytes, waiting while the bucket is behind.

        Raises:
            BucketError: it does not take them.
        """
        self._hand_over(piece)

    def finish(self) -> None:
        """Have the object made of what was sent.

        Raises:
            BucketError: it cannot be.
        """
        self._hand_over(None)
        self._thread.join()
        self._raise()

    def abort(self) -> None:
        """Give it up; what was sent is removed."""
        self._aborted.set()
        self._thread.join(_ABORT_SECONDS)

    def _hand_over(self, piece: bytes | None) -> None:
        while self._thread.is_alive():
            with suppress(queue.Full):
                self._pieces.put(piece, timeout=_LOOK_SECONDS)
                return
        self._raise()

    def _raise(self) -> None:
        if isinstance(self._error, AbsentError):  # What a bucket that is not there says.
            raise missing_upload(self._address) from None
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        try:
            with told(self._address):
                obstore().put(
                    self._store,
                    self._key,
                    self._taken(),
                    attributes=self._attributes,
                    use_multipart=True,
                    chunk_size=PART,
                    max_concurrency=_AT_ONCE,
                )
        except _AbortedError:
            pass
        except BaseException as error:  # Raised again by whoever sends.
            self._error = error

    def _taken(self) -> Iterator[bytes]:
        while True:
            if self._aborted.is_set():
                raise _AbortedError
            try:
                piece = self._pieces.get(timeout=_LOOK_SECONDS)
            except queue.Empty:
                continue
            if piece is None:
                return
            yield piece


def missing_upload(address: ObjectAddress) -> BucketUnreachable:
    """Return the error for an upload that the bucket knows nothing of any more."""
    return BucketUnreachable(
        f"{address.bucket_name} lost the upload of {address}",
        hint="run localize pull again: it is sent anew",
    )
