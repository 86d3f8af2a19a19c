"""What a page shows of each video: where its targets stand, their files, its source."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timezone

from msgspec import Struct

from heygen_localize.core.lock import Lock
from heygen_localize.core.model import Media, MediaKind, Target
from heygen_localize.core.text import sanitize
from heygen_localize.planning.status import StatusRow, TargetStatus
from heygen_localize.report.html.media import Files, Link, PageMedia
from heygen_localize.report.status import (
    EARLIER_UNTIL_CHECKED,
    EARLIER_UNTIL_DONE,
    REJECTED,
    waits_note,
)

_USER = re.compile(r"//[^/?#]*@")
_LONGEST = 120
"""Characters of a title or a note: they bound the page where there are thousands."""

_LONGEST_VIDEO = 1e6
"""Seconds that no video has."""


class Row(Struct, frozen=True):
    """One target as the page shows it; `place` is where it stands in the page."""

    place: str
    tag: str
    language: str
    word: str
    classes: str
    title: str
    note: str
    length: str
    files: Files
    until: str


class Source(Struct, frozen=True):
    """What a video is made from, and the way there if there is one."""

    text: str
    link: Link | None


class Video(Struct, frozen=True):
    """One video and its rows."""

    name: str
    place: str
    sources: tuple[Source, ...]
    rows: tuple[Row, ...]

    @property
    def cells(self) -> dict[str, Row]:
        """The rows by language."""
        return {row.tag: row for row in self.rows}


def video_rows(
    rows: Sequence[StatusRow], targets: Mapping[str, Target], lock: Lock, media: PageMedia
) -> Iterator[Video]:
    """Return the videos, by name, with their files."""
    by_video: dict[str, list[StatusRow]] = {}
    for row in rows:
        by_video.setdefault(row.address.partition("/")[0], []).append(row)
    for number, (name, members) in enumerate(sorted(by_video.items())):
        place = f"v{number}"
        shown = tuple(
            _row(row, f"{place}-{index}", targets.get(row.address), lock, media)
            for index, row in enumerate(members)
        )
        sources = _sources(members, targets, lock, media)
        yield Video(name, place, tuple(sources), shown)


def _row(row: StatusRow, place: str, target: Target | None, lock: Lock, media: PageMedia) -> Row:
    entry = lock.entries.get(row.address)
    served = entry.served if entry is not None else None
    files = media.files(target, served)
    title = (entry.job.title if entry is not None else None) or (target.title if target else None)
    seconds = served.duration if served is not None else None
    return Row(
        place,
        row.address.partition("/")[2],
        row.language,
        word_of(row.told),
        row.told,
        sanitize(title or "", _LONGEST),
        _note(row),
        _clock(seconds),
        files,
        moment(files.expires_at)[:10] if files.expires_at else "",
    )


def _clock(seconds: float | None) -> str:
    """Write a length as players do: `1:35`; a lockfile may hold any number."""
    if not seconds or not seconds < _LONGEST_VIDEO:
        return ""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


def _note(row: StatusRow) -> str:
    """Say what the standing alone does not tell; failures stand above with their mends."""
    notes = [row.skip or "", row.failure_message or ""]
    if row.serving_earlier:
        notes.append(EARLIER_UNTIL_CHECKED if row.held else EARLIER_UNTIL_DONE)
    if row.standing is TargetStatus.REJECTED:
        notes.append(REJECTED)
    if row.in_review:
        notes.append("its subtitles are reviewed first")
    elif row.stale:
        notes.append("out of date: the manifest changed")
    if row.waits is not None:
        notes.append(waits_note(row.waits))
    return sanitize("; ".join(note for note in notes if note), _LONGEST)


def _sources(
    rows: Sequence[StatusRow], targets: Mapping[str, Target], lock: Lock, media: PageMedia
) -> Iterator[Source]:
    """Return what a video's targets are made from, each once; of an orphan as the lock has it."""
    wanted = {
        targets[row.address].source.reference: targets[row.address].source
        for row in rows
        if row.address in targets
    }
    for source in wanted.values():
        yield Source(_name(source), media.source(source))
    if not wanted:
        for address in dict.fromkeys(lock.entries[row.address].job.source.url for row in rows):
            if address:
                yield Source(_bare(address), media.source_at(address))
            else:
                yield Source("no longer known", None)


def _name(media: Media) -> str:
    """Name a source as the manifest does; a question mark in a file's name is part of it."""
    if media.kind is MediaKind.URL:
        return _bare(media.reference)
    prefix = "asset:" if media.kind is MediaKind.ASSET else ""
    return sanitize(f"{prefix}{media.reference}", 300)


def _bare(address: str) -> str:
    """Leave out the query, which may be a signature, and a user with a password."""
    return sanitize(_USER.sub("//", address.partition("?")[0], count=1), 300)


def moment(seconds: float) -> str:
    """Write a moment as the machine reads it; empty for one that no calendar has."""
    try:
        return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (OverflowError, OSError, ValueError):
        return ""


def word_of(name: str) -> str:
    """Write a standing as people read it."""
    return name.replace("_", " ")
