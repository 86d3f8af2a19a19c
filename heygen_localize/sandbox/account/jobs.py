"""The account: jobs that age by the clock, the job limit, the wallet.

It knows nothing of HTTP; what it refuses, it refuses with a `Refusal`.
"""

from __future__ import annotations

import hashlib
import math
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from heygen_localize.sandbox.account.places import most_at_once, room_since
from heygen_localize.sandbox.account.store import Store
from heygen_localize.sandbox.errors import no_credit, not_found, rate_limited
from heygen_localize.sandbox.languages import language_code
from heygen_localize.sandbox.records import Job, JobNote
from heygen_localize.sandbox.settings import SandboxSettings

# Source: docs/vendor/behaviour.md, "Video translations".
_NO_DOWNLOAD = (
    "Failed to download video from url, please check the url is valid or the video is public"
)
# The part of the rendering time that a job waits as pending.
_PENDING_SHARE = 0.25
_LONGEST_RETRY_AFTER = 60
# The names of what the store keeps for the account.
_OFFSET, _SECRET, _SOURCE, _FILE = "clock_offset", "secret", "source_changes", "file_changes "


def download_failure(order: Mapping[str, Any]) -> str | None:
    """Gives why the source of an order cannot be downloaded; None if it can be."""
    host = urlsplit(order["video"].get("url", "")).hostname or ""
    return _NO_DOWNLOAD if host.endswith(".invalid") else None


