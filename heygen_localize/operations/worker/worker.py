"""A worker: passes in its main thread, deliveries in others, and a heartbeat beside them."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress

from msgspec.structs import replace

from heygen_localize.core.errors import BusyError, ExitCode, LocalizeError
from heygen_localize.operations.one_pass import PassTools
from heygen_localize.operations.worker import deliver, project_pass
from heygen_localize.operations.worker.duties import Duties, Until, Worked
from heygen_localize.operations.worker.patience import Left, Patience
from heygen_localize.operations.worker.served import Served
from heygen_localize.operations.worker.watcher import WorkerWatcher
from heygen_localize.project.state.connection import Database
from heygen_localize.project.state.tasks import (
    BEAT_SECONDS,
    DEAD_AFTER_SECONDS,
    TakenAway,
    Task,
    TaskKind,
    TaskQueue,
)
from heygen_localize.system.files import remove_folder
from heygen_localize.system.paths import UnsafePathError

_HURRY_SECONDS = 2.0
_LOOK_SECONDS = 1.0
"""Between two looks into a queue that was empty."""


class Worker:
    """One worker of a fleet, for some manifests that all keep their state in one database."""

    def __init__(self, served: Sequence[Served], duties: Duties, watcher: WorkerWatcher) -> None:
        self._served = {item.project: item for item in served}
        self._duties, self._watcher = duties, watcher
        self._clock = duties.pulling.clock
        database = Database(served[0].state.address)
        names = [item.state.names for item in served]
        self._queue = TaskQueue(database, names, has_key=duties.has_key)
        self._leaving, self._hurry, self._over = (threading.Event() for _ in range(3))
        self._patience = Patience(self._clock, watcher, self._over)
        self._looking, self._counting = threading.Lock(), threading.Lock()
        self._busy, self._dry = 0, threading.Event()
        self._broken: BaseException | None = None
        self._numbers: list[int] = []
        self._moved = False
        self._troubled = set[str]()  # deliveries that failed when this worker last tried them
        self._counts, self._codes = Counter[str](), set[ExitCode]()

    def run(self) -> Worked:
        """Work until there is nothing left to do, or a signal comes.

        Raises:
            StateError: the database refuses, or did not answer at the start.
            Interrupted: a signal came; what is under way ended, or is handed back.
        """
        queue, passing = self._queue, self._duties.passing
        self._watcher.began(self._signed_on(), queue.projects, self._duties.words)
        self._tend()
        if passing is None and self._duties.delivers:
            self._catch_up()
        threads = self._started()
        try:
            if passing is not None:
                queue.ask_for_passes()
            self._work(passing)
            if self._duties.until is not Until.STOPPED:
                keyed = self._duties.until is Until.DONE
                self._counts["troubles"] = self._patience.until_done(
                    lambda: queue.troubles(keyed=keyed)
                )
        finally:
            with self._duties.interruption.shielded():
                self._wind_up(threads)
        if self._broken is not None:
            raise self._broken
        return self._worked()

    def _signed_on(self) -> int:
        told = False
        while True:
            try:
                return self._sign_on()
            except BusyError as error:  # noqa: PERF203 - until its run has ended
                if not told:
                    self._watcher.waits(error)
                told = True
                self._leaving.wait(_LOOK_SECONDS)

    def _started(self) -> list[threading.Thread]:
        deliverers = self._duties.concurrency if self._duties.delivers else 0
        works = [self._beat, *[self._deliver_all] * deliverers]
        threads = [
            threading.Thread(target=self._guarded, args=(work,), name="worker", daemon=True)
            for work in works
        ]
        for thread in threads:
            thread.start()
        return threads[1:]

    def _guarded(self, work: Callable[[], None]) -> None:
        """Have the main thread leave where another cannot go on."""
        try:
            work()
        except Left:
            pass
        except BaseException as error:
            self._broken = self._broken or error
            self._leaving.set()

    # The main thread

    def _work(self, passing: PassTools | None) -> None:
        while not self._leaving.is_set():
            self._duties.interruption.check()
            task = None
            if self._patience.until_done(self._has_moved):
                self._moved = True
                return
            if passing is not None:
                task = self._patience.until_done(lambda: self._queue.take(TaskKind.PASS))
            if task is not None and passing is not None:
                self._pass(task, passing)
            elif self._is_done():
                return
            else:
                self._leaving.wait(_LOOK_SECONDS)

    def _catch_up(self) -> None:
        """Have delivered what no pass of this worker is to find: nobody else may make one."""
        for served in self._served.values():
            undelivered = served.undelivered(served.read_lock(), here=True)
            self._queue.catch_up(served.project, undelivered)

    def _has_moved(self) -> bool:
        return any(served.moved() for served in self._served.values())

    def _pass(self, task: Task, tools: PassTools) -> None:
        served = self._served[task.project]
        passed = self._patience.until_done(lambda: project_pass.run_pass(task, served, tools))
        try:
            delivers = self._duties.delivers
            self._patience.until_done(
                lambda: project_pass.end(task, served, self._queue, passed, delivers=delivers)
            )
        except TakenAway:
            return
        self._dry.clear()
        self._counts["passes"] += 1
        self._codes.add(passed.code)
        if passed.error is not None:
            self._watcher.delayed(task, passed.error, passed.later)
        if passed.applied is not None:
            self._watcher.passed(task, passed.applied)

    def _is_done(self) -> bool:
        """Return whether there is nothing left that this worker is to wait for."""
        if self._duties.until is Until.STOPPED:
            return False
        if self._duties.until is Until.ONCE:
            if not self._duties.delivers:
                return True
            if not self._dry.is_set():
                return False
            with self._looking:
                return self._busy == 0
        most = self._duties.retries.most
        passes, deliveries = self._patience.until_done(lambda: self._queue.left(most))
        waits_for_passes = passes > 0 and self._duties.passing is not None
        return not waits_for_passes and (deliveries == 0 or not self._duties.delivers)

    def _wind_up(self, threads: list[threading.Thread]) -> None:
        """Take nothing more, let what is under way end or hand it back, and be gone."""
        self._leaving.set()
        if self._busy:
            self._watcher.leaving(self._busy)
        ends = self._clock.monotonic() + self._duties.grace
        for thread in threads:
            thread.join(max(0.0, ends - self._clock.monotonic()))
        self._hurry.set()
        for thread in threads:
            thread.join(max(0.0, ends + _HURRY_SECONDS - self._clock.monotonic()))
        self._over.set()
        if self._broken is None and not self._patience.lost:
            # Else it is found dead in a while, and what it had is given back.
            with suppress(LocalizeError):
                self._queue.sign_off()
        self._queue.database.close()
        self._remove_parts(self._numbers)

    def _worked(self) -> Worked:
        codes, counts = self._codes, self._counts
        if counts["troubles"] or (self._duties.until is Until.ONCE and self._troubled):
            codes = codes | {ExitCode.TARGETS_FAILED}
        return Worked(
            counts["passes"],
            counts["delivered"],
            counts["files"],
            counts["bytes"],
            ExitCode.first_of(codes),
            self._moved,
        )

    # The others

    def _beat(self) -> None:
        """Tell that this worker lives, and look after those that do not."""
        while not self._over.wait(BEAT_SECONDS):
            self._note_number(self._patience.until_done(self._queue.beat))
            # While the database was away nobody could tell that he lives.
            if self._patience.steady(DEAD_AFTER_SECONDS):
                self._patience.until_done(self._tend)

    def _sign_on(self) -> int:
        number = self._queue.sign_on(deliver=self._duties.delivers)
        self._note_number(number)
        return number

    def _note_number(self, number: int) -> None:
        if number not in self._numbers:
            self._numbers.append(number)

    def _tend(self) -> None:
        dead = self._queue.tend(self._duties.retries.most)
        if dead:
            self._remove_parts(dead)
            self._watcher.buried(dead)

    def _remove_parts(self, workers: Sequence[int]) -> None:
        """Remove the beginnings of files that workers left on this machine: nobody goes on."""
        for served in self._served.values():
            for worker in workers:
                with suppress(OSError, UnsafePathError):
                    remove_folder(served.parts_of(worker))

    def _deliver_all(self) -> None:
        while (task := self._taken()) is not None:
            try:
                self._deliver(task)
            finally:
                with self._counting:
                    self._busy -= 1

    def _taken(self) -> Task | None:
        """Wait for a delivery to do; None where the worker leaves."""
        while not self._leaving.is_set():
            with self._looking:
                if self._leaving.is_set():
                    return None
                task = self._patience.until_done(lambda: self._queue.take(TaskKind.DELIVER))
                if task is not None:
                    self._dry.clear()
                    with self._counting:
                        self._busy += 1
                    return task
                self._dry.set()
                self._leaving.wait(_LOOK_SECONDS)
        return None

    def _deliver(self, task: Task) -> None:
        served, retries = self._served[task.project], self._duties.retries
        tools = replace(self._duties.pulling, parts=served.parts_of(self._queue.worker or 0))
        try:
            done = self._patience.until_done(
                lambda: deliver.tried(task, served, self._queue, tools, retries, self._hurry)
            )
            if not done.whole:
                self._queue.let_go(task)
                self._watcher.handed_back(task)
                return
            self._patience.until_done(lambda: deliver.end(task, served, self._queue, done))
        except TakenAway:
            return
        with self._counting:
            self._counts["delivered"] += done.problem is None and done.shipment.files > 0
            self._counts["files"] += done.shipment.files
            self._counts["bytes"] += done.shipment.bytes
            troubled = done.problem is not None and done.later is not None and not done.later.keyed
            (self._troubled.add if troubled else self._troubled.discard)(str(task))
        if done.problem is not None and done.later is not None:
            self._watcher.failed(task, done.problem, done.later)
        else:
            self._watcher.delivered(task, done.shipment)
