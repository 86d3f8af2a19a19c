"""An answer that an earlier run found, and that holds as long as nothing changed since.

Where a run found nothing to do, what it said is kept with a trace of all that it read of the
checkout. The next run reads the same files again, asks HeyGen for what is new and for a sample
of the jobs, and where all is as it was, says the same. Nothing is ordered on it: it only ever
says that there is nothing to do.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from heygen_localize.core.job_kind import JobKind
from heygen_localize.core.model import JobStatus
from heygen_localize.heygen.errors import ApiError
from heygen_localize.heygen.pages import IDS_PER_CALL
from heygen_localize.project.process_lock import cache_path
from heygen_localize.project.seen_account import SeenAccount, sample_of
from heygen_localize.project.signed_file import load_signed, save_signed
from heygen_localize.system.files import remove
from heygen_localize.system.folder import entries, place_of, read
from heygen_localize.system.paths import UnsafePathError
from heygen_localize.system.trace import Stat, Trace, traced

if TYPE_CHECKING:
    from heygen_localize.heygen.client import Client

_MAX_READ = 256 * 1024 * 1024
_SAMPLED = 2000
"""Ids that are kept to take samples of."""

_YOUNG = 2_000_000_000
"""Nanoseconds in which a file may change again without its time telling so."""


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    question: str
    answer: str
    until: float
    looked_at: float
    kinds: tuple[JobKind, ...]
    newest: tuple[str, ...]
    completed: tuple[str, ...]
    contents: dict[str, str]
    listings: dict[str, str]
    stats: dict[str, Stat | None]


def unchanged_path(manifest: Path, command: str = "plan") -> Path:
    """Return the file of the answer to a command that is kept."""
    return cache_path(
        manifest, "unchanged.json" if command == "plan" else f"unchanged-{command}.json"
    )


def forget_answers(manifest: Path) -> None:
    """Remove the answers that are kept."""
    for command in ("plan", "apply"):
        remove(unchanged_path(manifest, command))


class Unchanged:
    """The answer to one question about a manifest, if one is kept.

    `question` holds all that the answer hangs on besides the checkout and the account: the
    command first, the version, the options, the form of the output. `now` is in seconds since 1970.
    """

    def __init__(self, manifest: Path, client: Client, question: str, now: float) -> None:
        self._path = unchanged_path(manifest, question.partition(" ")[0])
        self._client, self._now = client, now
        self._question = question

    def answer(self) -> str | None:
        """Return the answer that still holds; None where there is none, or none may be given.

        Raises:
            AccountRefused: the key is not accepted.
        """
        kept = load_signed(self._path, self._client, _File)
        if kept is None:
            return None
        if kept.question != self._question or not kept.looked_at <= self._now < kept.until:
            return None
        if not (_as_it_was(kept) and self._account_as_it_was(kept)):
            return None
        return kept.answer

    def _account_as_it_was(self, kept: _File) -> bool:
        new = self._client.since(kept.kinds, frozenset(kept.newest), kept.looked_at)
        known = set(kept.newest)
        if not new.partial or any(job.id not in known for job in new.jobs):
            return False
        sample = sample_of(kept.completed, IDS_PER_CALL, self._now)
        try:
            states = self._client.statuses(sample)
        except ApiError as failure:
            if failure.refuses_account:
                raise
            return False
        return all(states.get(name) is JobStatus.COMPLETED for name in sample)

    def keep(self, answer: str, seen: SeenAccount, trace: Trace, until: float) -> None:
        """Keep an answer until a moment, where what it hangs on can be told from its trace."""
        own = str(self._path.parent)
        if any(not place.startswith(own) for place in trace.unsteady):
            return
        contents = {at: found for at, found in trace.contents.items() if not at.startswith(own)}
        listings = {at: found for at, found in trace.listings.items() if not at.startswith(own)}
        stats = {
            at: found
            for at, found in trace.stats.items()
            if at not in contents and not at.startswith(own)
        }
        young = (self._now * 1e9 - stat[1] < _YOUNG for stat in stats.values() if stat)
        completed = [job.id for job in seen.jobs.values() if job.status is JobStatus.COMPLETED]
        if any(young) or len(completed) < len(seen.jobs):
            return
        kept = _File(
            question=self._question,
            answer=answer,
            until=until,
            looked_at=seen.looked_at,
            kinds=seen.kinds,
            newest=tuple(seen.newest),
            completed=tuple(sample_of(completed, _SAMPLED, self._now)),
            contents=contents,
            listings=listings,
            stats=stats,
        )
        save_signed(self._path, self._client, kept)


def _as_it_was(kept: _File) -> bool:
    """Return whether all that was read is there and the same."""
    with traced() as again:
        try:
            for place in kept.contents:
                read(Path(place), _MAX_READ)
            for place in kept.listings:
                list(entries(Path(place)))
            for place in kept.stats:
                with suppress(FileNotFoundError), place_of(Path(place)) as found:
                    found.look()
        except (OSError, ValueError, UnsafePathError):
            return False
    same = all(again.stats.get(place, None) == stat for place, stat in kept.stats.items())
    return same and (again.contents, again.listings) == (kept.contents, kept.listings)
