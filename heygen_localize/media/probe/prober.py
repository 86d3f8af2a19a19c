"""The way in: many sources asked in a bounded time."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path

from heygen_localize.core.sources import SourceReport
from heygen_localize.media import Role
from heygen_localize.media.probe.cache import SourceCache
from heygen_localize.media.probe.probe import Probe
from heygen_localize.media.probe.workers import Crew
from heygen_localize.media.share_pages import share_page
from heygen_localize.system.clock import Clock
from heygen_localize.system.web import Web

_CONNECTIONS = 32


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
        pages = {url: page for url in sources if (page := share_page(url)) is not None}
        asked = [url for url in sources if url not in pages]
        outcomes = {}
        if asked:
            over = threading.Event()
            web = self._web or Web(loopback=self._loopback, connections=_CONNECTIONS)
            # Half: time for a second try, or for another host.
            probe = Probe(web, self._cache, within / 2, over.is_set)
            crew = Crew(
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
