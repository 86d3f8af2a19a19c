"""The account's lip syncs: a video and a sound of its own, brought together.

It knows nothing of HTTP; what it refuses, it refuses with a `Refusal`. They
take no place of the job limit, which the vendor's pages do not say of them.
Source: docs/vendor/behaviour.md, "Lip sync".
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from heygen_localize.sandbox.account.jobs import Machine, download_failure
from heygen_localize.sandbox.account.shelf import Shelf
from heygen_localize.sandbox.account.store import Store
from heygen_localize.sandbox.errors import no_credit, not_found
from heygen_localize.sandbox.records import Job, JobNote, JobStatus
from heygen_localize.sandbox.settings import SandboxSettings


class Lipsyncs:
    """The lip syncs of one account; each is a `Job` without a language.

    Args:
        store: Where they are noted.
        machine: The account.
        settings: How the account and the renderer are.
    """

    def __init__(self, store: Store, machine: Machine, settings: SandboxSettings) -> None:
        self._store = store
        self._machine = machine
        self._settings = settings
        self._shelf = Shelf(store, "lipsync", Job)
        machine.charge_for(self._charged_by)

    def _charged_by(self, now: float) -> float:
        done = JobStatus.COMPLETED
        return sum(job.price for job in self._shelf.all() if job.status_at(now) is done)

    def create(
        self, order: Mapping[str, Any], failure_message: str | None = None, at: float | None = None
    ) -> Job:
        """Make a lip sync.

        Args:
            order: A request body that was checked.
            failure_message: Makes it fail with it when its time is up.
            at: When it is made, in seconds since the epoch; None for now.

        Raises:
            Refusal: 402 if the balance is too low.
        """
        price = self._settings.job_seconds * self._settings.rates.of_lipsync(order)
        with self._store.transaction():
            if not self._machine.pays(price):
                raise no_credit()
            made, seconds = at or self._machine.now(), self._settings.render_seconds
            unreachable = download_failure(order)
            if unreachable is not None:
                seconds, failure_message = 0.0, unreachable
            unique = f"{self._machine.secret}:lipsync:{self._shelf.count()}"
            job = Job(
                id=f"ls_{hashlib.sha256(unique.encode()).hexdigest()[:16]}",
                language="",
                title=order.get("title"),
                order=order,
                created_at=made,
                started_at=made + seconds / 4,
                finished_at=made + seconds,
                price=price,
                failure_message=failure_message,
            )
            self._shelf.put(job.id, job)
        return job

    def all(self) -> list[Job]:
        """Return every lip sync that was not deleted, the newest first."""
        return [job for job in reversed(self._shelf.all()) if job.deleted_at is None]

    def job(self, job_id: str) -> Job:
        """Return a lip sync that was not deleted.

        Raises:
            Refusal: 404 if there is none.
        """
        job = self._shelf.get(job_id)
        if job is None or job.deleted_at is not None:
            raise not_found(f"Lipsync '{job_id}'")
        return job

    def rename(self, job_id: str, title: str) -> Job:
        """Give a lip sync another title.

        Raises:
            Refusal: 404 if there is none.
        """
        with self._store.transaction():
            renamed = replace(self.job(job_id), title=title)
            self._shelf.put(job_id, renamed)
        return renamed

    def delete(self, job_id: str) -> None:
        """Take a lip sync and its files away; what it costs is charged all the same.

        Raises:
            Refusal: 404 if there is none.
        """
        with self._store.transaction():
            gone = replace(self.job(job_id), deleted_at=self._machine.now())
            self._shelf.put(job_id, gone)

    def notes(self) -> list[JobNote]:
        """Return every lip sync ever made, the oldest first, as it is now."""
        now = self._machine.now()
        return [job.note_at(now) for job in self._shelf.all()]
