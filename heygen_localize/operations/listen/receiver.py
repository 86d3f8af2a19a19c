"""What is answered to whoever sends something, and what is kept of it: a mark that work waits."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from http import HTTPStatus

from msgspec import Struct

from heygen_localize.heygen.deliveries import Refusal, Told, told_by
from heygen_localize.heygen.webhooks import concerns_us
from heygen_localize.operations.listen.memory import Memory
from heygen_localize.system.clock import Clock
from heygen_localize.system.http_listener import Incoming

HEALTH = "/healthz"

_MOST_EVENTS = 20_000
"""Names of events that are remembered; HeyGen sends one again within a day."""

_MOST_JOBS = 10_000
_STATUSES = {
    Refusal.FORGED: HTTPStatus.UNAUTHORIZED,
    Refusal.LATE: HTTPStatus.UNAUTHORIZED,
    Refusal.OTHER_TYPE: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    Refusal.MALFORMED: HTTPStatus.BAD_REQUEST,
}


class Tally(Struct, frozen=True):
    """What came since the last time that this was asked."""

    events: int = 0
    repeated: int = 0
    others: int = 0
    refused: tuple[tuple[Refusal, int], ...] = ()

    @property
    def anything(self) -> bool:
        """Whether anything came at all."""
        return bool(self.events or self.repeated or self.others or self.refused)


class Receiver:
    """Takes deliveries, in many threads at once; `wake` is called for each that is news.

    `events` are those known, and `ended` the jobs that HeyGen said have ended. Nothing is
    kept of what has no right signature but a count.
    """

    def __init__(
        self, path: str, secrets: Sequence[bytes], clock: Clock, wake: Callable[[], None]
    ) -> None:
        self._path, self._secrets, self._clock, self._wake = path, secrets, clock, wake
        self.events, self.ended = Memory(_MOST_EVENTS), Memory(_MOST_JOBS)
        self._counting = threading.Lock()
        self._counts = Counter[str | Refusal]()
        self.leaving = False

    def answer(self, incoming: Incoming) -> HTTPStatus:
        """Return what is answered; no work is done before that."""
        if incoming.path == HEALTH:
            if incoming.method not in ("GET", "HEAD"):
                return HTTPStatus.METHOD_NOT_ALLOWED
            return HTTPStatus.SERVICE_UNAVAILABLE if self.leaving else HTTPStatus.OK
        if incoming.path != self._path:
            return HTTPStatus.NOT_FOUND
        if incoming.method != "POST":
            return HTTPStatus.METHOD_NOT_ALLOWED
        told = told_by(incoming.headers, incoming.body, self._secrets, self._clock.now())
        if isinstance(told, Refusal):
            self._count(told)
            return _STATUSES[told]
        self._take(told)
        return HTTPStatus.OK

    def _take(self, told: Told) -> None:
        if not concerns_us(told.type):
            self._count("others")
        elif self.events.add(told.names):
            self._count("events")
            if told.job_id is not None:
                self.ended.keep((told.job_id,))
            self._wake()
        else:
            self._count("repeated")

    def _count(self, what: str | Refusal) -> None:
        with self._counting:
            self._counts[what] += 1

    def tally(self) -> Tally:
        """Return what came since the last time, and count anew."""
        with self._counting:
            counts, self._counts = self._counts, Counter()
        refused = tuple((item, counts[item]) for item in Refusal if counts[item])
        return Tally(counts["events"], counts["repeated"], counts["others"], refused)
