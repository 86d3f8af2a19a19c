"""The lock while a run changes it: every change in memory at once, and on disk when saved."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from heygen_localize.clock import Clock
from heygen_localize.errors import LockfileError
from heygen_localize.files import step
from heygen_localize.journal import Answer, Journal
from heygen_localize.lock import Lock, LockedJob, LockEntry, follow, observe, source_of
from heygen_localize.lockfile import write_lock
from heygen_localize.model import Job, Target

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
        self._unkept: list[Answer] = []
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
        return Lock(self._project, entries)

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
            source=source_of(target),
        )
        known = self._entries.get(target.address)
        if known is not None and known.job.translation_id == job.id:
            locked = replace(locked, outputs=known.job.outputs, title=known.job.title)
        entry = follow(known, target.language.name, observe(locked, job), max(1, attempts))
        self._put(target.address, entry)

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
            answers.append(_answer(target, job, now))
        try:
            self._journal.append(answers)
        except OSError:
            self._unkept += answers
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
        lines = [f"{self._importing} {item.address} {item.translation_id}" for item in self._unkept]
        return LockfileError(
            f"{error.problems[0].message}, nor can the journal",
            code="answer_not_kept",
            where=error.problems[0].where,
            hint="the job is ordered, and the next apply finds it by its mark; to enter it "
            "by hand: " + "; ".join(lines),
        )

    def _put(self, address: str, entry: LockEntry) -> None:
        known = self._entries.get(address)
        if known is not None:
            self._addresses[known.job.translation_id].discard(address)
        self._entries[address] = entry
        self._addresses.setdefault(entry.job.translation_id, set()).add(address)


def _answer(target: Target, job: Job, now: float) -> Answer:
    return Answer(
        address=target.address,
        translation_id=job.id,
        callback_id=str(target.mark),
        language=target.language.name,
        title=job.title,
        answered_at=now,
    )
