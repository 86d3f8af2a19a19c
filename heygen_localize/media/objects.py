"""What is known of sources that lie in buckets, while a manifest is read: nobody is asked here."""

from __future__ import annotations

from collections.abc import Mapping

from heygen_localize.core.errors import FileError
from heygen_localize.core.objects import Seen


class ObjectFacts:
    """Tells of the objects that a manifest names what is known, and keeps which it was asked for.

    What is None in `known` was looked for, and is not there.
    """

    def __init__(self, known: Mapping[str, Seen | None] | None = None) -> None:
        self._known = dict(known or {})
        self.asked: set[str] = set()

    def of(self, address: str) -> Seen | None:
        """Return what is known of an object; None where nothing is.

        Raises:
            FileError: it is not there, or has no bytes.
        """
        self.asked.add(address)
        if address in self._known and self._known[address] is None:
            raise FileError("source_missing", f"there is no object {address}")
        seen = self._known.get(address)
        if seen is not None and seen.size == 0:
            raise FileError("source_empty", f"{address} is empty")
        return seen
