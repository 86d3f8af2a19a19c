"""One answer for one ``Idempotency-Key``.

Source: docs/vendor/behaviour.md, "Paying once".
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from werkzeug.wrappers import Response

from heygen_localize.sandbox.account.store import Store
from heygen_localize.sandbox.errors import in_flight
from heygen_localize.sandbox.http.responses import kept
from heygen_localize.sandbox.records import KeptAnswer

KEPT_SECONDS = 24 * 3600


@dataclass(frozen=True)
class Hold:
    """A key in the hands of one request.

    Attributes:
        first: The first answer under this key, if there was one.
        keep: Keeps an answer as the first one.
    """

    first: KeptAnswer | None
    keep: Callable[[Response], None]


def _forget(_: Response) -> None:
    """Keep nothing."""


# What a request without a key holds.
NO_KEY = Hold(None, _forget)


class Keys:
    """The keys in use, and the answers kept under them.

    Args:
        store: Where the answers are kept.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._held: set[tuple[str, str]] = set()

    @contextmanager
    def hold(self, scope: str, key: str, now: float) -> Iterator[Hold]:
        """Hold a key for the length of one request.

        Args:
            scope: The endpoint and resource that the key counts for.
            key: The key itself.
            now: Seconds since the epoch.

        Raises:
            Refusal: 409 while another request holds it.
        """
        name = (scope, key)
        with self._lock:
            if name in self._held:
                raise in_flight()
            self._held.add(name)
        try:
            first = self._store.answer(scope, key, kept_since=now - KEPT_SECONDS)
            yield Hold(
                first,
                lambda response: self._store.keep_answer(scope, key, now, kept(response)),
            )
        finally:
            with self._lock:
                self._held.discard(name)
