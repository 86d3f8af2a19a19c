"""The two kinds of jobs that HeyGen has, and ids that tell them apart. Pure.

Translations and lip syncs stand in two lists, with ids of their own. Here, in the lockfile and
in all that we show, a lip sync's id has `lipsync:` before it, as an asset has `asset:` in a
manifest; only the client takes that off.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

LIPSYNC_PREFIX = "lipsync:"


class JobKind(Enum):
    """What HeyGen is asked for: a dub in another language, or the lips for a sound of one's own."""

    TRANSLATION = "translation"
    LIPSYNC = "lipsync"

    @classmethod
    def of(cls, job_id: str) -> JobKind:
        """Return the kind of the job of an id."""
        return cls.LIPSYNC if job_id.startswith(LIPSYNC_PREFIX) else cls.TRANSLATION

    @classmethod
    def of_all(cls, job_ids: Iterable[str]) -> tuple[JobKind, ...]:
        """Return the kinds of the jobs of these ids, always in the same order."""
        found = set(map(cls.of, job_ids))
        return tuple(kind for kind in cls if kind in found)

    def name_of(self, job_id: str) -> str:
        """Return what HeyGen calls the job of this kind and id."""
        return job_id.removeprefix(LIPSYNC_PREFIX) if self is JobKind.LIPSYNC else job_id
