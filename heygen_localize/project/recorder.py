"""The lock while a run changes it: every change in memory at once, and on disk when saved."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from msgspec.structs import replace

from heygen_localize.core.errors import LocalizeError, LockfileError, StateError
from heygen_localize.core.lock import Lock, LockedSession
from heygen_localize.core.locked_target import sent_along
from heygen_localize.core.model import Job, Target
from heygen_localize.core.proofread import SessionStatus
from heygen_localize.core.sources import Reports
from heygen_localize.core.spent import OrderLines
from heygen_localize.project.journal import Answer
from heygen_localize.project.working_lock import WorkingLock
from heygen_localize.system.clock import Clock
from heygen_localize.system.files import step

if TYPE_CHECKING:
    from heygen_localize.project.state.protocol import Answers, Store

_SAVED_EVERY = 5.0
"""Seconds between two writings of the lockfile while answers come in."""

_REST = 9.0
"""The pause after a writing, times what it took: a tenth of a run goes into its lockfile at most.

The work of a run is then in proportion to its targets, though the file grows with them.
"""

_LONGEST_REST = 12
"""Times `_SAVED_EVERY`: the journal holds the answers meanwhile, and is not made for more."""


class LockRecorder(WorkingLock):
    """Takes in what a run learns of jobs, and writes journal and lockfile.

    `importing` is the command line that enters a job by hand, up to its arguments.
    """

    def __init__(
        self, store: Store, lock: Lock, journal: Answers, clock: Clock, importing: str
    ) -> None:
        super().__init__(lock)
        self._store, self._journal, self._clock = store, journal, clock
        self._saved_at, self._took = clock.monotonic(), 0.0
        self._importing = importing
        self._unkept: list[str] = []
        self._reports: Reports = {}
        self._expected: Mapping[str, OrderLines] = {}
        self._time: Callable[[], int] = lambda: 0

    def record_session(self, address: str, session: LockedSession) -> None:
        """Remember a session, on the disk before this returns: it was paid for.

        Raises:
            LockfileError: the lockfile cannot be written; the message has the id.
        """
        self._sessions[address] = session
        name, expected = session.proofread_id, self._expected.get(address)
        if session.status is SessionStatus.FAILED:
            self._spent.pop(name, None)
        elif expected is not None and expected.session.usd and name not in self._spent:
            self._spent[name] = replace(expected.session, ordered_at=self._time())
        self._unkept.append(f"(the proofread session of {address} is {session.proofread_id})")
        self.save()

    def record_upload(self, sha256: str, asset_id: str) -> None:
        """Remember an upload, on the disk before this returns.

        Raises:
            LockfileError: the lockfile cannot be written.
        """
        self._assets[sha256] = asset_id
        self.save()

    def note_validators(self, reports: Reports) -> None:
        """Remember what source URLs answered, for the entries of jobs that are ordered now."""
        self._reports = reports

    def expect(self, lines: Mapping[str, OrderLines], time: Callable[[], int]) -> None:
        """Tell orders at these addresses as these lines, once they are answered.

        `time` gives the moment by HeyGen's clock, in seconds since 1970.
        """
        self._expected, self._time = lines, time

    def record_order(self, targets: Iterable[Target], job: Job, attempts: int) -> None:
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
            self.adopt(target, job, attempts)
            self._note_order(target, job)
            answers.append(_answer(target, job, now))
            expected = self._expected.get(target.address)
            if expected is not None:
                self._spent[job.id] = replace(expected.job, ordered_at=self._time())
        try:
            self._journal.append(answers)
        except OSError:
            self._unkept += [
                f"{self._importing} {item.address} {item.translation_id}" for item in answers
            ]
            self.save()
            return
        if self.rested(_SAVED_EVERY):
            self.save()

    def rested(self, seconds: float = 0.0) -> bool:
        """Return whether the last writing was so long ago, and long enough for what it took.

        For what HeyGen would tell again: what must not be lost is saved at once.
        """
        rest = max(seconds, min(self._took * _REST, _SAVED_EVERY * _LONGEST_REST))
        return self._clock.monotonic() - self._saved_at >= rest

    def save(self) -> None:
        """Write the lockfile if it would change; after that the journal may forget.

        What others have made of the file meanwhile is merged, and what the run goes on with.

        Raises:
            LockfileError: it cannot be written, or others made something of it that cannot
                be read; the journal has what it lacks, or the message has it.
        """
        began, lock = self._clock.monotonic(), self.lock
        try:
            written = self._store.write(lock, self._clock.now())
            if written.entries is lock.entries:
                self._lock = written
            else:
                self._become(written)
        except (LockfileError, StateError) as error:
            if self._unkept:
                raise self._told(error) from None
            raise
        finally:
            self._saved_at = self._clock.monotonic()
            self._took = self._saved_at - began
        self._unkept.clear()
        jobs = (entry.job for entry in self._entries.values())
        ended = {job.translation_id for job in jobs if not job.status.in_progress}
        with suppress(OSError):  # what stays in the journal is read again, and does no harm
            self._journal.settle(ended, self._clock.now())

    def _told(self, error: LockfileError | StateError) -> LocalizeError:
        """Put the answers that nothing has kept into the error that ends the run."""
        return type(error)(
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
            validators = {"etag": report.etag, "last_modified": report.last_modified}
            self._change(
                target.address,
                job.id,
                lambda known: replace(known, source=replace(known.source, **validators)),
            )


def _answer(target: Target, job: Job, now: float) -> Answer:
    return Answer(
        address=target.address,
        translation_id=job.id,
        callback_id=job.callback_id or str(target.mark),
        language=target.language.name,
        title=job.title,
        answered_at=now,
    )
