"""Waiting for a database that went away, however long: with growing pauses, told of seldom."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from heygen_localize.core.errors import StateGoneError
from heygen_localize.operations.worker.watcher import WorkerWatcher
from heygen_localize.system.clock import Clock

_Done = TypeVar("_Done")

_PAUSES = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)


class Left(Exception):
    """The worker leaves, and the database did not answer before that."""


class Patience:
    """What all threads of a worker wait with; `over` says that there is nothing to wait for.

    `lost` while the database does not answer.
    """

    def __init__(self, clock: Clock, watcher: WorkerWatcher, over: threading.Event) -> None:
        self._clock, self._watcher, self._over = clock, watcher, over
        self._telling = threading.Lock()
        self.lost = False
        self._back_at: float | None = None

    def steady(self, seconds: float) -> bool:
        """Return whether the database did not go away within so many seconds."""
        back_at = self._back_at
        return back_at is None or self._clock.monotonic() - back_at >= seconds

    def until_done(self, work: Callable[[], _Done]) -> _Done:
        """Do something with the database; again and again while that does not answer.

        Raises:
            StateError: it answers that it cannot.
            Left: the worker leaves.
        """
        tries = 0
        while True:
            try:
                done = work()
            except StateGoneError as error:  # noqa: PERF203 - each try is a statement sent
                self._note_lost(error)
                if self._over.wait(_PAUSES[min(tries, len(_PAUSES) - 1)]):
                    raise Left from None
                tries += 1
            else:
                self._note_back()
                return done

    def _note_lost(self, error: StateGoneError) -> None:
        with self._telling:
            if not self.lost:
                self.lost = True
                self._watcher.lost(error)

    def _note_back(self) -> None:
        if not self.lost:
            return
        with self._telling:
            if self.lost:
                self.lost, self._back_at = False, self._clock.monotonic()
                self._watcher.back()
