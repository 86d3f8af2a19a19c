"""The way in: many sources asked side by side in a bounded time, fair to every host."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from heygen_localize.core.sources import SourceReport
from heygen_localize.media import Role
from heygen_localize.media.probe.cache import SourceCache
from heygen_localize.media.probe.probe import LATE, Outcome, Probe
from heygen_localize.media.share_pages import share_page
from heygen_localize.system.clock import Clock
from heygen_localize.system.web import Web

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
        return bool(self.waiting) and (
            self.answered or self.flying + self.silences < _MOST_SILENCES
        )


class _Crew:
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
                self._left -= len(host.waiting)
                for other in host.waiting:
                    silent = SourceReport(other, silence=outcome.report.silence)
                    self._outcomes[other] = Outcome(silent)
                host.waiting.clear()
            self._changed.notify_all()


class Prober:
    """Learns what is behind source URLs.

    Args:
        loopback: Whether this machine itself may be asked, for the sandbox.
        cache: `.localize/NAME/cache/sources.json` beside the manifest; None keeps
            nothing.
        clock: Tells how long the threads took to start, and the age of cache entries.
        web: The way out, for who has one already.
    """

    def __init__(
        self, *, loopback: bool, cache: Path | None, clock: Clock, web: Web | None = None
    ) -> None:
        self._loopback = loopback
        self._clock = clock
        self._cache = SourceCache(cache, clock)
        self._web = web

    def ask(self, sources: Mapping[str, Role], within: float = 4.5) -> dict[str, SourceReport]:
        """Ask what URLs lead to, all side by side; each stands for one in the role given.

        Takes at most `within` seconds in all; what is not answered by then is
        silent. Never raises for what a server does.
        """
        pages = {
            url: page
            for url, role in sources.items()
            if (page := share_page(url, role)) is not None
        }
        asked = [url for url in sources if url not in pages]
        outcomes = {}
        if asked:
            over = threading.Event()
            web = self._web or Web(loopback=self._loopback, connections=_MOST_THREADS)
            # Half: time for a second try, or for another host.
            probe = Probe(web, self._cache, within / 2, over.is_set)
            crew = _Crew(
                lambda url, tell: probe.ask(url, sources[url], tell), asked, over, self._clock
            )
            try:
                outcomes = crew.run(within)
            finally:
                if self._web is None:
                    web.close()
        for url, outcome in outcomes.items():
            if outcome.known is not None:
                self._cache.learn(url, outcome.known)
        self._cache.save()
        return {url: pages[url] if url in pages else outcomes[url].report for url in sources}
