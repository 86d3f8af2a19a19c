"""Leaving in good order when asked to: Ctrl-C, SIGTERM from a CI, SIGHUP from a closed terminal."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_HANGUP = getattr(signal, "SIGHUP", None)  # Windows has none.
SIGNALS = (signal.SIGINT, signal.SIGTERM) + ((_HANGUP,) if _HANGUP is not None else ())


def stop_this_process() -> None:
    """Have this process leave in good order, as if somebody had asked it to."""
    signal.raise_signal(signal.SIGTERM)


class Interrupted(BaseException):
    """A signal asks to leave; like `KeyboardInterrupt`, nothing may swallow it.

    `number` is the signal's, `rendering` how many targets go on.
    """

    def __init__(self, number: int) -> None:
        super().__init__(f"interrupted by signal {number}")
        self.number = number
        self.rendering = 0


class Interruption:
    """Turns signals into `Interrupted`, but never in the middle of keeping an answer.

    An order whose answer is under way is not waited for: its key finds the
    answer again. A second SIGINT leaves at once; what is on the disk by then is
    whole, and what is not is found in the account.
    """

    def __init__(self) -> None:
        self._shields = 0
        self._pending: int | None = None
        self._asked: int | None = None

    @contextmanager
    def listening(self) -> Iterator[Interruption]:
        """Take the signals over, and give them back afterwards."""
        before = {
            number: signal.signal(number, self._heard)
            for number in SIGNALS
            # Whoever starts us with nohup means us to outlive the terminal.
            if number != _HANGUP or signal.getsignal(number) != signal.SIG_IGN
        }
        try:
            yield self
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    @contextmanager
    def shielded(self) -> Iterator[None]:
        """Finish what is inside before a signal is acted upon."""
        self._shields += 1
        try:
            yield
        finally:
            self._shields -= 1
        self._raise_pending()

    def _heard(self, number: int, frame: FrameType | None) -> None:
        del frame
        if self._asked is not None and number == signal.SIGINT:
            os._exit(128 + number)
        self._pending = self._asked = number
        self._raise_pending()

    def check(self) -> None:
        """Leave if that was asked: for loops, once a round.

        A signal may come where Python itself swallows what is raised: as something is finalized.

        Raises:
            Interrupted: a signal came.
        """
        if self._asked is not None:
            raise Interrupted(self._asked)

    def _raise_pending(self) -> None:
        if self._pending is not None and not self._shields:
            number, self._pending = self._pending, None
            raise Interrupted(number)
