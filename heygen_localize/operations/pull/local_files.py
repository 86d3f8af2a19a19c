"""What lies on the disk of the files that were pulled, without reading any of them twice.

Each file that was put in place is a line of `.localize/NAME/cache/pulled.jsonl`, written at once: a
run that is killed before it writes the lockfile fetches nothing a second time.
Losing the file costs time alone.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import threading
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from msgspec import Struct
from msgspec.structs import asdict, fields, replace

from heygen_localize.core.decoding import parse_json
from heygen_localize.core.errors import Diagnostic, LocalizeError
from heygen_localize.core.lock import PulledFile
from heygen_localize.operations.pull.nature import fault_of
from heygen_localize.planning.pull import PullFile, PullState
from heygen_localize.project.process_lock import cache_path
from heygen_localize.system import UnsafePathError, opened, read, root_of, status
from heygen_localize.system.clock import Clock
from heygen_localize.system.files import make_state_folder, to_append, write_atomically

_MAX_CACHE_BYTES = 32 * 1024 * 1024
_MOST_LINES = 200_000
"""Each file has two, of some 150 bytes."""

_PIECE = 1024 * 1024
_RACY = 2_000_000_000
"""Nanoseconds: what changed so short ago may change again and keep its time."""


class _FileRecord(Struct, frozen=True):
    """What a file at `path` held when it had this size and time; of which job, if known."""

    path: str
    size: int
    mtime_ns: int
    sha256: str
    job: str = ""
    kind: str = ""
    looked_at: str = ""
    """The kind that the bytes can be of, once that was looked at."""

    def is_of(self, status: os.stat_result) -> bool:
        return (self.size, self.mtime_ns) == (status.st_size, status.st_mtime_ns)


_TYPES = {field.name: int if field.type is int else str for field in fields(_FileRecord)}


class PulledFileCache:
    """Knows what the files in the manifest's folder hold. Threads may add to it."""

    def __init__(self, manifest: Path, clock: Clock) -> None:
        self._folder, self._root = manifest.parent, root_of(manifest)
        self._path = cache_path(manifest, "pulled.jsonl")
        self._clock = clock
        self._adding = threading.Lock()
        self._lines = 0
        self._file: BinaryIO | None = None
        self._known: dict[str, _FileRecord] = {}
        self._load()

    def look_at(self, wanted: PullFile) -> tuple[PullState, PulledFile | None, Diagnostic | None]:
        """Return how a file is found, and what it is where it is as it should be.

        A problem is told where it is as it was pulled, and yet cannot be the file: earlier
        versions took what a host said in its place.
        """
        try:
            away = wanted.in_bucket  # whatever lies in a folder of such a name
            found = None if away else status(self._folder / wanted.path, self._root)
            if found is None:
                return (PullState.MISSING if wanted.expected else PullState.ABSENT), None, None
            known = wanted.known or self._landed(wanted, found)
            same = known is not None and known.size == found.st_size
            if known is None or not same or self._sha256(wanted.path, found) != known.sha256:
                return PullState.DIFFERS, None, None
            fault = self._fault(wanted, found)
            if fault is not None:
                message = f"{wanted.path} holds {fault} instead of the file"
                hint = "localize pull fetches it again"
                problem = Diagnostic("download_not_a_file", message, wanted.where, hint)
                return PullState.DIFFERS, None, problem
        except (OSError, UnsafePathError):
            return PullState.DIFFERS, None, None
        return PullState.UNCHANGED, known, None

    def add(self, wanted: PullFile, file: PulledFile, moment: int | None) -> None:
        """Remember a file that was just put in place, with its time of change there."""
        if moment is not None:
            job = wanted.job.translation_id
            record = _FileRecord(wanted.path, file.size, moment, file.sha256, job, wanted.kind)
            self._note(replace(record, looked_at=wanted.kind))

    def close(self) -> None:
        """Close what lines are written to; the next one opens it again."""
        with self._adding:
            if self._file is not None:
                self._file.close()
                self._file = None

    def tidy(self, named: Collection[str]) -> None:
        """Forget the files that are not among the named ones, once that is worth a writing."""
        if self._lines <= 2 * len(self._known) + 100:
            return
        self.close()
        kept = [record for path, record in self._known.items() if path in named]
        with suppress(OSError):
            write_atomically(self._path, "".join(map(_line, kept)))

    def _landed(self, wanted: PullFile, found: os.stat_result) -> PulledFile | None:
        """Return what was pulled to here from the very job, though the lock does not say so."""
        record = self._known.get(wanted.path)
        if record is None or not record.is_of(found):
            return None
        if (record.job, record.kind) != (wanted.job.translation_id, wanted.kind):
            return None
        return PulledFile(record.sha256, record.size)

    def _fault(self, wanted: PullFile, found: os.stat_result) -> str | None:
        """Return what lies there in place of the file, looking at each file once."""
        record = self._known.get(wanted.path)
        current = record is not None and record.is_of(found)
        if record is not None and current and record.looked_at == wanted.kind:
            return None
        with opened(self._folder / wanted.path, self._root) as stream:
            fault = fault_of(stream, found.st_size, wanted.kind, wanted.job.duration)
        if record is not None and current and fault is None:
            self._note(replace(record, looked_at=wanted.kind))
        return fault

    def _sha256(self, name: str, before: os.stat_result) -> str:
        record = self._known.get(name)
        if record is not None and record.is_of(before):
            return record.sha256
        began = int(self._clock.now() * 1e9)
        digest = hashlib.sha256()
        with opened(self._folder / name, self._root) as file:
            while piece := file.read(_PIECE):
                digest.update(piece)
            after = os.fstat(file.fileno())
        found = _FileRecord(name, before.st_size, before.st_mtime_ns, digest.hexdigest())
        if found.is_of(after) and after.st_mtime_ns <= began - _RACY:
            self._note(found)
        return found.sha256

    def _note(self, record: _FileRecord) -> None:
        with self._adding, suppress(OSError, LocalizeError):
            self._known[record.path] = record
            if self._file is None:
                make_state_folder(self._path.parent)
                self._file = to_append(self._path)
            # A line of its own, whatever a crash has left before it.
            self._file.write(("\n" + _line(record)).encode())
            self._lines += 1

    def _load(self) -> None:
        """Read what is there, leaving out what does not look right. Never fails."""
        with suppress(OSError):
            content = read(self._path, _MAX_CACHE_BYTES)
            if content.count(b"\n") > _MOST_LINES:
                return
            for line in io.BytesIO(content):
                record = _record(line)
                if record is not None:
                    self._lines += 1
                    self._known[record.path] = record


def _line(record: _FileRecord) -> str:
    return json.dumps(asdict(record)) + "\n"


def _record(line: bytes) -> _FileRecord | None:
    try:
        item = parse_json(line, len(_TYPES) + 1)
    except ValueError:
        return None
    if not isinstance(item, dict) or item.keys() != _TYPES.keys():
        return None
    sound = all(type(item[name]) is kind for name, kind in _TYPES.items())
    return _FileRecord(**item) if sound else None
