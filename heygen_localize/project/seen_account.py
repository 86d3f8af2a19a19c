"""What the last look at an account showed of a project, kept for the next one.

It may be lost or stale: nothing is ordered, adopted or deleted on its word
(`project.account_view`). Losing it costs a listing of the whole account.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from heapq import nlargest
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from heygen_localize.core.job_kind import JobKind
from heygen_localize.core.model import Job, JobStatus, Listing
from heygen_localize.project.process_lock import cache_path
from heygen_localize.project.signed_file import load_signed, save_signed

if TYPE_CHECKING:
    from heygen_localize.heygen.client import Client

_VERSION = 2
_NEWEST = 300
"""Ids of the newest jobs of a kind that are kept: three pages, in which the next look ends."""

WHOLE_WITHIN = 86_400.0
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
    names: tuple[str, ...]
    kinds: tuple[JobKind, ...]
    whole_at: float
    looked_at: float
    newest: dict[str, int]
    others: int
    jobs: tuple[_Row, ...]


class SeenAccount(Struct, frozen=True):
    """An account as a project last saw it. Moments are in seconds since 1970.

    It was listed whole at `whole_at`, and looked at once more at `looked_at`. `jobs` are those
    of the project, and those that its lockfile, journal or manifest name; `others` counts the
    rest. `newest` are the newest ids of each of the `kinds`, whoever's, and when each was made.
    """

    kinds: tuple[JobKind, ...]
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
    newest = {
        job.id: job.created_at
        for kind in listing.kinds
        for job in islice((job for job in listing.jobs if job.kind is kind), _NEWEST)
        if job.created_at is not None
    }
    if len(newest) < _NEWEST:
        return None
    kept = {job.id: job for job in listing.jobs if is_of(job, names) or job.id in named}
    return SeenAccount(listing.kinds, now, now, newest, len(listing.jobs) - len(kept), kept)


def newest_of(dates: Mapping[str, int]) -> dict[str, int]:
    """Keep the newest ids of each kind, by when each was made."""
    return {
        name: made
        for kind in JobKind
        for name, made in nlargest(
            _NEWEST,
            ((name, made) for name, made in dates.items() if JobKind.of(name) is kind),
            key=lambda item: item[1],
        )
    }


def is_of(job: Job, names: Collection[str]) -> bool:
    """Return whether a job bears the mark of a project of these names."""
    mark = job.mark
    return mark is not None and mark.project in names


def sample_of(ids: Sequence[str], most: int, now: float) -> list[str]:
    """Choose so many ids at most, others at each moment; `now` in seconds since 1970."""
    # Here, since a plan without an account asks for none.
    from heygen_localize.system.chance import chance

    return chance(now).sample(ids, min(most, len(ids)))


def load_seen(
    path: Path, client: Client, names: tuple[str, ...], kinds: tuple[JobKind, ...], now: float
) -> SeenAccount | None:
    """Read what was seen of the client's account; None where that is of no use today."""
    found = load_signed(path, client, _File)
    if found is None or (found.version, found.names, found.kinds) != (_VERSION, names, kinds):
        return None
    if not found.whole_at <= found.looked_at <= now < found.whole_at + WHOLE_WITHIN:
        return None
    jobs = {row.id: _job(row) for row in found.jobs}
    times = (found.whole_at, found.looked_at)
    return SeenAccount(kinds, *times, found.newest, found.others, jobs)


def save_seen(path: Path, client: Client, names: tuple[str, ...], seen: SeenAccount) -> None:
    """Keep what was seen of the account, where the disk takes it."""
    rows = tuple(map(_row, seen.jobs.values()))
    facts = (seen.kinds, seen.whole_at, seen.looked_at, seen.newest, seen.others, rows)
    save_signed(path, client, _File(_VERSION, names, *facts))


def _job(row: _Row) -> Job:
    return Job(**{name: getattr(row, name) for name in _Row.__struct_fields__})


def _row(job: Job) -> _Row:
    return _Row(*(getattr(job, name) for name in _Row.__struct_fields__))
