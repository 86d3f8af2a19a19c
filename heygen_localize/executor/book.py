"""The lock while a run changes it: every change in memory at once, and on disk when saved."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from heygen_localize.lock import Lock, LockedJob, LockEntry, follow, observe, source_of
from heygen_localize.lockfile import write_lock
from heygen_localize.model import Job, Target


class LockBook:
    """Takes in what a run learns of jobs, and writes the lockfile."""

    def __init__(self, path: Path, lock: Lock, keep_urls: bool) -> None:
        self._path = path
        self._project = lock.project
        self._keep_urls = keep_urls
        self._entries = dict(lock.entries)
        self._addresses: dict[str, set[str]] = {}
        for address, entry in self._entries.items():
            self._addresses.setdefault(entry.job.translation_id, set()).add(address)

    @property
    def lock(self) -> Lock:
        """The lock as it stands now."""
        return Lock(self._project, dict(self._entries))

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

    def save(self) -> None:
        """Write the lockfile if it would change.

        Raises:
            LockfileError: it cannot be written.
        """
        write_lock(self._path, self.lock, self._keep_urls)

    def _put(self, address: str, entry: LockEntry) -> None:
        known = self._entries.get(address)
        if known is not None:
            self._addresses[known.job.translation_id].discard(address)
        self._entries[address] = entry
        self._addresses.setdefault(entry.job.translation_id, set()).add(address)
