"""Jobs that age by the clock: translations with the job limit, lip syncs without.

Source: docs/vendor/behaviour.md, "Video translations", "Paying once", "Lip sync".
"""

from __future__ import annotations

import math
import secrets
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from heygen_localize.sandbox.account.collection import Orders
from heygen_localize.sandbox.account.context import AccountContext
from heygen_localize.sandbox.contract.document import language_code
from heygen_localize.sandbox.errors import rate_limited
from heygen_localize.sandbox.records import Job, JobNote

# Source: docs/vendor/behaviour.md, "Video translations".
_NO_DOWNLOAD = (
    "Failed to download video from url, please check the url is valid or the video is public"
)
# The part of the rendering time that a job waits as pending.
_PENDING_SHARE = 0.25
_LONGEST_RETRY_AFTER = 60

# From when to when a job held its place, in seconds since the epoch.
Span = tuple[float, float]


def download_failure(order: Mapping[str, Any]) -> str | None:
    """Return why the source of an order cannot be downloaded; None if it can be."""
    url = order["video"].get("url", "")
    # Most addresses need no parsing to see that they are not of that domain.
    if ".invalid" not in url.lower():
        return None
    return _NO_DOWNLOAD if (urlsplit(url).hostname or "").endswith(".invalid") else None


def most_at_once(spans: Iterable[Span]) -> int:
    """Return the most places that were ever held at once."""
    steps = [step for start, end in spans if end > start for step in ((start, 1), (end, -1))]
    most = current = 0
    # At one and the same time a place is left before it is taken again.
    for _, step in sorted(steps):
        current += step
        most = max(most, current)
    return most


def room_since(spans: Iterable[Span], since: float, now: float, limit: int) -> float | None:
    """Return from when on there has been room for one more.

    Args:
        spans: Of all that held a place after ``since``.
        since: The earliest time that counts.
        now: The latest.
        limit: How many places there are.

    Returns:
        A time from which on a place was free until now; None if none is.
    """
    steps = [
        step for start, end in spans for step in ((max(start, since), 1), (max(end, since), -1))
    ]
    room, running = (since if limit > 0 else None), 0
    for at, step in sorted(steps):
        if at > now:
            break
        running += step
        if running >= limit:
            room = None
        elif room is None:
            room = at
    return room


def _span(job: Job) -> Span:
    return job.created_at, min(job.finished_at, job.deleted_at or math.inf)


class _Jobs(Orders[Job]):
    """What translations and lip syncs have in common."""

    def _price(self, order: Mapping[str, Any]) -> float:
        raise NotImplementedError

    def _add(
        self, job_id: str, order: Mapping[str, Any], at: float, failure: str | None, **fields: Any
    ) -> Job:
        unreachable = download_failure(order)
        seconds = self._settings.render_seconds if unreachable is None else 0.0
        return self.put(
            Job(
                id=job_id,
                title=order.get("title"),
                order=order,
                created_at=at,
                started_at=at + seconds * _PENDING_SHARE,
                finished_at=at + seconds,
                price=self._price(order),
                failure_message=unreachable or failure,
                **fields,
            )
        )

    def notes(self) -> list[JobNote]:
        """Return every job ever made, the oldest first, as it is now."""
        now = self._now()
        return [
            JobNote(
                id=job.id,
                language=job.language,
                title=job.title,
                callback_id=job.order.get("callback_id"),
                status=job.status_at(now),
                failure_message=job.failure_at(now),
                body=job.order,
                created_at=job.created_at,
                deleted=job.deleted_at is not None,
                foreign=job.foreign,
            )
            for job in self.everything()
        ]


