"""A lock while a run changes it, in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from msgspec.structs import replace

from heygen_localize.core.gates import gated, release
from heygen_localize.core.lock import (
    Lock,
    LockedJob,
    LockedSession,
    LockEntry,
    PulledFile,
    follow,
    observe,
)
from heygen_localize.core.locked_check import LockedCheck
from heygen_localize.core.locked_target import source_of
from heygen_localize.core.model import Job, JobStatus, OutputUrls, Target
from heygen_localize.core.objects import StoredObject
from heygen_localize.core.spent import Spent, SpentOrder
from heygen_localize.planning.changes import locked_spec


class WorkingLock:
    """What a run knows of its targets. Others may take an entry away at any writing."""

    def __init__(self, lock: Lock) -> None:
        self._assets: dict[str, str] = {}
        self._sessions: dict[str, LockedSession] = {}
        self._spent: dict[str, SpentOrder] = {}
        self._become(lock)

    def _become(self, lock: Lock) -> None:
        """Go on with what the lockfile holds now: others may have changed it meanwhile."""
        self._lock = lock
        self._entries = dict(lock.entries)
        self._spent = dict(lock.spent)
        self._addresses: dict[str, set[str]] = {}
        for address, entry in self._entries.items():
            self._addresses.setdefault(entry.job.translation_id, set()).add(address)
        # In place: who orders looks into these very mappings.
        assets, sessions = dict(lock.assets), dict(lock.sessions)
        self._assets.clear()
        self._assets.update(assets)
        self._sessions.clear()
        self._sessions.update(sessions)

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
        assets, sessions = dict(self._assets), dict(self._sessions)
        return replace(
            self._lock,
            entries=entries,
            assets=assets,
            sessions=sessions,
            spent=self._spent if self._spent != self._lock.spent else self._lock.spent,
            merged=False,
        )

    def of(self, addresses: Iterable[str]) -> Lock:
        """Return what the lock has of some targets by now, without a look at the others."""
        found = {name: self._entries[name] for name in addresses if name in self._entries}
        return replace(self._lock, entries=found)

    @property
    def sessions(self) -> Mapping[str, LockedSession]:
        """The proofread sessions, by address."""
        return self._sessions

    @property
    def assets(self) -> Mapping[str, str]:
        """The ids of uploaded files, by their SHA-256."""
        return self._assets

    def keep_spent(self, lines: Spent) -> None:
        """Tell of these orders, and of no others, for budgets to be held against."""
        self._spent = dict(lines)

    def forget_upload(self, sha256: str) -> None:
        """Let go of an upload that HeyGen no longer has."""
        self._assets.pop(sha256, None)

    def note_pulled(self, address: str, translation_id: str, kind: str, file: PulledFile) -> None:
        """Note a file that was pulled, with the job that it came from."""
        self._change(
            address, translation_id, lambda job: replace(job, files={**job.files, kind: file})
        )

    def note_stored(self, address: str, kind: str, stored: StoredObject) -> None:
        """Note what was put into a bucket for a target."""
        entry = self._entries.get(address)
        if entry is not None:
            self._entries[address] = replace(entry, objects={**entry.objects, kind: stored})

    def note_check(self, address: str, translation_id: str, check: LockedCheck) -> None:
        """Note what a job's files were found to be."""
        self._change(address, translation_id, lambda job: replace(job, check=check))

    def release(self, address: str, translation_id: str, accepted: str | None = None) -> None:
        """Hold a target's job no more: its check has passed, or a person took it as it is."""
        entry = self._entries.get(address)
        if entry is not None and entry.job.translation_id == translation_id and entry.job.held:
            self._entries[address] = release(entry, accepted)

    def note_links(self, address: str, translation_id: str, outputs: OutputUrls) -> None:
        """Note links that were signed anew."""
        self._change(address, translation_id, lambda job: replace(job, outputs=outputs))

    def refresh(self, address: str, job: Job) -> None:
        """Note what HeyGen says of a job now, its freshly signed links too."""
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

    def move(self, old: str, new: str) -> None:
        """Carry an entry to its target's new address."""
        entry = self._entries.pop(old, None)
        if entry is not None:
            self._addresses[entry.job.translation_id].discard(old)
            self._put(new, entry)

    def adopt(self, target: Target, job: Job, attempts: int) -> None:
        """Let a target count on a job from now on."""
        digest = target.fingerprint_of(job.mark)
        locked = LockedJob(
            fingerprint=digest,
            translation_id=job.id,
            status=job.status,
            title=job.title,
            source=source_of(target, self._assets),
            public_url=target.public_url,
            spec=locked_spec(target, digest),
            held=gated(target),
        )
        known = self._entries.get(target.address)
        if known is not None:
            locked = _carried(locked, known, target)
        entry = follow(known, target.language.name, observe(locked, job), max(1, attempts))
        self._put(target.address, replace(entry, protected=target.protect))

    def observe(self, job: Job) -> None:
        """Note a job's state for every target that counts on it; a failed one was not charged."""
        if job.status is JobStatus.FAILED:
            self._spent.pop(job.id, None)
        for address in self._addresses.get(job.id, ()):
            entry = self._entries[address]
            seen = observe(entry.job, job)
            self._entries[address] = follow(entry, entry.language, seen, entry.attempts)

    def retitle(self, translation_id: str, title: str) -> None:
        """Note the title that a job bears from now on."""
        for address in self._addresses.get(translation_id, ()):
            entry = self._entries[address]
            self._entries[address] = replace(entry, job=replace(entry.job, title=title))

    def _change(
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

    def _put(self, address: str, entry: LockEntry) -> None:
        known = self._entries.get(address)
        if known is not None:
            self._addresses[known.job.translation_id].discard(address)
        self._entries[address] = entry
        self._addresses.setdefault(entry.job.translation_id, set()).add(address)


def _carried(job: LockedJob, entry: LockEntry, target: Target) -> LockedJob:
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
    job = replace(
        job,
        outputs=known.outputs,
        files=known.files,
        sent=known.sent,
        check=known.check,
        held=known.held,
        accepted=known.accepted,
    )
    if target.is_of(known.fingerprint):  # an older one stays for as long as its job
        job = replace(job, fingerprint=known.fingerprint)
    if known.public_url in target.public_urls:
        job = replace(job, public_url=known.public_url)
    return replace(job, title=title, source=source)
