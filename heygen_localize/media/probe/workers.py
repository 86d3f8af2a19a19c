"""Threads that ask many addresses side by side, and a queue fair to every host."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Collection
from urllib.parse import urlsplit

from heygen_localize.core.sources import SourceReport
from heygen_localize.media.probe.probe import LATE, Outcome
from heygen_localize.system.clock import Clock

_MOST_THREADS = 32
_MOST_SILENCES = 2
"""After so many in a row that a host left unanswered, its others are not asked.

No more are asked at once of one that has not answered yet: a dead one holds up no more.
"""

_log = logging.getLogger(__name__)

Ask = Callable[[str, Callable[[SourceReport], None]], Outcome]


class _Host:
    """The addresses at one host that wait, and how it has behaved."""

    def __init__(self) -> None:
        self.waiting: deque[str] = deque()
        self.flying = 0
        self.answered = False
        self.silences = 0

    @property
    def ready(self) -> bool:
        """Whether one more may be asked."""
        return bool(self.waiting) and (
            self.answered or self.flying + self.silences < _MOST_SILENCES
        )


class Crew:
    """Asks addresses, for as long as it is waited for.

    The threads are daemons: one that hangs where no time-out reaches (in the
    look-up of a name) keeps neither the caller nor the process.
    """

    def __init__(
        self, ask: Ask, urls: Collection[str], over: threading.Event, clock: Clock
    ) -> None:
        self._ask = ask
        self._clock = clock
        self._over = over
        self._changed = threading.Condition()
        self._hosts: dict[str, _Host] = {}
        for url in urls:
            self._hosts.setdefault(urlsplit(url).netloc.lower(), _Host()).waiting.append(url)
        self._left = len(urls)
        self._outcomes = {url: Outcome(SourceReport(url, silence=LATE)) for url in urls}

    def run(self, within: float) -> dict[str, Outcome]:
        """Ask; give what is known of each address after at most `within` seconds."""
        began = self._clock.monotonic()
        for _ in range(min(_MOST_THREADS, self._left)):
            threading.Thread(target=self._work, name="localize-probe", daemon=True).start()
        with self._changed:
            try:
                spent = self._clock.monotonic() - began
                self._changed.wait_for(lambda: self._left == 0, timeout=max(0, within - spent))
            finally:
                self._over.set()
                self._changed.notify_all()
            return dict(self._outcomes)

    def _work(self) -> None:
        while (url := self._next()) is not None:
            self._finish(url, self._asked(url))

    def _asked(self, url: str) -> Outcome:
        try:
            return self._ask(url, lambda report: self._tell(url, report))
        except Exception as error:  # Others wait for the thread; whatever it was, tell it.
            _log.debug("a probe failed", exc_info=True)
            silence = f"the check itself failed ({type(error).__name__})"
            return Outcome(SourceReport(url, silence=silence))

    def _next(self) -> str | None:
        """Take an address of the host whose turn it is; None when all are taken or time is up."""
        with self._changed:
            while not self._over.is_set() and any(host.waiting for host in self._hosts.values()):
                name = next((name for name, host in self._hosts.items() if host.ready), None)
                if name is None:
                    self._changed.wait()
                    continue
                host = self._hosts.pop(name)
                self._hosts[name] = host  # To the end: every host has its turn.
                host.flying += 1
                return host.waiting.popleft()
            return None

    def _tell(self, url: str, report: SourceReport) -> None:
        with self._changed:
            if not self._over.is_set():
                self._outcomes[url] = Outcome(report)

    def _finish(self, url: str, outcome: Outcome) -> None:
        with self._changed:
            if self._over.is_set():
                return
            self._outcomes[url] = outcome
            self._left -= 1
            host = self._hosts[urlsplit(url).netloc.lower()]
            host.flying -= 1
            host.answered = host.answered or not outcome.unreachable
            host.silences = host.silences + 1 if outcome.unreachable else 0
            if host.silences >= _MOST_SILENCES:
                self._give_up(host, outcome.report.silence)
            self._changed.notify_all()

    def _give_up(self, host: _Host, silence: str | None) -> None:
        self._left -= len(host.waiting)
        for url in host.waiting:
            self._outcomes[url] = Outcome(SourceReport(url, silence=silence))
        host.waiting.clear()