class Machine:
    """One account at the vendor, and its renderer.

    Args:
        store: Where the state lies.
        settings: How the account and the renderer are.
        clock: Gives the time in seconds since the epoch.

    Attributes:
        secret: What URLs and tokens are signed with; kept with the state.
    """

    def __init__(self, store: Store, settings: SandboxSettings, clock: Callable[[], float]) -> None:
        self._store = store
        self._settings = settings
        self._clock = clock
        self._charges: list[Callable[[float], float]] = []
        with store.transaction():
            self._offset = float(store.fact(_OFFSET) or 0)
            self.secret = store.fact(_SECRET) or secrets.token_hex(16)
            store.set_fact(_SECRET, self.secret)

    def now(self) -> float:
        """Gives the sandbox's own time, in seconds since the epoch."""
        return self._clock() + self._offset

    def advance(self, seconds: float) -> None:
        """Moves the sandbox's own time forward, for good."""
        with self._store.transaction():
            self._offset += seconds
            self._store.set_fact(_OFFSET, repr(self._offset))

    def _count(self, fact: str) -> int:
        return int(self._store.fact(fact) or 0)

    def _count_up(self, fact: str) -> None:
        with self._store.transaction():
            self._store.set_fact(fact, str(self._count(fact) + 1))

    def source_changes(self) -> int:
        """Gives how often the source that changes has changed."""
        return self._count(_SOURCE)

    def change_source(self) -> None:
        """Changes the source that changes."""
        self._count_up(_SOURCE)

    def file_changes(self, path: str) -> int:
        """Gives how often faults have changed the file at a path."""
        return self._count(_FILE + path)

    def change_file(self, path: str) -> None:
        """Changes the file at a path, for good."""
        self._count_up(_FILE + path)

    def create(self, order: Mapping[str, Any], failure_message: str | None = None) -> list[Job]:
        """Makes one job for each language of an order, or none at all.

        Source: docs/vendor/behaviour.md, "Paying once".

        Args:
            order: A request body that was checked.
            failure_message: Makes the jobs fail with it when their time is up.

        Raises:
            Refusal: 402 if the balance is too low; 429 if the jobs would be
                more than may be in progress at once.
        """
        languages = order["output_languages"]
        with self._store.transaction():
            now = self.now()
            if not self.pays(len(languages) * self._price(order)):
                raise no_credit()
            self._make_sure_of_room(len(languages), now)
            return [self._add(order, name, now, failure_message) for name in languages]

    def create_at(self, order: Mapping[str, Any], failure_message: str | None, at: float) -> Job:
        """Make the one job of an order as of a time at which there was room for it.

        Args:
            order: As for `create`, with one language.
            failure_message: As for `create`.
            at: When, in seconds since the epoch.

        Raises:
            Refusal: 402 if the balance is too low.
        """
        with self._store.transaction():
            if not self.pays(self._price(order)):
                raise no_credit()
            return self._add(order, order["output_languages"][0], at, failure_message)

    def room_since(self, since: float) -> float | None:
        """Return from when on, after a time, there has been room for one more job.

        Returns:
            Seconds since the epoch, ``since`` at the earliest; None while there
            is no room.
        """
        limit = self._settings.max_jobs
        if limit is None:
            return since
        return room_since(self._store.spans_after(since), since, self.now(), limit)

    def add_foreign(self, order: Mapping[str, Any]) -> Job:
        """Makes a job as a person in the web app would, past every limit."""
        with self._store.transaction():
            return self._add(order, order["output_languages"][0], self.now(), None, foreign=True)

    def _price(self, order: Mapping[str, Any]) -> float:
        return self._settings.job_seconds * self._settings.rates.of_translation(order)

    def _make_sure_of_room(self, wanted: int, now: float) -> None:
        limit = self._settings.max_jobs
        if limit is None:
            return
        ends = self._store.ends_after(now)
        too_many = len(ends) + wanted - limit
        if too_many <= 0:
            return
        # More than the limit in one request never fits, however long one waits.
        room_at = ends[too_many - 1] if too_many <= len(ends) else math.inf
        raise rate_limited(math.ceil(min(max(room_at - now, 1), _LONGEST_RETRY_AFTER)))

    def _add(
        self,
        order: Mapping[str, Any],
        language: str,
        now: float,
        failure_message: str | None,
        foreign: bool = False,
    ) -> Job:
        seconds = self._settings.render_seconds
        unreachable = download_failure(order)
        if unreachable is not None:
            seconds, failure_message = 0.0, unreachable
        unique = hashlib.sha256(f"{self.secret}:{self._store.job_count()}".encode()).hexdigest()
        job = Job(
            id=f"tr_{unique[:12]}-{language_code(language)}",
            language=language,
            title=order.get("title"),
            order=order,
            created_at=now,
            started_at=now + seconds * _PENDING_SHARE,
            finished_at=now + seconds,
            price=self._price(order),
            failure_message=failure_message,
            foreign=foreign,
        )
        self._store.add_job(job)
        return job

    def page(self, offset: int, limit: int, unseen_seconds: float = 0) -> tuple[list[Job], bool]:
        """Gives a page of jobs, the newest first, and whether more follow.

        Args:
            offset: How many jobs to pass over.
            limit: How many to give at most.
            unseen_seconds: Jobs younger than this are left out.
        """
        jobs = self._store.page_of_jobs(self.now() - unseen_seconds, offset, limit + 1)
        return jobs[:limit], len(jobs) > limit

    def job(self, job_id: str, unseen_seconds: float = 0) -> Job:
        """Gives a job that was not deleted.

        Args:
            job_id: Which job.
            unseen_seconds: A job younger than this is not there yet.

        Raises:
            Refusal: 404 if there is none.
        """
        job = self._store.job(job_id)
        gone = job is None or job.deleted_at is not None
        if job is None or gone or self.now() - job.created_at < unseen_seconds:
            raise not_found(f"Video translation '{job_id}'")
        return job

    def jobs_named(self, ids: Sequence[str], unseen_seconds: float = 0) -> dict[str, Job]:
        """Return those of many jobs that are there, by their ids; otherwise as `job`."""
        latest = self.now() - unseen_seconds
        found = self._store.jobs_named(ids)
        return {job.id: job for job in found if job.created_at <= latest}

    def rename(self, job_id: str, title: str) -> Job:
        """Gives a job another title.

        Raises:
            Refusal: 404 if there is no such job.
        """
        with self._store.transaction():
            renamed = replace(self.job(job_id), title=title)
            self._store.save_job(renamed)
        return renamed

    def delete(self, job_id: str) -> None:
        """Takes a job and its files away; what it costs is charged all the same.

        Source: docs/vendor/behaviour.md, "Video translations".

        Raises:
            Refusal: 404 if there is no such job.
        """
        with self._store.transaction():
            self._store.save_job(replace(self.job(job_id), deleted_at=self.now()))

    def fail(self, job_id: str, message: str) -> None:
        """Makes a job fail now; one that had completed is no longer charged.

        Raises:
            Refusal: 404 if there is no such job.
        """
        with self._store.transaction():
            job = self.job(job_id)
            ended = min(job.finished_at, self.now())
            self._store.save_job(replace(job, finished_at=ended, failure_message=message))

    def charge_for(self, charged_by: Callable[[float], float]) -> None:
        """Let something else than translations be charged.

        Args:
            charged_by: Gives what it cost by a time.
        """
        self._charges.append(charged_by)

    def spent(self) -> float:
        """Return the US dollars charged; only what completed is."""
        now = self.now()
        return self._store.charged_by(now) + sum(charged(now) for charged in self._charges)

    def balance(self) -> float:
        """Gives the US dollars left, below zero too."""
        return round(self._settings.balance - self.spent(), 4)

    def pays(self, price: float) -> bool:
        """Tell whether an order of a price is taken."""
        return self._settings.billing.pays(price, self.balance())

    def peak(self) -> int:
        """Gives the most jobs that were ever in progress at once."""
        return most_at_once(
            (job.created_at, min(job.finished_at, job.deleted_at or math.inf))
            for job in self._store.jobs()
        )

    def notes(self) -> list[JobNote]:
        """Gives every job ever made, the oldest first, as it is now."""
        now = self.now()
        return [job.note_at(now) for job in self._store.jobs()]
