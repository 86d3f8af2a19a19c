"""When a project's next pass is due. All in seconds of one clock, which is not asked here."""

from __future__ import annotations

from pathlib import Path

_MOST_LOOKS = 5
"""Times that HeyGen is asked again for the end of a job that it has told of, and not shown."""


class Turn:
    """One project's passes: never two at once, and after all that was told one more.

    Any thread may call `wake`; all else is the main thread's.
    """

    def __init__(self, path: Path, project: str, pause: float) -> None:
        self.path, self.project = path, project
        self._pause = pause
        self.woken = True
        self.not_before = float("-inf")
        self.tries = self._looks = 0
        self.first = True

    def wake(self) -> None:
        """Ask for a pass that begins after this moment."""
        self.woken = True

    def is_due(self, now: float) -> bool:
        """Return whether a pass is to be made."""
        return self.woken and now >= self.not_before

    def begin(self) -> None:
        """Note that a pass begins: what is told from now on asks for another."""
        self.woken = False

    def end(self, now: float, *, behind: bool = False) -> None:
        """Note that a pass ended. `behind`: HeyGen shows a job in progress that it said ended."""
        self.tries, self.first = 0, False
        self._looks = self._looks + 1 if behind else 0
        self.not_before = now + self._pause
        if 0 < self._looks <= _MOST_LOOKS and not self.woken:
            self.woken, self.not_before = True, now + self._pause * 2**self._looks

    def fail(self, now: float, tries: int, seconds: float) -> None:
        """Note that a pass came to nothing, and is to be made again after so many seconds."""
        self.woken, self.first = True, False
        self.tries, self.not_before = tries, now + max(seconds, self._pause)
