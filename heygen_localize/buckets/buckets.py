"""What can be done with objects: looked at, written on condition, read, copied, signed, removed."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from heygen_localize.buckets.engine import key_in, obstore, open_store, require
from heygen_localize.buckets.failures import missing_bucket, taken, told
from heygen_localize.buckets.upload import Upload
from heygen_localize.core.errors import AbsentError, BucketError, TakenError
from heygen_localize.core.objects import ETAG, ObjectAddress, Seen

_COPIED_AT_MOST = 5 * 1024**3
"""Bytes that S3 copies at once."""

_FIRST, _PIECE = 256 * 1024, 8 * 1024 * 1024
"""Bytes that are read at once: of the beginning, which may be all that is wanted, and after it."""


class Buckets:
    """Reaches objects wherever they are; threads share it. Each is opened once."""

    def __init__(self) -> None:
        self._stores: dict[tuple[str, str, str], Any] = {}
        self._opening = threading.Lock()

    def require(self) -> None:
        """Make sure that the engine is installed.

        Raises:
            UsageError: it is not.
        """
        require()

    def _store(self, address: ObjectAddress, copying: str | None = None) -> Any:
        if address.of_disk:
            return open_store(address, copying)
        of = (address.scheme, address.bucket, copying or "")
        with self._opening:
            if of not in self._stores:
                self._stores[of] = open_store(address, copying)
            return self._stores[of]

    def reach(self, address: ObjectAddress) -> None:
        """Make sure that a bucket is there and lets us in, by asking for one object's first byte.

        Raises:
            BucketError, BucketUnreachable: it does not.
        """
        store = self._store(address)
        try:
            with told(address):
                obstore().get(store, key_in(address), options={"range": (0, 1)})
        except (AbsentError, TakenError):
            return
        except BucketError as error:
            if not self._refused_as_empty(address, error):
                raise

    def _refused_as_empty(self, address: ObjectAddress, error: BucketError) -> bool:
        """Return whether a range was refused because an object has no bytes, whatever is told."""
        if isinstance(error, (AbsentError, TakenError)) or error.first.code == "bucket_missing":
            return False
        told_range = "HTTP 416" in str(error) or address.of_disk
        seen = self.look(address) if told_range else None
        return seen is not None and seen.size == 0

    def look(self, address: ObjectAddress) -> Seen | None:
        """Return what a bucket says of an object; None where there is none.

        Raises:
            BucketError, BucketUnreachable: it does not say.
        """
        store = self._store(address)
        try:
            with told(address):
                meta = obstore().head(store, key_in(address))
        except AbsentError:
            return None
        etag = meta["e_tag"] or meta["version"]
        if not etag or not re.match(ETAG, etag):
            kept = ", or none that a lockfile can keep" if etag else ""
            raise BucketError(
                f"{address.bucket_name} gives its objects no ETag{kept}",
                code="object_unsure",
                hint="localize cannot tell there what is its own: name another bucket",
            )
        return Seen(meta["size"], etag, meta["version"])

    def put(
        self, address: ObjectAddress, content: bytes, expected: Seen | None, content_type: str
    ) -> Seen:
        """Write an object whole, where nothing but what is `expected` stands.

        Raises:
            TakenError: something else does.
            BucketError, BucketUnreachable: it cannot be written.
        """
        store, key = self._store(address), key_in(address)
        attributes = None if address.of_disk else {"Content-Type": content_type}
        mode: Any = "create" if expected is None else _condition(expected)
        if expected is not None and address.of_disk:
            # A folder knows no condition but this look.
            self._refuse_other(address, expected)
            mode = "overwrite"
        try:
            with told(address):
                done = obstore().put(
                    store, key, content, mode=mode, attributes=attributes, use_multipart=False
                )
        except AbsentError:
            if expected is None:
                raise missing_bucket(address) from None
            raise taken(address) from None  # removed since it was looked at
        return self.settled(address, len(content), done["e_tag"] or done["version"])

    def upload(self, address: ObjectAddress, content_type: str) -> Upload:
        """Begin to send an object in parts; whatever stood there is replaced at the end.

        Raises:
            BucketError: `file://` leads to where it may not.
        """
        return Upload(self._store(address), address, key_in(address), content_type)

    def publish(
        self,
        staged: ObjectAddress,
        address: ObjectAddress,
        size: int,
        expected: Seen | None,
        content_type: str,
    ) -> Seen:
        """Copy a whole object to its place, inside the bucket, where what is `expected` stands.

        Raises:
            TakenError: something else stands there.
            AbsentError: what was staged is gone.
            BucketError, BucketUnreachable: it cannot be copied, or is too large for that.
        """
        if size > _COPIED_AT_MOST:
            raise BucketError(
                f"{address} would have more than 5 GiB, and no bucket copies that at once",
                code="object_too_large",
                hint="pull it to a local path",
            )
        store = self._store(address, content_type)
        if expected is not None:
            # No store takes the condition of a copy from this engine: looked at right before.
            self._refuse_other(address, expected)
        with told(address):
            obstore().copy(store, key_in(staged), key_in(address), overwrite=expected is not None)
        return self.settled(address, size)

    def _refuse_other(self, address: ObjectAddress, expected: Seen) -> None:
        if not expected.is_like(self.look(address)):
            raise taken(address)

    def settled(self, address: ObjectAddress, size: int, etag: str | None = None) -> Seen:
        """Look at what was just written, or taken for ours: by this a later run knows it.

        `etag` is what the bucket called it as it was written, where that is known.

        Raises:
            BucketError: the bucket does not name it twice alike, or has not all of it.
        """
        first = self.look(address)
        before = Seen(size, etag) if etag is not None else self.look(address)
        if first is None or not first.is_like(before) or first.size != size:
            raise BucketError(
                f"{address.bucket_name} does not say twice the same of {address}",
                code="object_unsure",
                hint="something between here and the bucket changes its answers; pull again later",
            )
        return first

    def pieces(self, address: ObjectAddress, etag: str | None = None) -> Iterator[bytes]:
        """Read an object, piece by piece; with an `etag`, that one or none.

        Raises:
            AbsentError: there is none.
            TakenError: there is another one.
            BucketError, BucketUnreachable: it cannot be read.
        """
        store, key = self._store(address), key_in(address)
        start, size = 0, 1
        while start < size:
            # In parts: one answer has to come whole within its time, however slow the reader is.
            options: Any = {"range": (start, start + (_PIECE if start else _FIRST))}
            if etag:
                options["if_match"] = etag
            try:
                with told(address):
                    found = obstore().get(store, key, options=options)
                    piece, meta = bytes(found.bytes()), found.meta
            except BucketError as error:
                if self._refused_as_empty(address, error):
                    return
                raise
            if not piece or meta["e_tag"] != (etag or meta["e_tag"]):
                raise taken(address)
            if start and meta["size"] != size:
                raise taken(address)
            etag, size, start = etag or meta["e_tag"], meta["size"], start + len(piece)
            yield piece

    def sha256(self, address: ObjectAddress, etag: str) -> str:
        """Return the hash of the content of an object with an ETag, read to its end.

        Raises:
            AbsentError: there is none.
            TakenError: there is another one.
            BucketError, BucketUnreachable: it cannot be read.
        """
        digest = hashlib.sha256()
        for piece in self.pieces(address, etag):
            digest.update(piece)
        return digest.hexdigest()

    def remove(self, address: ObjectAddress) -> None:
        """Remove an object of ours; one that is gone is no error.

        Raises:
            BucketError, BucketUnreachable: it cannot be removed.
        """
        try:
            with told(address):
                obstore().delete(self._store(address), key_in(address))
        except AbsentError:
            return

    def sign(self, address: ObjectAddress, seconds: int) -> str | None:
        """Return a link that opens an object for a while; None where there can be none.

        Raises:
            BucketError: there are no credentials to sign with.
        """
        if address.of_disk:
            return None
        with told(address):
            signed: str = obstore().sign(
                self._store(address), "GET", key_in(address), timedelta(seconds=seconds)
            )
        return signed


def _condition(expected: Seen) -> dict[str, str]:
    """Return what the engine writes on: most stores take the ETag, Google's the version."""
    versioned = {"version": expected.version} if expected.version is not None else {}
    return {"e_tag": expected.etag, **versioned}
