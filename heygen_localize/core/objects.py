"""Addresses of objects in buckets, and what is known of an object. Pure."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Annotated

from msgspec import Meta, Struct

from heygen_localize.core.errors import InputError
from heygen_localize.core.kinds import Sha256

SCHEMES = ("s3", "gs", "az", "file")
_FORM = re.compile(r"(s3|gs|az|file)://", re.IGNORECASE)
_BUCKET = re.compile(r"[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]")
_IDENTITY = re.compile(r"((?:s3|gs|az|file)://[^?]+)\?etag=([!-~]{1,200})&size=([0-9]{1,18})")
_UNREACHED = re.compile(r"(?:^|/)\.{0,2}(?:/|$)|[\x00-\x1f\x7f]")
"""What the engine takes for no name, though a bucket may have such."""

_LONGEST_KEY = 1024
"""Bytes, in all of the stores."""

ETAG = r"\A[!-~]{1,200}\Z"
OBJECT = r"\A(s3|gs|az|file)://[^\x00-\x1f\x7f]{1,1100}\Z"


class ObjectAddress(Struct, frozen=True):
    """Where an object is; of `file://` the key is the path from the root, and no bucket."""

    scheme: str
    bucket: str
    key: str

    @property
    def of_disk(self) -> bool:
        """Whether it is a file of a folder that stands for a bucket."""
        return self.scheme == "file"

    @property
    def bucket_name(self) -> str:
        """Return what a person calls the bucket: `s3://dubs`."""
        return "file://" if self.of_disk else f"{self.scheme}://{self.bucket}"

    def __str__(self) -> str:
        """Write the address as in a manifest."""
        return f"{self.scheme}://{self.bucket}/{self.key}"


class StoredObject(Struct, frozen=True, forbid_unknown_fields=True):
    """What localize put into a bucket for a target: where, as what, and what the bucket calls it.

    It outlives the job: by its ETag the object that is to be replaced is known for ours.
    """

    at: Annotated[str, Meta(pattern=OBJECT)]
    etag: Annotated[str, Meta(pattern=ETAG)]
    sha256: Sha256


class Seen(Struct, frozen=True):
    """What a bucket says of an object. `version` is what some put the condition of a writing on."""

    size: int
    etag: str
    version: str | None = None

    def is_like(self, other: Seen | None) -> bool:
        """Return whether both are the same, by what is kept of an object."""
        return other is not None and (self.size, self.etag) == (other.size, other.etag)


def identity_of(address: str, seen: Seen) -> str:
    """Return what stands for an object's content in a fingerprint: another one is a change."""
    return f"{address}?etag={seen.etag}&size={seen.size}"


def seen_in(identity: str) -> tuple[str, Seen] | None:
    """Return the address and the object that an identity stands for; None for any other."""
    found = _IDENTITY.fullmatch(identity)
    return (found[1], Seen(int(found[3]), found[2])) if found is not None else None


def is_object(text: str) -> bool:
    """Return whether a text has the form of an object's address, right or wrong."""
    return _FORM.match(text) is not None


@lru_cache(maxsize=4096)
def read_address(text: str) -> ObjectAddress:
    """Read an object's address; its key is for the reader's own rules on names.

    Raises:
        InputError: there is no such bucket or key. What may be a password is not shown.
    """
    scheme, _, rest = text.partition("://")
    bucket, slash, key = rest.partition("/")
    if scheme not in SCHEMES:
        raise _invalid(f"{scheme}:// is not written in lower case")
    if "@" in bucket:
        raise InputError(
            "url_secret",
            f"what stands behind {scheme}:// has a user name in it, "
            "and no secret belongs in a manifest",
            "take out what stands before the @; credentials come from the environment",
        )
    if "?" in rest or "#" in rest:
        # Before anything is quoted: a query may be a signature.
        raise _invalid("the name of an object has no ? and no # here")
    if scheme == "file":
        if bucket:
            raise _invalid(f"file://{bucket[:100]} names a host", "write three slashes: file:///")
    elif not _BUCKET.fullmatch(bucket):
        raise _invalid(f"{bucket[:100]!r} cannot be the name of a bucket")
    if not slash or not key or key.startswith("/") or key.endswith("/"):
        raise _invalid(f"{text[:200]!r} names no object", f"write {scheme}://BUCKET/NAME")
    if len(key.encode()) > _LONGEST_KEY:
        raise _invalid(f"the name of an object has at most {_LONGEST_KEY} bytes")
    if _UNREACHED.search(key):
        raise _invalid("the name of an object has no empty part, no . or .. as one, no control")
    return ObjectAddress(scheme, bucket, key)


def _invalid(message: str, hint: str | None = None) -> InputError:
    return InputError("object_invalid", message, hint or "write s3://BUCKET/NAME, gs:// or az://")
