"""A file on its way into a bucket: hashed and judged as it passes, seen by nobody before it fits.

A small one is held in memory and written at once, on condition. A larger one goes in parts to a
name beside its own, is judged before it is made an object, and copied to its place on condition.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import suppress
from typing import BinaryIO, cast

from msgspec.structs import replace

from heygen_localize.buckets.buckets import Buckets
from heygen_localize.buckets.upload import PART, Upload
from heygen_localize.core.errors import (
    AbsentError,
    BucketError,
    BucketUnreachable,
    LocalizeError,
    TakenError,
)
from heygen_localize.core.objects import ObjectAddress, Seen
from heygen_localize.operations.pull.part_file import PartOf, strong
from heygen_localize.operations.pull.passing import Passing

_TYPES = {
    "mp4": "video/mp4",
    "m4v": "video/mp4",
    "mov": "video/quicktime",
    "webm": "video/webm",
    "mp3": "audio/mpeg",
    "m4a": "audio/mp4",
    "wav": "audio/wav",
    "srt": "application/x-subrip; charset=utf-8",
    "vtt": "text/vtt; charset=utf-8",
}
_OF_KIND = {"video": "mp4", "audio": "mp3"}


def type_of(address: ObjectAddress, kind: str) -> str:
    """Return the Content-Type that an object is to be served with."""
    ending = address.key.rpartition(".")[2].lower()
    return _TYPES.get(ending) or _TYPES[_OF_KIND.get(kind, kind)]


def foreign(address: ObjectAddress) -> BucketError:
    """Return the error for something else that stands where a file belongs."""
    return BucketError(
        f"{address} is there, and is not what localize put there: it is left as it is",
        code="object_foreign",
        hint="move or delete it, or let outputs lead elsewhere",
    )


class ObjectPart:
    """What there is of one file that goes to `address`, where `expected` stands now.

    With `compared`, nothing is sent: the object that stands there is ours if its content is that
    of the file. `seen` is what the bucket says of the object once the file has landed.
    """

    def __init__(
        self,
        buckets: Buckets,
        of: PartOf,
        address: ObjectAddress,
        expected: Seen | None,
        *,
        compared: Seen | None = None,
    ) -> None:
        self._buckets, self._address, self._expected = buckets, address, expected
        self._compared = compared
        self._type = type_of(address, of.kind)
        name = hashlib.sha256(f"{of.job}\0{of.kind}\0{address}".encode()).hexdigest()[:16]
        self._staged = replace(address, key=f"{address.key}.localize-{name}")
        self._upload: Upload | None = None
        self.etag: str | None = None
        self.seen: Seen | None = None
        self._clear()

    def _clear(self) -> None:
        self._hash, self._passing = hashlib.sha256(), Passing()
        self._held: list[bytes] = []
        self.size = 0

    @property
    def sha256(self) -> str:
        """Return the hash of what came so far."""
        return self._hash.hexdigest()

    @property
    def resumable(self) -> bool:
        """Whether there is a beginning, and a way to tell what it is the beginning of."""
        return self.size > 0 and self.etag is not None

    def goes_on_with(self, etag: str | None, length: int | None) -> bool:
        """Return whether an answer that is named and sized so has the rest of this."""
        sizes = {self._length, length} - {None}
        return self.resumable and strong(etag) == self.etag and len(sizes) <= 1

    def restart(self, etag: str | None, length: int | None = None) -> None:
        """Begin anew, with the ETag and size of what comes.

        Raises:
            BucketError: it is not as large as the object that it is compared with.
        """
        self.discard()
        self.etag, self._length = strong(etag), length
        if self._compared is not None and length not in (None, self._compared.size):
            raise foreign(self._address)

    def add(self, piece: bytes) -> None:
        """Take the next bytes, and send them on once they are too many to be held.

        Raises:
            BucketError: the bucket does not take them.
        """
        self._hash.update(piece)
        self._passing.take(piece)
        self.size += len(piece)
        if self._compared is not None:
            return
        if self._upload is None and self.size > PART:
            self._upload = self._buckets.upload(self._staged, self._type)
            for held in self._held:
                self._upload.write(held)
            self._held.clear()
        if self._upload is None:
            self._held.append(piece)
        else:
            self._upload.write(piece)

    def fault(self, judge: Callable[[BinaryIO, int], str | None]) -> str | None:
        """Return what a judge of whole files has against this one; None for nothing."""
        return judge(cast(BinaryIO, self._passing), self.size)

    def land(self, now: float) -> str:
        """Put the whole file into its place; return its SHA-256.

        Raises:
            BucketError: something else stands there, or the bucket does not take it.
        """
        del now
        sha256 = self.sha256
        if self._compared is not None:
            self.seen = self._taken_for_ours(sha256)
            return sha256
        try:
            self.seen = self._put()
        except (TakenError, AbsentError):
            # Of two runs that send the same, one has taken away what both had staged.
            self.seen = self._taken_for_ours(sha256)
        return sha256

    def _put(self) -> Seen:
        if self._upload is None:
            content = b"".join(self._held)
            return self._buckets.put(self._address, content, self._expected, self._type)
        upload, self._upload = self._upload, None
        upload.finish()
        try:
            return self._buckets.publish(
                self._staged, self._address, self.size, self._expected, self._type
            )
        finally:
            self._clean_up()

    def _taken_for_ours(self, sha256: str) -> Seen:
        """Return what stands there, where it is the very file: another run may have put it there.

        Raises:
            BucketError: it is something else.
        """
        seen = same_content(self._buckets, self._address, self.size, sha256)
        if self.size > PART:
            self._clean_up()  # a run that was killed may have had no time to
        return seen

    def _clean_up(self) -> None:
        with suppress(LocalizeError):  # what is left of it is written over the next time
            self._buckets.remove(self._staged)

    def discard(self) -> None:
        """Remove what there is."""
        self.close()
        self._clear()
        self.etag = self._length = None

    def close(self) -> None:
        """Give up what is not in its place; nothing of it is seen."""
        if self._upload is not None:
            self._upload.abort()
            self._upload = None

    _length: int | None = None


def same_content(buckets: Buckets, address: ObjectAddress, size: int, sha256: str) -> Seen:
    """Return what a bucket says of an object whose content is the given one.

    Raises:
        BucketError: it is another one, or the bucket contradicts itself.
    """
    found = buckets.look(address)
    if found is None:
        raise BucketUnreachable(
            f"{address.bucket_name} says that {address} is there, and that it is not",
            hint="run the same command again later; nothing is lost",
        )
    try:
        if found.size != size or buckets.sha256(address, found.etag) != sha256:
            raise foreign(address)
    except (AbsentError, TakenError):
        raise foreign(address) from None
    return buckets.settled(address, size, found.etag)
