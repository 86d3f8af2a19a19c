"""Where everything in a YAML file stands, in little room: one may hold half a million values."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from typing import NamedTuple

Trail = tuple[str | int, ...]
"""The way to a value: keys of mappings, and positions (from 0) in lists."""

_FEW = 40
"""Values within one; of those that hold more, what they hold is remembered by its names."""

_LINE = 1 << 32


class Place(NamedTuple):
    """A position in a file; both count from 1."""

    line: int
    column: int


class Places:
    """The places of values, and of the keys that lead to them.

    Values are numbered in the order of the text. Of each are kept its name in what holds it
    (None for an item of a list, `REFUSED` where the key is none), how many values it is with all
    that it holds, and where it and its key stand.
    """

    REFUSED = -1

    def __init__(self) -> None:
        self._names: list[str | int | None] = []
        self._sizes, self._values, self._keys = array("L"), array("Q"), array("Q")
        self._known: dict[int, dict[str | int, int]] = {}

    def add(self, name: str | int | None, value: Place, key: Place | None) -> int:
        """Add a value that holds nothing, or nothing yet, and return its number."""
        self._names.append(name)
        self._sizes.append(1)
        self._values.append(value[0] * _LINE + value[1])
        self._keys.append(0 if key is None else key[0] * _LINE + key[1])
        return len(self._names) - 1

    def end(self, number: int) -> None:
        """Note that a value holds all that was added since."""
        self._sizes[number] = len(self._names) - number

    def value(self, trail: Trail) -> Place | None:
        """Return the place of a value; None where there is none in the text."""
        number, whole = self._find(trail)
        return _place(self._values[number]) if whole else None

    def around(self, trail: Trail) -> Place:
        """Return the place of a value, or of the nearest thing around it."""
        return _place(self._values[self._find(trail)[0]])

    def key(self, trail: Trail) -> Place | None:
        """Return the place of the key that leads to a value; None where none does."""
        number, whole = self._find(trail)
        return _place(self._keys[number]) if whole and self._keys[number] else None

    def keys_in(self, number: int) -> dict[str | int, Place]:
        """Return the places of the keys of a mapping, as far as it has been read."""
        inside = self._inside(number, len(self._names))
        return {name: _place(self._keys[inner]) for name, inner in inside if name != self.REFUSED}

    def _find(self, trail: Trail) -> tuple[int, bool]:
        """Return the number of a value, or of the nearest around it, and which of the two."""
        number = 0
        for name in trail:
            inner = self._named(number, name)
            if inner is None:
                return number, False
            number = inner
        return number, True

    def _named(self, number: int, name: str | int) -> int | None:
        known = self._known.get(number)
        if known is not None:
            return known.get(name)
        end = number + self._sizes[number]
        if end - number > _FEW:
            # The first of a name: a second one is a mistake.
            known = self._known[number] = {}
            for other, inner in self._inside(number, end):
                known.setdefault(other, inner)
            return known.get(name)
        found = (inner for other, inner in self._inside(number, end) if other == name)
        return next(found, None)

    def _inside(self, number: int, end: int) -> Iterator[tuple[str | int, int]]:
        """Walk over what a value holds: names or positions, and numbers."""
        inner, position = number + 1, 0
        while inner < end:
            name = self._names[inner]
            yield position if name is None else name, inner
            inner += self._sizes[inner]
            position += 1


def _place(number: int) -> Place:
    return Place(*divmod(number, _LINE))
