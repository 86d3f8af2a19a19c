"""What all parts of an account share: the store, the clock, a secret, counts, the money."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from heygen_localize.sandbox.account.store import Store
from heygen_localize.sandbox.settings import SandboxSettings

# The names of what the store keeps for the account.
_OFFSET, _SECRET, _SOURCE, _FILE = "clock_offset", "secret", "source_changes", "file_changes "


class AccountContext:
    """One account at the vendor, before anything is in it.

    Args:
        store: Where the state lies.
        settings: How the account and the renderer are.
        clock: Gives the time in seconds since the epoch.

    Attributes:
        store: As given.
        settings: As given.
        secret: What URLs and tokens are signed with; kept with the state.
    """

    def __init__(self, store: Store, settings: SandboxSettings, clock: Callable[[], float]) -> None:
        self.store = store
        self.settings = settings
        self._clock = clock
        self._charges: list[Callable[[float], float]] = []
        self._offset = float(store.fact(_OFFSET) or 0)
        self.secret = store.fact(_SECRET) or secrets.token_hex(16)
        store.set_fact(_SECRET, self.secret)

    def now(self) -> float:
        """Return the sandbox's own time, in seconds since the epoch."""
        return self._clock() + self._offset

    def advance(self, seconds: float) -> None:
        """Move the sandbox's own time forward, for good."""
        with self.store.lock:
            self._offset += seconds
            self.store.set_fact(_OFFSET, repr(self._offset))

    def _count(self, fact: str) -> int:
        return int(self.store.fact(fact) or 0)

    def _count_up(self, fact: str) -> None:
        with self.store.lock:
            self.store.set_fact(fact, str(self._count(fact) + 1))

    def source_changes(self) -> int:
        """Return how often the source that changes has changed."""
        return self._count(_SOURCE)

    def change_source(self) -> None:
        """Change the source that changes."""
        self._count_up(_SOURCE)

    def file_changes(self, path: str) -> int:
        """Return how often faults have changed the file at a path."""
        return self._count(_FILE + path)

    def change_file(self, path: str) -> None:
        """Change the file at a path, for good."""
        self._count_up(_FILE + path)

    def charge_for(self, charged_by: Callable[[float], float]) -> None:
        """Have something charged.

        Args:
            charged_by: Gives what it cost by a time, in US dollars.
        """
        self._charges.append(charged_by)

    def spent(self) -> float:
        """Return the US dollars charged; only what completed is."""
        now = self.now()
        return sum(charged(now) for charged in self._charges)

    def balance(self) -> float:
        """Return the US dollars left, below zero too."""
        return round(self.settings.balance - self.spent(), 4)

    def pays(self, price: float) -> bool:
        """Return whether an order of a price is taken."""
        return self.settings.billing.pays(price, self.balance())
