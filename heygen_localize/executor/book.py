"""The lock while a run changes it: every change in memory at once, and on disk when saved."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from heygen_localize.clock import Clock
from heygen_localize.errors import LockfileError
from heygen_localize.files import step
from heygen_localize.journal import Answer, Journal
from heygen_localize.lock import (
    Lock,
    LockedJob,
    LockedSession,
    LockEntry,
    PulledFile,
    follow,
    observe,
    sent_along,
    source_of,
)
from heygen_localize.lockfile import write_lock
from heygen_localize.model import Job, OutputUrls, Target
from heygen_localize.sources import Reports

_SAVED_EVERY = 5.0
"""Seconds between two writings of the lockfile while answers come in."""


class LockBook:
    """Takes in what a run learns of jobs, and writes journal and lockfile.

    `importing` is the command line that enters a job by hand, up to its arguments.
    """

    def __init__(
        self,
        path: Path,
        lock: Lock,
        keep_urls: bool,
        journal: Journal,
        clock: Clock,
        importing: str = "localize import",
    ) -> None:
        self._path = path
        self._journal, self._clock = journal, clock
        self._saved_at = clock.monotonic()
        self._project = lock.project
        self._keep_urls = keep_urls
        self._importing = importing
        self._unkept: list[str] = []
        self._assets = dict(lock.assets)
        self._sessions = dict(lock.sessions)
        self._approvals, self._deleted = lock.approvals, lock.deleted
        self._reports: Reports = {}
        self._entries = dict(lock.entries)
        self._addresses: dict[str, set[str]] = {}
        for address, entry in self._entries.items():
            self._addresses.setdefault(entry.job.translation_id, set()).add(address)

    @property
    def lock(self) -> Lock:
        """The lock as it stands now.

        A job that any target counts on is never called superseded, whatever a bad
        merge or a video that took another's content made of it.
        """
        used = {name for entry in self._entries.values() for name in entry.ids()}
        entries = {
            address: entry
            if used.isdisjoint(entry.superseded)
            else replace(entry, superseded=tuple(sorted(set(entry.superseded) - used)))
            for address, entry in self._entries.items()
        }
        return Lock(
            self._project,
            entries,
            dict(self._assets),
            dict(self._sessions),
            self._approvals,
            self._deleted,
        )

    @property
    def sessions(self) -> Mapping[str, LockedSession]:
        """The proofread sessions, by address."""
        return self._sessions

    def keep_session(self, address: str, session: LockedSession) -> None:
        """Remember a session, on the disk before this returns: it was paid for.

        Raises:
            LockfileError: the lockfile cannot be written; the message has the id.
        """
        self._sessions[address] = session
        self._unkept.append(f"(the proofread session of {address} is {session.proofread_id})")
        self.save()

    @property
    def assets(self) -> Mapping[str, str]:
        """The ids of uploaded files, by their SHA-256."""
        return self._assets

    def uploaded(self, sha256: str, asset_id: str) -> None:
        """Remember an upload, on the disk before this returns.

        Raises:
            LockfileError: the lockfile cannot be written.
        """
        self._assets[sha256] = asset_id
        self.save()

    def forget_upload(self, sha256: str) -> None:
        """Let go of an upload that the vendor no longer has."""
        self._assets.pop(sha256, None)

    def pulled(self, address: str, translation_id: str, kind: str, file: PulledFile) -> None:
        """Note a file that was pulled, with the job that it came from."""
        self._change(
            address, translation_id, lambda job: replace(job, files={**job.files, kind: file})
        )

    def refresh(self, address: str, job: Job) -> None:
        """Note what the vendor says of a job now, its freshly signed links too."""
        entry = self._entries[address]
        self._change(
            address,
            job.id,
            lambda known: replace(
                observe(known, job),
                outputs=job.outputs if job.outputs.reachable else known.outputs,
            ),
        )
        changed = self._entries[address]
        if entry.job.translation_id == job.id:
            self._entries[address] = follow(entry, entry.language, changed.job, entry.attempts)

    def renewed(self, address: str, translation_id: str, outputs: OutputUrls) -> None:
        """Note links that were signed anew."""
        self._change(address, translation_id, lambda job: replace(job, outputs=outputs))

    def _change(
        self, address: str, translation_id: str, change: Callable[[LockedJob], LockedJob]
    ) -> None:
        """Change what the entry has of one of its jobs, if it still counts on it."""
        entry = self._entries[address]
        if entry.job.translation_id == translation_id:
            self._entries[address] = replace(entry, job=change(entry.job))
        elif entry.serving is not None and entry.serving.translation_id == translation_id:
            self._entries[address] = replace(entry, serving=change(entry.serving))

    def seen_sources(self, reports: Reports) -> None:
        """Remember what source URLs answered, for the entries of jobs that are ordered now."""
        self._reports = reports

    def move(self, old: str, new: str) -> None:
        """Carry an entry to its target's new address."""
        entry = self._entries.pop(old)
        self._addresses[entry.job.translation_id].discard(old)
        self._put(new, entry)

    def take(self, target: Target, job: Job, attempts: int) -> None:
        """Let a target count on a job from now on."""
        locked = LockedJob(
            fingerprint=target.fingerprint,
            translation_id=job.id,
            status=job.status,
            title=job.title,
            source=source_of(target, self._assets),
            public_url=target.public_url,
        )
        known = self._entries.get(target.address)
        if known is not None:
            locked = _carried(locked, known)
        entry = follow(known, target.language.name, observe(locked, job), max(1, attempts))
        self._put(target.address, replace(entry, protected=target.protect))

    def observe(self, job: Job) -> None:
        """Note a job's state for every target that counts on it."""
        for address in self._addresses.get(job.id, ()):
            entry = self._entries[address]
            seen = observe(entry.job, job)
            self._entries[address] = follow(entry, entry.language, seen, entry.attempts)

    def retitle(self, translation_id: str, title: str) -> None:
        """Note the title that a job bears from now on."""
        for address in self._addresses.get(translation_id, ()):
            entry = self._entries[address]
            self._entries[address] = replace(entry, job=replace(entry.job, title=title))

    def keep(self, targets: Iterable[Target], job: Job, attempts: int) -> None:
        """Bring a job that was just ordered to the disk, for all targets that it is for.

        The journal takes it at once, the lockfile within seconds; where the
        journal cannot, the lockfile must.

        Raises:
            LockfileError: neither takes it; the message has what must not be lost.
        """
        step("order.answered")
        now = self._clock.now()
        answers = []
        for target in targets:
            self.take(target, job, attempts)
            self._note_order(target, job)
            answers.append(_answer(target, job, now))
        try:
            self._journal.append(answers)
        except OSError:
            self._unkept += [
                f"{self._importing} {item.address} {item.translation_id}" for item in answers
            ]
            self.save()
            return
        if self._clock.monotonic() - self._saved_at >= _SAVED_EVERY:
            self.save()

    def save(self) -> None:
        """Write the lockfile if it would change; after that the journal may forget.

        Raises:
            LockfileError: it cannot be written; the journal has what it lacks, or
                the message has it.
        """
        self._saved_at = self._clock.monotonic()
        try:
            write_lock(self._path, self.lock, self._keep_urls)
        except LockfileError as error:
            if self._unkept:
                raise self._told(error) from None
            raise
        self._unkept.clear()
        jobs = (entry.job for entry in self._entries.values())
        ended = {job.translation_id for job in jobs if not job.status.in_progress}
        with suppress(OSError):  # what stays in the journal is read again, and does no harm
            self._journal.settle(ended, self._clock.now())

    def _told(self, error: LockfileError) -> LockfileError:
        """Put the answers that no file has into the error that ends the run."""
        return LockfileError(
            f"{error.problems[0].message}, nor can the journal",
            code="answer_not_kept",
            where=error.problems[0].where,
            hint="what was ordered is found again by the next apply; to enter a job "
            "by hand: " + "; ".join(self._unkept),
        )

    def _note_order(self, target: Target, job: Job) -> None:
        """Note what was sent along, and what the file behind a URL was called then."""
        sent = sent_along(target)
        self._change(target.address, job.id, lambda known: replace(known, sent=sent))
        report = self._reports.get(target.source.reference)
        if report is not None:
            told = {"etag": report.etag, "last_modified": report.last_modified}
            self._change(
                target.address,
                job.id,
                lambda known: replace(known, source=replace(known.source, **told)),
            )

    def _put(self, address: str, entry: LockEntry) -> None:
        known = self._entries.get(address)
        if known is not None:
            self._addresses[known.job.translation_id].discard(address)
        self._entries[address] = entry
        self._addresses.setdefault(entry.job.translation_id, set()).add(address)


def _carried(job: LockedJob, entry: LockEntry) -> LockedJob:
    """Keep what an entry knows already of the job that it is to count on."""
    known = next(
        (
            item
            for item in (entry.job, entry.serving)
            if item is not None and item.translation_id == job.translation_id
        ),
        None,
    )
    if known is None:
        return job
    source = known.source if known.source.same_place(job.source) else job.source
    title = known.title if known is entry.job else job.title
    job = replace(job, outputs=known.outputs, files=known.files, sent=known.sent)
    return replace(job, title=title, source=source)


def _answer(target: Target, job: Job, now: float) -> Answer:
    return Answer(
        address=target.address,
        translation_id=job.id,
        callback_id=str(target.mark),
        language=target.language.name,
        title=job.title,
        answered_at=now,
    )
