"""How long the jobs of a run take, and for how long it will go on at that pace."""

from __future__ import annotations

import math
from bisect import insort

from heygen_localize.core.model import Job


class Pace:
    """Knows since when jobs render, and how long those took that ended. Times since 1970."""

    def __init__(self) -> None:
        self._since: dict[str, float] = {}
        self._took: list[float] = []
        self._most = 1

    def began(self, job: Job, now: float) -> None:
        """A job is waited for: since it was ordered, as far as HeyGen tells."""
        self._since.setdefault(job.id, min(now, job.created_at or now))
        self._most = max(self._most, len(self._since))

    def ended(self, job_id: str, now: float) -> None:
        """A job has ended."""
        since = self._since.pop(job_id, None)
        if since is not None:
            insort(self._took, now - since)

    def lost(self, job_id: str) -> None:
        """A job is not waited for any more, and how long it took is not known."""
        self._since.pop(job_id, None)

    def oldest(self, now: float) -> float | None:
        """Return for how many seconds the oldest job has been rendering."""
        return max((now - since for since in self._since.values()), default=None)

    def left(self, queued: int, now: float) -> float | None:
        """Return for how many seconds the run goes on: as many at once, each as long as before.

        None before any job has ended.
        """
        if not self._took:
            return None
        # In order already: a run asks each second, and they become many.
        each = (self._took[(len(self._took) - 1) // 2] + self._took[len(self._took) // 2]) / 2
        youngest = min((now - since for since in self._since.values()), default=each)
        return max(each - youngest, 0.0) + math.ceil(queued / self._most) * each
