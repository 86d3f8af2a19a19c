"""What happened in the account that somebody may want to be told.

Source: docs/vendor/behaviour.md, "Webhooks"; docs/vendor/changes-2026-11.md,
"Webhooks": the bodies of `video_translate.*` are from the vendor's v1/v2 page;
no page shows those of proofreads, batches and lip syncs, so these are guesses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from heygen_localize.sandbox.account.batches import (
    Batches,
    BatchStatus,
    batch_status,
    counts_by_status,
)
from heygen_localize.sandbox.account.collection import Ordered, Orders
from heygen_localize.sandbox.account.jobs import Lipsyncs, Translations
from heygen_localize.sandbox.account.proofreads import Proofreads
from heygen_localize.sandbox.media.outputs import MediaFile
from heygen_localize.sandbox.records import Job, Session

# Gives a presigned URL on the sandbox for the path of a file.
Signing = Callable[[str], str]


@dataclass(frozen=True)
class Occurrence:
    """One thing that ended.

    Attributes:
        type: The word of the event.
        entity_id: What ended.
        at: When, in seconds since the epoch.
        data: What is told of it.
        callback_url: Who asked to be called, or None.
    """

    type: str
    entity_id: str
    at: float
    data: Mapping[str, Any]
    callback_url: str | None = None


class OccurrenceFinder:
    """Finds what ended.

    Args:
        translations: The translations of the account.
        lipsyncs: Its lip syncs.
        proofreads: Its proofread sessions.
        batches: Its batches.
    """

    def __init__(
        self,
        translations: Translations,
        lipsyncs: Lipsyncs,
        proofreads: Proofreads,
        batches: Batches,
    ) -> None:
        self._translations = translations
        self._lipsyncs = lipsyncs
        self._proofreads = proofreads
        self._batches = batches

    def between(self, since: float, until: float, signing: Signing) -> list[Occurrence]:
        """Return what ended between two times, both included, in that order."""

        def ended(orders: Orders[Ordered]) -> Iterator[Ordered]:
            return (work for work in orders.all() if since <= work.finished_at <= until)

        found = [
            *(_of_job(job, signing) for job in ended(self._translations)),
            *(_of_lipsync(job, signing) for job in ended(self._lipsyncs)),
            *(_of_session(session) for session in ended(self._proofreads)),
            *(occurrence for occurrence in self._of_batches() if since <= occurrence.at <= until),
        ]
        return sorted(found, key=lambda occurrence: occurrence.at)

    def pending(self, since: float) -> bool:
        """Return whether something ends after a time, or will."""
        works = (*self._translations.all(), *self._lipsyncs.all(), *self._proofreads.all())
        return self._batches.waiting or any(work.finished_at > since for work in works)

    def _of_batches(self) -> Iterator[Occurrence]:
        for batch in self._batches.all():
            items = self._batches.item_statuses(batch)
            ends = [item.ended_at for item in items if item.ended_at is not None]
            status = batch_status(items)
            if status is BatchStatus.PROCESSING or not ends:
                continue
            data = {
                "batch_id": batch.id,
                "title": batch.title,
                "status": status.value,
                "counts_by_status": counts_by_status(items),
            }
            yield Occurrence("batch.finished", batch.id, max(ends), data, batch.callback_url)


def _of_job(job: Job, signing: Signing) -> Occurrence:
    data = {
        "video_translate_id": job.id,
        "callback_id": job.order.get("callback_id"),
        "output_language": job.language,
    }
    return _of_rendered("video_translate", job, data, signing)


def _of_lipsync(job: Job, signing: Signing) -> Occurrence:
    data = {"lipsync_id": job.id, "callback_id": job.order.get("callback_id")}
    return _of_rendered("lipsync", job, data, signing)


def _of_rendered(kind: str, job: Job, data: dict[str, Any], signing: Signing) -> Occurrence:
    if job.failure_message is None:
        word, more = "success", {"url": signing(f"/files/{job.id}/{MediaFile.VIDEO.value}")}
    else:
        word, more = "fail", {"message": job.failure_message}
    url = job.order.get("callback_url")
    return Occurrence(f"{kind}.{word}", job.id, job.finished_at, data | more, url)


def _of_session(session: Session) -> Occurrence:
    data: dict[str, Any] = {"proofread_id": session.id, "output_language": session.language}
    word = "success"
    if session.failure_message is not None:
        word, data = "fail", data | {"message": session.failure_message}
    return Occurrence(f"proofread_creation.{word}", session.id, session.finished_at, data)
