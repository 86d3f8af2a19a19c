"""Files that belong into buckets: whether they are there, and how they get there."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from msgspec import Struct
from msgspec.structs import replace

from heygen_localize.buckets.buckets import Buckets
from heygen_localize.core.errors import BucketError, LocalizeError
from heygen_localize.core.objects import ObjectAddress, Seen, StoredObject, read_address
from heygen_localize.operations.pull.object_part import ObjectPart, same_content
from heygen_localize.operations.pull.part_file import PartOf
from heygen_localize.planning.pull import PullFile, PullRow, PullState

_AT_ONCE = 8


class Found(Struct, frozen=True):
    """How an object was found: by what it is ours, or that it is not."""

    state: PullState
    seen: Seen | None
    ours: bool


class Placed:
    """What a run has put where, one file after the other for each place.

    Within one run a job may take the place of an earlier one, whose file no lockfile tells of yet.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._locks: dict[str, threading.Lock] = {}
        self._stored: dict[str, StoredObject] = {}

    @contextmanager
    def at(self, wanted: PullFile) -> Iterator[PullFile]:
        """Give a file that knows what is ours at its place, once nobody else is at it."""
        with self._guard:
            lock = self._locks.setdefault(wanted.path, threading.Lock())
        with lock:
            yield replace(wanted, stored=self._stored.get(wanted.path, wanted.stored))

    def note(self, stored: StoredObject | None) -> None:
        """Remember what was put, by whoever is at its place."""
        if stored is not None:
            self._stored[stored.at] = stored


def look_at(buckets: Buckets, wanted: PullFile) -> Found:
    """Ask a bucket for an object, without its content.

    Raises:
        BucketError, BucketUnreachable: it does not say.
    """
    seen = buckets.look(read_address(wanted.path))
    if seen is None:
        missing = PullState.MISSING if wanted.expected else PullState.ABSENT
        return Found(missing, None, False)
    stored, known = wanted.stored, wanted.known
    if stored is None or (stored.at, stored.etag) != (wanted.path, seen.etag):
        return Found(PullState.DIFFERS, seen, False)
    if known is None or known.sha256 != stored.sha256:
        return Found(PullState.DIFFERS, seen, True)  # of an earlier render
    same = known.size == seen.size
    return Found(PullState.UNCHANGED if same else PullState.DIFFERS, seen, same)


def stored_of(wanted: PullFile, seen: Seen, sha256: str) -> StoredObject:
    """Return what the lockfile keeps of an object."""
    return StoredObject(wanted.path, seen.etag, sha256)


def adopted(buckets: Buckets, wanted: PullFile, found: Found) -> Seen | None:
    """Return what stands there, where it is what was pulled before by its size and hash.

    Raises:
        BucketError, BucketUnreachable: it cannot be read.
    """
    known, seen = wanted.known, found.seen
    if known is None or seen is None or found.ours or seen.size != known.size:
        return None
    try:
        return same_content(buckets, read_address(wanted.path), known.size, known.sha256)
    except BucketError as error:
        if error.first.code == "object_foreign":
            return None
        raise


def part_for(buckets: Buckets, wanted: PullFile, found: Found) -> ObjectPart:
    """Return what takes a file's bytes to its place, by how that was found."""
    of = PartOf(wanted.address, wanted.kind, wanted.job.translation_id)
    compared = found.seen if found.seen is not None and not found.ours else None
    expected = found.seen if found.ours else None
    return ObjectPart(buckets, of, read_address(wanted.path), expected, compared=compared)


def check_all(buckets: Buckets, files: Sequence[PullFile]) -> list[PullRow]:
    """Return how objects are found, a few asked for at once."""

    def row(wanted: PullFile) -> PullRow:
        try:
            found = look_at(buckets, wanted)
        except LocalizeError as error:
            problem = replace(error.first, where=wanted.where)
            state = PullState.FAILED
            return PullRow(wanted.address, wanted.kind, wanted.path, state, None, problem)
        file = wanted.known if found.state is PullState.UNCHANGED else None
        return PullRow(wanted.address, wanted.kind, wanted.path, found.state, file)

    if not files:
        return []
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(row, files))


def refuse_unreachable(buckets: Buckets, files: Iterable[PullFile]) -> None:
    """Make sure that the buckets which files belong into let us in, by one request each.

    Raises:
        BucketError, BucketUnreachable: one does not.
    """
    first: dict[str, ObjectAddress] = {}
    for file in files:
        if file.in_bucket:
            address = read_address(file.path)
            first.setdefault(address.bucket_name, address)
    for address in first.values():
        buckets.reach(address)
