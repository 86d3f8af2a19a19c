"""One process at a time on all machines, by an object in a bucket that `LOCALIZE_LOCK` names.

Every write of it is on condition of what stood there, so that of two that want it one gets it.
Who holds it writes a heartbeat into it. It is never taken from anybody unasked: `localize lock
break` does, where no heartbeat comes.
"""

from __future__ import annotations

import os
import platform
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timezone

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from heygen_localize.buckets.buckets import Buckets
from heygen_localize.core.errors import (
    AbsentError,
    BucketError,
    BusyError,
    LocalizeError,
    TakenError,
    UsageError,
)
from heygen_localize.core.objects import ObjectAddress, Seen, is_object, read_address
from heygen_localize.core.text import sanitize
from heygen_localize.system.clock import Clock, SystemClock
from heygen_localize.system.signals import stop_this_process

VARIABLE = "LOCALIZE_LOCK"
BEAT = 20.0
"""Seconds between two heartbeats."""

EXPIRES = 90.0
"""Seconds without a heartbeat, after which a lock may be broken."""

_MOST_BYTES = 10_000
_MOST_READS = 10
_TYPE = "application/json"


class Holder(Struct, frozen=True):
    """Who holds the lock: `token` is of one process alone. None does where it is `free`."""

    free: bool = False
    token: str = ""
    host: str = ""
    pid: int = 0
    manifest: str = ""
    since: int = 0
    beat: int = 0

    def __str__(self) -> str:
        """Say it for people; what stands in the object is anybody's."""
        began = datetime.fromtimestamp(min(max(self.since, 0), 2**35), timezone.utc)
        where = f"process {self.pid} on {sanitize(self.host, 100) or 'an unknown machine'}"
        return f"{where}, {sanitize(self.manifest, 100)}, since {began:%Y-%m-%d %H:%M:%S} UTC"


class ObjectLock:
    """The lock at one address. Threads may beat for it."""

    def __init__(self, address: ObjectAddress, clock: Clock, buckets: Buckets) -> None:
        self._address, self._clock, self._buckets = address, clock, buckets
        self._mine = Holder()
        self._seen: Seen | None = None
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def acquire(self, manifest: str) -> None:
        """Take the lock, and have a thread show that it is held.

        Raises:
            BusyError: somebody holds it; the message names who.
            BucketError, BucketUnreachable: the bucket does not let us, or knows no conditions.
        """
        now, token = int(self._clock.now()), secrets.token_hex(16)
        host = platform.node()
        self._mine = Holder(False, token, host, os.getpid(), manifest, now)
        try:
            self._take()
        except BusyError:
            raise
        except BaseException:
            self.release()  # a writing whose answer was lost may have taken it all the same
            raise
        self._thread = threading.Thread(target=self._beat, name="lock", daemon=True)
        self._thread.start()

    def release(self) -> None:
        """Give the lock back; where the bucket does not take that, it has to be broken."""
        self._over.set()
        if self._thread is not None:
            self._thread.join()
        with suppress(LocalizeError):
            found = self._read()  # the answer to the last heartbeat may have been lost
            if found is not None and found[1].token == self._mine.token:
                self._write(Holder(free=True), found[0])

    def held(self) -> tuple[Seen, Holder] | None:
        """Return who holds the lock, and the object that says so; None where nobody does."""
        found = self._read()
        return None if found is None or found[1].free else found

    def break_it(self, found: Seen) -> None:
        """Take the lock from who held it when it was looked at.

        Raises:
            TakenError: somebody has written to it since.
        """
        self._write(Holder(free=True), found)

    def _take(self) -> None:
        try:
            self._write(self._mine, None)
            self._refuse_unconditional()
        except TakenError:
            self._take_over()

    def _take_over(self) -> None:
        """Take a lock that was given back."""
        found = self._read()
        if found is not None and found[1].token == self._mine.token:
            self._seen = found[0]  # our own writing, whose answer was lost
            return
        if found is not None and not found[1].free:
            raise _busy(self._address, found[1])
        try:
            self._write(self._mine, found[0] if found is not None else None)
        except TakenError:
            found = self._read()
            if found is None or found[1].token != self._mine.token:
                raise _busy(self._address, found[1] if found is not None else None) from None
            self._seen = found[0]

    def _refuse_unconditional(self) -> None:
        """Make sure, where the lock is new, that the bucket holds writings to their conditions."""
        for expected in (None, Seen(0, '"of-no-object"', "1")):
            with suppress(TakenError):
                self._write(self._mine, expected)
                raise BucketError(
                    f"{self._address.bucket_name} writes on no condition, so it can keep no lock",
                    code="bucket_unconditional",
                    hint=f"name another bucket in {VARIABLE}",
                )

    def _write(self, holder: Holder, expected: Seen | None) -> None:
        content = msgspec.json.encode(holder)
        self._seen = self._buckets.put(self._address, content, expected, _TYPE)

    def _read(self) -> tuple[Seen, Holder] | None:
        for _ in range(_MOST_READS):
            seen = self._buckets.look(self._address)
            if seen is None:
                return None
            with suppress(AbsentError, TakenError):  # it was written to meanwhile
                return seen, self._holder(seen)
        raise BusyError(f"the lock {self._address} is written to all the time", code="lock_held")

    def _holder(self, seen: Seen) -> Holder:
        foreign = BucketError(
            f"{self._address} is no lock of localize's",
            code="object_foreign",
            hint=f"let {VARIABLE} name an object that nothing else uses",
        )
        if seen.size > _MOST_BYTES:
            raise foreign
        content = b""
        for piece in self._buckets.pieces(self._address, seen.etag):
            content += piece
            if len(content) > _MOST_BYTES:
                raise foreign  # more than was announced
        try:
            return msgspec.json.decode(content, type=Holder)
        except msgspec.MsgspecError:
            raise foreign from None

    def _beat(self) -> None:
        while not self._over.wait(BEAT):
            self._mine = replace(self._mine, beat=self._mine.beat + 1)
            with suppress(LocalizeError):  # the next one may come through
                try:
                    self._write(self._mine, self._seen)
                except TakenError:
                    found = self._read()
                    if found is None or found[1].token != self._mine.token:
                        stop_this_process()  # somebody broke it: nothing more is ordered
                        return
                    self._seen = found[0]


@contextmanager
def only_one_anywhere(manifest: str) -> Iterator[None]:
    """Keep processes on other machines away, where the environment names a lock.

    Raises:
        BusyError: one holds it.
        UsageError, BucketError, BucketUnreachable: the lock cannot be used.
    """
    lock = lock_of(os.environ.get(VARIABLE, ""))
    if lock is None:
        yield
        return
    lock.acquire(manifest)
    try:
        yield
    finally:
        lock.release()


def lock_of(text: str) -> ObjectLock | None:
    """Return the lock at an address; None where there is no address.

    Raises:
        UsageError: it is none, or of a folder, which knows no conditions.
    """
    if not text:
        return None
    if not is_object(text) or text.startswith("file:"):
        raise UsageError(
            f"{VARIABLE} is not the address of an object",
            code="object_invalid",
            hint="write s3://BUCKET/NAME, gs:// or az://",
        )
    return ObjectLock(read_address(text), SystemClock(), Buckets())


def _busy(address: ObjectAddress, holder: Holder | None) -> BusyError:
    who = str(holder) if holder is not None else "another process"
    return BusyError(
        f"the lock {address} is held by {who}",
        code="lock_held",
        hint="wait for it to end: nothing is paid twice; if it was killed: localize lock break",
    )
