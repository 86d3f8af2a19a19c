"""The beginning of a file that is being fetched, kept in `.localize/NAME/parts` until it is whole.

Beside each lies a record of what it is a part of. Both may have come with a checkout, so the
record also names the time of change that the part was given when it was begun and is given
again after each piece: one that no checkout, which sets its own, can give a file.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from msgspec import Struct, to_builtins

from heygen_localize.core.decoding import parse_json
from heygen_localize.system import Folder, Place, UnsafePathError
from heygen_localize.system.files import make_state_folder, move

_PIECE = 1024 * 1024
_MAX_RECORD_BYTES = 65_536
_MOST_VALUES = 20
_AGE = 2.0
"""Seconds by which a file is made older than it is: whoever changes it afterwards changes its
time too, however coarse the file system's clock."""

_STAMPS = (315_532_800, 946_684_800)
"""Seconds since 1970 between which a part's time lies: 1980, where FAT begins, to 2000."""


class PartOf(Struct, frozen=True):
    """What a part is the beginning of: a file of one kind of a target's job."""

    address: str
    kind: str
    job: str


class _Record(Struct, frozen=True):
    """A part's record: what it is of, how the host names and sizes it, the part's time."""

    of: PartOf
    etag: str
    length: int | None
    stamp: int


class Parts:
    """The folder that parts lie in: made and walked to once, however many files come."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._opening = threading.Lock()
        self._folder: Folder | None = None

    def found(self) -> Folder | None:
        """Return the folder; None where it is not there, or something else is."""
        with self._opening, suppress(OSError, UnsafePathError):
            if self._folder is None:
                self._folder = Folder(self._path)
        return self._folder

    def made(self, gone: Folder | None = None) -> Folder:
        """Return the folder, made where it lacks; another one than what is `gone` meanwhile."""
        with self._opening:
            if self._folder is None or self._folder is gone:
                make_state_folder(self._path)
                self._folder = Folder(self._path)
            return self._folder


class Part:
    """What there is of one file; hashed as it grows.

    `root` is what the destination is walked from. `size` is how much of it is sure, in
    bytes; `etag` is what the host calls the file, where it does; `moment` the time of change,
    in nanoseconds since 1970, that the file has in its place.
    UnsafePathError is raised where something else stands in its place, and OSError where the disk
    does not take it.
    """

    def __init__(self, parts: Parts, of: PartOf, destination: Path, root: Path) -> None:
        self._destination, self._root, self._of = destination, root, of
        self._name = hashlib.sha256(f"{of.address}\0{of.kind}".encode()).hexdigest()[:32]
        self._parts, self._folder = parts, parts.found()
        self._recording = False
        """Whether a record lies beside, or may."""
        self._places: dict[str, Place] = {}
        self._hash = hashlib.sha256()
        self._file: BinaryIO | None = None
        self._stamp = 0
        self.etag: str | None = None
        self.length: int | None = None
        self.size = 0
        self.moment: int | None = None
        self._reopen()

    def _place(self, kind: str) -> Place | None:
        if self._folder is None:
            return None
        place = self._places.get(kind) or self._folder.place(f"{self._name}.{kind}")
        if place.folder is not None:  # Without its folder held open, it is walked to each time.
            self._places[kind] = place
        return place

    def _reopen(self) -> None:
        """Go on with the beginning that an earlier run has left, if it is what its record says."""
        record, place = self._recorded(), self._place("part")
        if record is None or record.of != self._of or place is None:
            return
        with suppress(OSError, UnsafePathError):
            file = os.fdopen(place.open(os.O_RDWR, to_write=True), "r+b", buffering=0)
            there = os.fstat(file.fileno())
            if there.st_mtime_ns != record.stamp or there.st_size < 2:
                file.close()
                return
            self._file, self._stamp = file, record.stamp
            self.etag, self.length = record.etag, record.length
            # Its last byte is asked for again: there is always one to ask for then.
            while self.size < there.st_size - 1:
                piece = file.read(min(_PIECE, there.st_size - 1 - self.size))
                if not piece:
                    break
                self._hash.update(piece)
                self.size += len(piece)
            file.truncate(self.size)
            self._set_time(file)

    def _recorded(self) -> _Record | None:
        place = self._place("json")
        if place is None:
            return None
        try:
            with os.fdopen(place.open(os.O_RDONLY), "rb") as file:
                self._recording = True
                content = file.read(_MAX_RECORD_BYTES)
            item = parse_json(content, _MOST_VALUES)
            record = _Record(PartOf(**item.pop("of")), **item)
        except (OSError, UnsafePathError, ValueError, TypeError, AttributeError, KeyError):
            return None
        length = record.length
        sound = isinstance(record.etag, str) and (length is None or isinstance(length, int))
        return record if sound else None

    @property
    def resumable(self) -> bool:
        """Whether there is a beginning, and a way to tell what it is the beginning of."""
        return self.size > 0 and self.etag is not None

    def goes_on_with(self, etag: str | None, length: int | None) -> bool:
        """Return whether an answer that is named and sized so has the rest of this."""
        sizes = {self.length, length} - {None}
        return self.resumable and strong(etag) == self.etag and len(sizes) <= 1

    def restart(self, etag: str | None, length: int | None = None) -> None:
        """Begin anew, with the ETag and size of what comes; nothing is written before `add`."""
        self.discard()
        self.etag, self.length = strong(etag), length

    def add(self, piece: bytes) -> None:
        """Take the next bytes."""
        if self._file is None:
            self._file = self._begun()
        rest = memoryview(piece)
        while rest:
            rest = rest[self._file.write(rest) :]
        self._set_time(self._file)
        self._hash.update(piece)
        first, self.size = self.size == 0, self.size + len(piece)
        # A small file is whole by then.
        if not first and not self._recording and self.size != self.length:
            self._record()

    def _begun(self) -> BinaryIO:
        self._places.clear()
        folder = self._parts.made()
        try:
            handle = _new(folder.place(f"{self._name}.part"))
        except FileNotFoundError:  # Somebody cleaned up meanwhile.
            folder = self._parts.made(gone=folder)
            handle = _new(folder.place(f"{self._name}.part"))
        self._folder = folder
        file = os.fdopen(handle, "r+b", buffering=0)
        first, last = _STAMPS
        self._stamp = (first + secrets.randbelow(last - first)) * 10**9 + secrets.randbelow(10**9)
        self._set_time(file)
        # As the file system keeps it, which may be in whole seconds.
        self._stamp = os.fstat(handle).st_mtime_ns
        return file

    def _record(self) -> None:
        """Write down what the part is the beginning of, so that a later run can go on.

        Nothing rests on it: half a record, or none, has the file begun anew.
        """
        if self.etag is None or (place := self._place("json")) is None:
            return
        self._recording = True
        record = to_builtins(_Record(self._of, self.etag, self.length, self._stamp))
        with os.fdopen(_new(place), "wb") as beside:
            beside.write(json.dumps(record).encode() + b"\n")

    def _set_time(self, file: BinaryIO) -> None:
        place = self._place("part")
        if os.utime in os.supports_fd or place is None:
            os.utime(file.fileno(), ns=(self._stamp, self._stamp))
        else:
            place.set_time(self._stamp)

    def fault(self, judge: Callable[[BinaryIO, int], str | None]) -> str | None:
        """Return what a judge of whole files has against this one; None for nothing."""
        if self._file is None:
            self._file = self._begun()
        return judge(self._file, self.size)

    def land(self, now: float) -> str:
        """Put the whole file into its place, also on another disk; return its SHA-256.

        `now` in seconds since 1970.
        """
        if self._file is None:
            self._file = self._begun()
        self._stamp = int((now - _AGE) * 10**9)
        self._set_time(self._file)
        self._shut()
        if (place := self._place("part")) is not None:
            landed = move(place, self._destination, self._root)
            self.moment = None if landed is None else landed.st_mtime_ns
        if self._recording:
            self._remove("json")
        return self._hash.hexdigest()

    def discard(self) -> None:
        """Remove what there is; what nobody can go on with goes as a new part is begun."""
        if self._file is not None or self._recording:
            self._shut()
            self._remove("part")
            self._remove("json")
            self._recording = False
        self._hash, self.size = hashlib.sha256(), 0
        self.etag = self.length = None

    def _remove(self, kind: str) -> None:
        with suppress(OSError):
            if (place := self._place(kind)) is not None:
                place.remove()

    def close(self) -> None:
        """Leave what there is on the disk, to be gone on with."""
        if self._file is not None and self.size > 0 and not self._recording:
            with suppress(OSError, UnsafePathError):
                self._record()
        self._shut()

    def _shut(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def _new(place: Place) -> int:
    """Open a new file, in place of whatever else but a folder is there."""
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL
    try:
        return place.open(flags)
    except (FileExistsError, UnsafePathError):
        place.remove()
        return place.open(flags)


def strong(etag: str | None) -> str | None:
    """Return an ETag that says something of single bytes; a weak one does not."""
    return None if not etag or etag.startswith("W/") else etag
