"""What is known of the pulled files from earlier checks: nothing is decoded, nothing asked."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from heygen_localize.core.measurement import Measurement
from heygen_localize.planning.check import CheckRow, files_to_check
from heygen_localize.planning.judging import judged
from heygen_localize.planning.pull import PullFile, files_to_pull
from heygen_localize.project.measured_files import MeasuredFiles
from heygen_localize.project.process_lock import staging_of
from heygen_localize.project.project import Project

_MOST_BYTES = 60_000_000
_MOST_PARTS = 300_000
"""Of measurements that are read, and of findings and stretches in them: 10,000 targets have fewer,
unless a stranger wrote them."""


class Measured(Struct, frozen=True):
    """What earlier checks found, by address: `rows` of those that were measured.

    `sources` are the addresses whose source could be compared, measured or not; `unchecked`
    those that nothing is known of, `unread` those whose measurements were too many to read.
    """

    rows: dict[str, CheckRow]
    sources: frozenset[str]
    unchecked: tuple[str, ...]
    unread: tuple[str, ...] = ()


def measured(project: Project, targets: Sequence[str]) -> Measured:
    """Return what earlier checks found of the files as the lockfile has them.

    Raises:
        UsageError: a pattern that fits no address.
    """
    manifest = project.manifest
    kept = MeasuredFiles(manifest.path, listed=True)
    selected, staging = project.select(targets), staging_of(manifest.path)
    pull_set = files_to_pull(manifest.targets, project.lock, selected, staging)
    sources: dict[str, Measurement | None] = {}
    rows: dict[str, CheckRow] = {}
    local, unchecked, unread = set[str](), [], []
    parts = 0
    for files in files_to_check(manifest.targets, pull_set):
        address = files.target.address
        if kept.bytes_read > _MOST_BYTES or parts > _MOST_PARTS:
            unread.append(address)
            continue
        digest = _hash(files.media)
        media = kept.load(digest)
        if media is None:
            unchecked.append(address)
            continue
        source = None
        if files.source is not None:
            local.add(address)
            name = files.source.sha256 or ""
            if name not in sources:
                sources[name] = kept.load(name)
            source = sources[name]
        captions = kept.load_captions(_hash(files.captions), digest)
        row = judged(files, media, captions, source)
        parts += len(row.findings) + len(media.silence)
        # What is judged by now needs no room any more.
        rows[address] = replace(row, file=replace(media, black=(), frozen=(), speech=()))
    return Measured(rows, frozenset(local), tuple(unchecked), tuple(unread))


def _hash(file: PullFile | None) -> str:
    return file.known.sha256 if file is not None and file.known is not None else ""