class Translations(_Jobs):
    """The video translations of one account.

    Args:
        context: The account.
    """

    def __init__(self, context: AccountContext) -> None:
        super().__init__(context, "job", Job, "Video translation")

    def _price(self, order: Mapping[str, Any]) -> float:
        return self._settings.job_seconds * self._settings.rates.of_translation(order)

    def create(self, order: Mapping[str, Any], failure: str | None = None) -> list[Job]:
        """Make one job for each language of an order, or none at all.

        Source: docs/vendor/behaviour.md, "Paying once".

        Args:
            order: A request body that was checked.
            failure: Makes the jobs fail with it when their time is up.

        Raises:
            Refusal: 402 if the balance is too low; 429 if the jobs would be
                more than may be in progress at once.
        """
        languages = order["output_languages"]
        with self._store.transaction():
            now = self._now()
            self._check_balance(len(languages) * self._price(order))
            self._check_room(len(languages), now)
            return [self._add_language(order, name, now, failure) for name in languages]

    def create_at(self, order: Mapping[str, Any], failure: str | None, at: float) -> Job:
        """Make the one job of an order as of a time at which there was room for it.

        Args:
            order: As for `create`, with one language.
            failure: As for `create`.
            at: When, in seconds since the epoch.

        Raises:
            Refusal: 402 if the balance is too low.
        """
        with self._store.transaction():
            self._check_balance(self._price(order))
            return self._add_language(order, order["output_languages"][0], at, failure)

    def add_foreign(self, language: str, title: str, **options: Any) -> Job:
        """Make a job as a person in the web app would, past every limit, with no mark of ours."""
        video = {"type": "asset_id", "asset_id": "made-in-the-web-app"}
        order = {"video": video, "output_languages": [language], "title": title, **options}
        return self._add_language(order, language, self._now(), None, foreign=True)

    def _add_language(
        self, order: Mapping[str, Any], language: str, at: float, failure: str | None, **fields: Any
    ) -> Job:
        job_id = f"tr_{secrets.token_hex(6)}-{language_code(language)}"
        return self._add(job_id, order, at, failure, language=language, **fields)

    def room_since(self, since: float) -> float | None:
        """Return from when on, after a time, there has been room for one more job.

        Returns:
            Seconds since the epoch, ``since`` at the earliest; None while there
            is no room.
        """
        limit = self._settings.max_jobs
        if limit is None:
            return since
        spans = map(_span, self.everything())
        return room_since((span for span in spans if span[1] > since), since, self._now(), limit)

    def _check_room(self, wanted: int, now: float) -> None:
        limit = self._settings.max_jobs
        if limit is None:
            return
        jobs = self.everything()
        ends = [job.finished_at for job in jobs if job.finished_at > now and not job.deleted_at]
        too_many = len(ends) + wanted - limit
        if too_many <= 0:
            return
        # More than the limit in one request never fits, however long one waits.
        room_at = sorted(ends)[too_many - 1] if too_many <= len(ends) else math.inf
        raise rate_limited(math.ceil(min(max(room_at - now, 1), _LONGEST_RETRY_AFTER)))

    def peak(self) -> int:
        """Return the most jobs that were ever in progress at once."""
        return most_at_once(map(_span, self.everything()))


class Lipsyncs(_Jobs):
    """The lip syncs of one account.

    They take no place of the job limit, which the vendor's pages do not say of them.

    Args:
        context: The account.
    """

    def __init__(self, context: AccountContext) -> None:
        super().__init__(context, "lipsync", Job, "Lipsync")

    def _price(self, order: Mapping[str, Any]) -> float:
        return self._settings.job_seconds * self._settings.rates.of_lipsync(order)

    def create(
        self, order: Mapping[str, Any], failure: str | None = None, at: float | None = None
    ) -> Job:
        """Make a lip sync.

        Args:
            order: A request body that was checked.
            failure: Makes it fail with it when its time is up.
            at: When it is made, in seconds since the epoch; None for now.

        Raises:
            Refusal: 402 if the balance is too low.
        """
        with self._store.transaction():
            self._check_balance(self._price(order))
            job_id = f"ls_{secrets.token_hex(8)}"
            return self._add(job_id, order, at or self._now(), failure)

    def add_foreign(self, title: str, **options: Any) -> Job:
        """Make a lip sync as a person in the web app would, past every limit."""
        media = {"type": "asset_id", "asset_id": "made-in-the-web-app"}
        order = {"video": media, "audio": media, "title": title, **options}
        job_id = f"ls_{secrets.token_hex(8)}"
        return self._add(job_id, order, self._now(), None, foreign=True)
