"""Names that were seen lately, as many as there is room for."""

from __future__ import annotations

import threading
from collections.abc import Iterable


class Memory:
    """Keeps the latest names; the oldest go first. Threads may share it."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._names: dict[str, None] = {}
        self._locked = threading.Lock()

    def __len__(self) -> int:
        """Return how many names are known."""
        return len(self._names)

    def add(self, names: Iterable[str]) -> bool:
        """Keep names; return whether all of them are new. Where one is known, none is kept."""
        wanted = tuple(names)
        with self._locked:
            if any(name in self._names for name in wanted):
                return False
            self._keep(wanted)
            return True

    def keep(self, names: Iterable[str]) -> int:
        """Keep names; return how many of them are new."""
        wanted = tuple(names)
        with self._locked:
            new = len(set(wanted) - self._names.keys())
            self._keep(wanted)
            return new

    def known(self, names: Iterable[str]) -> bool:
        """Return whether one of some names is known."""
        with self._locked:
            return not self._names.keys().isdisjoint(names)

    def _keep(self, names: Iterable[str]) -> None:
        for name in names:
            self._names.setdefault(name)
        while len(self._names) > self._most:
            del self._names[next(iter(self._names))]
