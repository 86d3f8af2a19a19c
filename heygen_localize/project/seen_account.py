"""What the last look at an account showed of a project, kept for the next one.

A file that may be lost, stale or a stranger's: nothing is ordered, deleted or believed to be new
on its word (`project.account_view`). Losing it costs a listing of the whole account.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

import msgspec
from msgspec import Struct

from heygen_localize.core.model import Job, JobStatus, Listing
from heygen_localize.core.text import valid_id
from heygen_localize.project.process_lock import cache_path
from heygen_localize.system.files import make_state_folder, write_atomically
from heygen_localize.system.folder import read

_VERSION = 1
_MAX_BYTES = 64 * 1024 * 1024
"""100,000 jobs take 20 MB."""

_LONGEST = 2000
_NEWEST = 300
"""Ids of the newest jobs that are kept, whoever's: three pages, in which the next look ends."""

_WHOLE_WITHIN = 86_400.0
"""Seconds after which the account is listed whole again, so that each deletion is noticed."""


class _Row(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A job as the file has it: without its links, which open the files to whoever has them."""

    id: str
    status: JobStatus
    callback_id: str | None
    language: str | None
    title: str | None
    created_at: int | None
    duration: float | None
    failure_message: str | None


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    version: int
    account: str
    names: tuple[str, ...]
    whole_at: float
    looked_at: float
    newest: dict[str, int]
    others: int
    jobs: tuple[_Row, ...]


class SeenAccount(Struct, frozen=True):
    """An account as a project last saw it. Moments are in seconds since 1970.

    It was listed whole at `whole_at`, and looked at once more at `looked_at`. `jobs` are those
    of the project, and those that its lockfile, journal or manifest name; `others` counts the
    rest. `newest` are the newest ids, whoever's, and when each was made.
    """

    whole_at: float
    looked_at: float
    newest: dict[str, int]
    others: int
    jobs: dict[str, Job]


def seen_path(manifest: Path) -> Path:
    """Return the file of what was seen of the account."""
    return cache_path(manifest, "account.json")


def seen_in(
    listing: Listing, names: Collection[str], named: Collection[str], now: float
) -> SeenAccount | None:
    """Return what a whole listing shows of a project; None where there is nothing to gain.

    `names` are those of the project, earlier ones included, `named` the ids that are to be
    kept besides. Of jobs without a date nobody can tell which are the newest.
    """
    head = listing.jobs[:_NEWEST]
    newest = {job.id: job.created_at for job in head if job.created_at is not None}
    if len(newest) < _NEWEST:
        return None
    kept = {job.id: job for job in listing.jobs if is_of(job, names) or job.id in named}
    return SeenAccount(now, now, newest, len(listing.jobs) - len(kept), kept)


def is_of(job: Job, names: Collection[str]) -> bool:
    """Return whether a job bears the mark of a project of these names."""
    mark = job.mark
    return mark is not None and mark.project in names


def load_seen(path: Path, account: str, names: tuple[str, ...], now: float) -> SeenAccount | None:
    """Read what was seen of the account; None where that is of no use today.

    `account` stands for the one that is asked now.
    """
    try:
        found = msgspec.json.decode(read(path, _MAX_BYTES), type=_File)
    except (OSError, ValueError, RecursionError):
        return None
    if (found.version, found.account, found.names) != (_VERSION, account, names):
        return None
    if not found.whole_at <= found.looked_at <= now < found.whole_at + _WHOLE_WITHIN:
        return None
    if not (found.newest and found.others >= 0 and all(map(_clean, found.jobs))):
        return None
    jobs = {row.id: _job(row) for row in found.jobs}
    return SeenAccount(found.whole_at, found.looked_at, found.newest, found.others, jobs)


def _clean(row: _Row) -> bool:
    """Return whether a row is as we write it: nothing in it may steer a terminal or a path."""
    texts = (row.callback_id, row.language, row.title, row.failure_message)
    return valid_id(row.id) is not None and all(
        text is None or (text.isprintable() and len(text) <= _LONGEST) for text in texts
    )


def _job(row: _Row) -> Job:
    return Job(
        row.id,
        row.status,
        row.callback_id,
        row.language,
        row.title,
        row.created_at,
        row.duration,
        row.failure_message,
    )


def save_seen(path: Path, account: str, names: tuple[str, ...], seen: SeenAccount) -> None:
    """Keep what was seen of the account, where the disk takes it."""
    rows = tuple(
        _Row(
            job.id,
            job.status,
            job.callback_id,
            job.language,
            job.title,
            job.created_at,
            job.duration,
            job.failure_message,
        )
        for job in seen.jobs.values()
    )
    content = msgspec.json.encode(
        _File(
            _VERSION,
            account,
            names,
            seen.whole_at,
            seen.looked_at,
            seen.newest,
            seen.others,
            rows,
        )
    )
    if len(content) > _MAX_BYTES:
        return
    with suppress(OSError):  # A folder that is read-only, a full disk: all is listed again.
        make_state_folder(path.parent)
        write_atomically(path, content)
