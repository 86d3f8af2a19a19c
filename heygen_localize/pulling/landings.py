"""What lies on the disk of the files that were pulled, without reading any of them twice.

Each landing is a line of `.localize/NAME/cache/pulled.jsonl`, written at once: a
run that is killed before it writes the lockfile fetches nothing a second time.
Losing the file costs time alone.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import threading
from collections.abc import Collection
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from heygen_localize.clock import Clock
from heygen_localize.errors import LocalizeError
from heygen_localize.files import make_state_folder, write_atomically
from heygen_localize.guard import cache_path, state_folder
from heygen_localize.lock import PulledFile
from heygen_localize.pulls import PullState, Wanted

_LARGEST = 64 * 1024 * 1024
"""Bytes: some 200,000 lines."""

_PIECE = 1024 * 1024
_RACY = 2_000_000_000
"""Nanoseconds: what changed so short ago may change again and keep its time."""


@dataclass(frozen=True)
class _Landing:
    """What a file at `path` held when it had this size and time; of which job, if known."""

    path: str
    size: int
    mtime_ns: int
    sha256: str
    job: str = ""
    kind: str = ""

    def is_of(self, status: os.stat_result) -> bool:
        return (self.size, self.mtime_ns) == (status.st_size, status.st_mtime_ns)


_TYPES = {field.name: int if field.type == "int" else str for field in fields(_Landing)}


class Landings:
    """Knows what the files in the manifest's folder hold. Threads may add to it."""

    def __init__(self, manifest: Path, clock: Clock) -> None:
        self._manifest, self._folder = manifest, manifest.parent
        self._path = cache_path(manifest, "pulled.jsonl")
        self._clock = clock
        self._adding = threading.Lock()
        self._lines = 0
        self._known: dict[str, _Landing] = {}
        self._load()

    def look_at(self, wanted: Wanted) -> tuple[PullState, PulledFile | None]:
        """Tell how a file is found, and what it is where it is as it should be."""
        path = self._folder / wanted.path
        try:
            status = path.stat()
            if not stat.S_ISREG(status.st_mode):
                return PullState.DIFFERS, None
            known = wanted.known or self._landed(wanted, status)
            same = known is not None and known.size == status.st_size
            if known is None or not same or self._sha256(wanted.path, status) != known.sha256:
                return PullState.DIFFERS, None
        except FileNotFoundError:
            return (PullState.MISSING if wanted.expected else PullState.ABSENT), None
        except OSError:
            return PullState.DIFFERS, None
        return PullState.UNCHANGED, known

    def add(self, wanted: Wanted, file: PulledFile) -> None:
        """Remember a file that was just put in place."""
        with suppress(OSError):
            status = (self._folder / wanted.path).stat()
            job = wanted.job.translation_id
            self._note(
                _Landing(wanted.path, file.size, status.st_mtime_ns, file.sha256, job, wanted.kind)
            )

    def tidy(self, named: Collection[str]) -> None:
        """Forget the files that are not among the named ones, once that is worth a writing."""
        if self._lines <= 2 * len(self._known) + 100:
            return
        kept = [landing for path, landing in self._known.items() if path in named]
        with suppress(OSError):
            write_atomically(self._path, "".join(map(_line, kept)))

    def _landed(self, wanted: Wanted, status: os.stat_result) -> PulledFile | None:
        """Give what was pulled to here from the very job, though the lock does not say so."""
        landing = self._known.get(wanted.path)
        if landing is None or not landing.is_of(status):
            return None
        if (landing.job, landing.kind) != (wanted.job.translation_id, wanted.kind):
            return None
        return PulledFile(landing.sha256, landing.size)

    def _sha256(self, name: str, status: os.stat_result) -> str:
        landing = self._known.get(name)
        if landing is not None and landing.is_of(status):
            return landing.sha256
        began = int(self._clock.now() * 1e9)
        digest = hashlib.sha256()
        with (self._folder / name).open("rb", buffering=0) as file:
            while piece := file.read(_PIECE):
                digest.update(piece)
        found = _Landing(name, status.st_size, status.st_mtime_ns, digest.hexdigest())
        after = (self._folder / name).stat()
        if found.is_of(after) and after.st_mtime_ns <= began - _RACY:
            self._note(found)
        return found.sha256

    def _note(self, landing: _Landing) -> None:
        with self._adding, suppress(OSError, LocalizeError):
            self._known[landing.path] = landing
            if not self._path.parent.is_dir():
                make_state_folder(state_folder(self._manifest))
                self._path.parent.mkdir(exist_ok=True)
            with self._path.open("ab") as file:
                # A line of its own, whatever a crash has left before it.
                file.write(b"\n" + _line(landing).encode())
            self._lines += 1

    def _load(self) -> None:
        """Read what is there, leaving out what does not look right. Never fails."""
        with suppress(OSError):
            if not self._path.is_file() or self._path.stat().st_size > _LARGEST:
                return
            for line in self._path.read_bytes().splitlines():
                landing = _landing(line)
                if landing is not None:
                    self._lines += 1
                    self._known[landing.path] = landing


def _line(landing: _Landing) -> str:
    return json.dumps(asdict(landing)) + "\n"


def _landing(line: bytes) -> _Landing | None:
    try:
        item: Any = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(item, dict) or item.keys() != _TYPES.keys():
        return None
    sound = all(type(item[name]) is kind for name, kind in _TYPES.items())
    return _Landing(**item) if sound else None
