"""The lock's entries while a run changes them, found by address and by job."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from heygen_localize.core.lock import (
    LockedJob,
    LockEntry,
    follow,
    observe,
    source_of,
)
from heygen_localize.core.model import Job, Target


class Entries:
    """What a run knows of its targets. Others may take an entry away at any writing."""

    def __init__(self, entries: Mapping[str, LockEntry]) -> None:
        self._entries: dict[str, LockEntry] = {}
        self._addresses: dict[str, set[str]] = {}
        self.become(entries)

    def become(self, entries: Mapping[str, LockEntry]) -> None:
        """Take these for what the lock holds."""
        self._entries, self._addresses = dict(entries), {}
        for address, entry in self._entries.items():
            self._addresses.setdefault(entry.job.translation_id, set()).add(address)

    def all(self) -> dict[str, LockEntry]:
        """Return the entries as they stand now.

        A job that any target counts on is never called superseded, whatever a bad
        merge or a video that took another's content made of it.
        """
        used = {name for entry in self._entries.values() for name in entry.ids()}
        return {
            address: entry
            if used.isdisjoint(entry.superseded)
            else replace(entry, superseded=tuple(sorted(set(entry.superseded) - used)))
            for address, entry in self._entries.items()
        }

    def jobs(self) -> Iterator[LockedJob]:
        """Walk over the jobs that the targets count on."""
        return (entry.job for entry in self._entries.values())

    def change(
        self, address: str, translation_id: str, change: Callable[[LockedJob], LockedJob]
    ) -> None:
        """Change what the entry has of one of its jobs, if it still counts on it."""
        entry = self._entries.get(address)
        if entry is None:
            return
        if entry.job.translation_id == translation_id:
            self._entries[address] = replace(entry, job=change(entry.job))
        elif entry.serving is not None and entry.serving.translation_id == translation_id:
            self._entries[address] = replace(entry, serving=change(entry.serving))

    def refresh(self, address: str, job: Job) -> None:
        """Note what the vendor says of a job now, its freshly signed links too."""
        entry = self._entries[address]
        self.change(
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

    def move(self, old: str, new: str) -> None:
        """Carry an entry to its target's new address."""
        entry = self._entries.pop(old, None)
        if entry is not None:
            self._addresses[entry.job.translation_id].discard(old)
            self._put(new, entry)

    def take(self, target: Target, job: Job, attempts: int, assets: Mapping[str, str]) -> None:
        """Let a target count on a job from now on."""
        locked = LockedJob(
            fingerprint=target.fingerprint_of(job.mark),
            translation_id=job.id,
            status=job.status,
            title=job.title,
            source=source_of(target, assets),
            public_url=target.public_url,
        )
        known = self._entries.get(target.address)
        if known is not None:
            locked = _carried(locked, known, target)
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

    def _put(self, address: str, entry: LockEntry) -> None:
        known = self._entries.get(address)
        if known is not None:
            self._addresses[known.job.translation_id].discard(address)
        self._entries[address] = entry
        self._addresses.setdefault(entry.job.translation_id, set()).add(address)


def _carried(job: LockedJob, entry: LockEntry, target: Target) -> LockedJob:
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
    if target.is_of(known.fingerprint):  # an older one stays for as long as its job
        job = replace(job, fingerprint=known.fingerprint)
    if known.public_url in target.public_urls:
        job = replace(job, public_url=known.public_url)
    return replace(job, title=title, source=source)
