"""What was learned of local files, so that a plan over 200 GB of videos reads none of them again.

Kept by path, size and time of change, outside of git. Losing it costs time alone.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any, BinaryIO

from msgspec import Struct

from heygen_localize.core.decoding import integer, matching, number, one_of, optional, record
from heygen_localize.core.errors import FileError
from heygen_localize.core.text import subtitle_bytes
from heygen_localize.media import MediaType, Role, check, seconds_of
from heygen_localize.system import (
    TooLargeError,
    UnsafePathError,
    opened,
    read,
    real_path,
    root_of,
)
from heygen_localize.system import status as looked_at
from heygen_localize.system.clock import Clock
from heygen_localize.system.json_cache import JsonCache

_CHUNK = 1 << 20
_LARGEST_SUBTITLES = 2_000_000
"""Bytes, as of a reviewed text: some 25,000 cues, and as much as may be checked line by line."""

_RACY_SECONDS = 2.0
"""A change so short before the reading may be followed by one of the same time: FAT counts in 2."""


class FileFacts(Struct, frozen=True):
    """A file's SHA-256 and size in bytes, as they are sent, its type and its length in seconds.

    Subtitles are sent in one canonical form, and counted so. What stands for them is
    `written`, the SHA-256 as people wrote them (without BOM and with LF): the same for a
    file in that form, and for all others what it always was, so that none is rendered anew.
    """

    sha256: str
    size: int
    media_type: MediaType
    seconds: float | None = None
    written: str | None = None


class _Known(Struct, frozen=True):
    """What was learned of a file that had its size and this time of change (nanoseconds)."""

    mtime_ns: int
    facts: FileFacts


class FileCache:
    """Tells what files hold, reading those alone that are new or changed.

    `path` is `.localize/NAME/cache/files.json` beside the manifest; None keeps
    nothing on disk.
    """

    def __init__(self, path: Path | None, clock: Clock) -> None:
        self._file = JsonCache(path, "files", _KNOWN, _encoded)
        self._clock = clock
        self._kept: dict[str, _Known] | None = None
        self._found: dict[str, _Known] = {}
        self._gone: set[str] = set()

    def facts(self, path: Path, reference: str, role: Role, root: Path | None = None) -> FileFacts:
        """Say what a file holds.

        Args:
            path: The file.
            reference: Its path from the manifest's folder, for the cache and for messages.
            role: What it is given as.
            root: What links may not lead out of; else the repository or folder around it.

        Raises:
            FileError: it is no file, or its bytes are not what the role takes.
            OSError: it is missing or cannot be read.
        """
        try:
            path = real_path(path, root or root_of(path))
            return self._facts(path, reference, role)
        except UnsafePathError as unsafe:
            leads_out = unsafe.first.code != UnsafePathError.default_code
            code = "path_leaves_root" if leads_out else "source_not_file"
            told = unsafe.what if leads_out else "is not a file"
            raise FileError(code, f"{reference!r} {told}") from None
        except IsADirectoryError:
            raise FileError("source_not_file", f"{reference!r} is not a file") from None

    def _facts(self, path: Path, reference: str, role: Role) -> FileFacts:
        status = looked_at(path)
        if status is None:
            raise FileNotFoundError
        if role is Role.SUBTITLES:
            return _read_subtitles(path, reference)
        known = self._found.get(reference) or self._on_disk().get(reference)
        if known is None or not _holds(known, status):
            self._found.pop(reference, None)
            self._gone.add(reference)
            return self._read(path, reference, role)
        self._found[reference] = known
        if known.facts.media_type not in role.accepts:
            return self._read(path, reference, role)  # Which says what it is instead.
        return known.facts

    def save(self, *, drop_others: bool = False) -> None:
        """Keep what was learned for the next run, where it differs and the disk takes it.

        With `drop_others`, files that were not asked about are forgotten: for
        when every file that the manifest names has been.
        """
        before = self._on_disk()
        rest = {} if drop_others else {k: v for k, v in before.items() if k not in self._gone}
        after = rest | self._found
        if after != before and self._file.save(after):
            self._kept = after

    def _on_disk(self) -> dict[str, _Known]:
        if self._kept is None:
            self._kept = self._file.load()
        return self._kept

    def _read(self, path: Path, reference: str, role: Role) -> FileFacts:
        began = self._clock.now()
        with opened(path) as stream:
            before = os.fstat(stream.fileno())
            facts = _read_media(stream, before.st_size, reference, role)
            after = os.fstat(stream.fileno())
        known = _Known(before.st_mtime_ns, facts)
        if _holds(known, after) and before.st_mtime <= began - _RACY_SECONDS:
            self._found[reference] = known
            self._gone.discard(reference)
        return facts


def _holds(known: _Known, status: os.stat_result) -> bool:
    return (known.facts.size, known.mtime_ns) == (status.st_size, status.st_mtime_ns)


def _read_media(stream: BinaryIO, size: int, reference: str, role: Role) -> FileFacts:
    """Check the first bytes, then hash them all in pieces, then look for the length."""
    chunk = stream.read(_CHUNK)
    media_type = check(chunk, size if chunk else 0, role, reference)
    digest, count = hashlib.sha256(), 0
    while chunk:
        digest.update(chunk)
        count += len(chunk)
        chunk = stream.read(_CHUNK)
    return FileFacts(digest.hexdigest(), count, media_type, seconds_of(stream, media_type))


def _read_subtitles(path: Path, reference: str) -> FileFacts:
    # Here, since most projects have none, and the room takes long to load.
    from heygen_localize.subtitles import canonical

    try:
        content = read(path, _LARGEST_SUBTITLES)
    except TooLargeError:
        megabytes = _LARGEST_SUBTITLES // 1_000_000
        raise FileError(
            "source_too_large", f"{reference!r} is larger than {megabytes} MB"
        ) from None
    media_type = check(content, len(content), Role.SUBTITLES, reference)
    sent = canonical(content)
    written = hashlib.sha256(subtitle_bytes(content)).hexdigest()
    return FileFacts(hashlib.sha256(sent).hexdigest(), len(sent), media_type, written=written)


def _decoded(found: dict[str, Any]) -> _Known:
    return _Known(found.pop("mtime_ns"), FileFacts(**found))


_KNOWN = record(
    {
        "size": integer(1),
        "mtime_ns": integer(),
        "sha256": matching("[0-9a-f]{64}", "a SHA-256 in hexadecimal"),
        "media_type": one_of({kind.value: kind for kind in MediaType}),
        "seconds": optional(number),
    },
    ("size", "mtime_ns", "sha256", "media_type"),
    _decoded,
)


def _encoded(known: _Known) -> dict[str, Any]:
    facts = known.facts
    return {
        "size": facts.size,
        "mtime_ns": known.mtime_ns,
        "sha256": facts.sha256,
        "media_type": facts.media_type.value,
        "seconds": facts.seconds,
    }
