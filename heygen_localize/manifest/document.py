"""A YAML file as plain data, with the place of everything in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from msgspec import Struct, field

from heygen_localize.core.errors import Where
from heygen_localize.core.fingerprint import Json
from heygen_localize.manifest.places import Places, Trail

_SIMPLE_KEY = re.compile(r"[A-Za-z0-9_-]+")


class Document(Struct, frozen=True):
    """One file of a manifest, with the `places` of what stands in it.

    `broken` are the trails of what did not fit the schema and was taken out,
    so that later checks see sound data and do not blame it a second time; `incomplete` are
    those of mappings that lack a key which could not be read.
    """

    file: str
    data: dict[str, Json]
    places: Places
    broken: set[Trail] = field(default_factory=set)
    incomplete: frozenset[Trail] = frozenset()
    size: int = 0
    """Its values, what aliases stand for included."""
    _around_broken: set[Trail] = field(default_factory=set)

    def at(self, trail: Trail) -> Where:
        """Return the place of a value, or of the nearest thing around it."""
        # An alias stands for a whole subtree: what is in it is found where the alias is.
        return Where(self.file, *self.places.around(trail), show_trail(trail) or None)

    def at_key(self, trail: Trail) -> Where:
        """Return the place of the key that leads to a value."""
        place = self.places.key(trail)
        return self.at(trail) if place is None else Where(self.file, *place, show_trail(trail))

    def get(self, trail: Trail) -> Json:
        """Return the value at a trail of keys; None where there is none."""
        value: Json = self.data
        for key in trail:
            if not isinstance(value, dict):
                return None
            value = value.get(str(key))
        return value

    def texts(self, trail: Trail) -> Iterator[tuple[Trail, str]]:
        """Walk over the texts of a list, each with its trail."""
        value = self.get(trail)
        for position, item in enumerate(value if isinstance(value, list) else ()):
            if isinstance(item, str):
                yield (*trail, position), item

    def named(self, trail: Trail) -> Iterator[tuple[Trail, str]]:
        """Walk over the texts of a list or the keys of a mapping, each with its trail."""
        value = self.get(trail)
        if isinstance(value, dict):
            return (((*trail, key), key) for key in value)
        return self.texts(trail)

    def take_out(self, trail: Trail) -> None:
        """Remove a member; an item becomes null, so that those after it keep their positions."""
        holder = self.get(trail[:-1])
        if isinstance(holder, list):
            holder[int(trail[-1])] = None
        else:
            # An alias may have lost it already where its anchor stands.
            as_mapping(holder).pop(str(trail[-1]), None)
        self.count_as_broken(trail)

    def count_as_broken(self, trail: Trail) -> None:
        """Note that what stands at a trail is as good as taken out."""
        self.broken.add(trail)
        self._around_broken.update(trail[:length] for length in range(len(trail) + 1))

    def broken_under(self, trail: Trail) -> bool:
        """Return whether something at or below a trail was taken out."""
        return trail in self._around_broken


def show_trail(trail: Trail) -> str:
    """Write a trail the way a person would: `videos.intro.languages[0]`."""
    return _shown(_around(trail[:-1]), trail[-1]) if trail else ""


@lru_cache(maxsize=256)
def _around(trail: Trail) -> str:
    """Write the trail of a mapping or list: those of its members are asked for one by one."""
    return show_trail(trail)


def _shown(around: str, part: str | int) -> str:
    if isinstance(part, int):
        return f"{around}[{part}]"
    if not _SIMPLE_KEY.fullmatch(part):
        return f'{around}["{part}"]'
    return f"{around}.{part}" if around else part


def as_mapping(value: Json) -> dict[str, Json]:
    """Take a value for a mapping; what is none counts as empty."""
    return value if isinstance(value, dict) else {}
