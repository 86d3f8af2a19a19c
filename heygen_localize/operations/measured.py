"""What is known of the pulled files from earlier checks: nothing is decoded, nothing asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from heygen_localize.core.measurement import Measurement
from heygen_localize.planning.check import CheckFiles, CheckRow, files_of_target
from heygen_localize.planning.judging import judged
from heygen_localize.planning.pull import PullFile, files_of
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
    kept = MeasuredFiles(project.manifest.path, listed=True)
    sources: dict[str, Measurement | None] = {}
    rows: dict[str, CheckRow] = {}
    local, unchecked, unread = set[str](), [], []
    parts = 0
    for files in _looked_at(project, project.select(targets)):
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


def _looked_at(project: Project, selected: frozenset[str] | None) -> Iterator[CheckFiles]:
    """Return what is to be looked at, of one target after another: of many it takes much memory."""
    manifest, entries = project.manifest, project.lock.entries
    staging = staging_of(manifest.path)
    for target in manifest.targets:
        entry = entries.get(target.address)
        wanted = selected is None or target.address in selected
        if entry is not None and wanted and not target.skip:
            files = files_of_target(target, files_of(target, entry, staging))
            if files is not None:
                yield files


def _hash(file: PullFile | None) -> str:
    return file.known.sha256 if file is not None and file.known is not None else ""
