"""What people write in place of a language's tag or English name, and what they may mean by it.

A country's code or name stands for the languages spoken there, a language's own name (or
its name in another language) for it, and "Brazilian" for what CLDR calls Brazilian
Portuguese. All of it is from CLDR; none is more than a proposal.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from heygen_localize.core.languages.spelling import without_accents
from heygen_localize.core.languages.tags import Subtags, cldr, parse

_CODE = re.compile("[A-Z]{2,3}")
_QUALIFIED = re.compile(r"(?P<name>[^()]+?) ?\((?P<place>[^()]+)\)")
_WORDS = re.compile(r"[^\W\d_]+")
_REGIONAL = "official_regional"


class _Names(NamedTuple):
    """What is meant by a folded name: languages by their own, by any, and countries."""

    own: dict[str, dict[Subtags, None]]
    any: dict[str, dict[Subtags, None]]
    places: dict[str, dict[str, None]]

    def called(self, key: str) -> tuple[Subtags, ...]:
        """Return the languages of a name, first those that call themselves so."""
        return (*self.own.get(key, ()), *self.any.get(key, ()))


def meanings(text: str, offered: frozenset[Subtags]) -> tuple[Subtags, ...]:
    """Return what a text may mean that is no language of the `offered`, the likeliest first."""
    return tuple(dict.fromkeys(_meanings(text, offered)))


def _meanings(text: str, offered: frozenset[Subtags]) -> Iterator[Subtags]:
    tag = parse(text)
    for code in (text.strip(), tag.language, tag.region) if tag else (text.strip(),):
        yield from _spoken_in(_country(code or ""), offered)
    names = _names(frozenset((own.language, own.likely_script) for own in offered))
    key = without_accents(text)
    yield from names.called(key)
    qualified = _QUALIFIED.fullmatch(key)
    if qualified:
        for subtags in names.called(qualified["name"]):
            for place in names.places.get(qualified["place"], ()):
                yield subtags._replace(region=place)
    for place in names.places.get(key, ()):
        yield from _spoken_in(place, offered)
    languages = {own.language for own in offered}
    for code, name in cldr().languages.items():
        named = parse(code)
        if named and named.language in languages and key in _WORDS.findall(name.casefold()):
            yield named


def _country(text: str) -> str | None:
    """Return the territory of a code of two letters, or of three that CLDR knows as another's."""
    known, code = cldr(), text.upper()
    if not _CODE.fullmatch(code):
        return None
    successors = known.territory_aliases.get(code, [])
    if len(successors) == 1:
        return successors[0]
    return code if len(code) == 2 and code in known.territories else None


def _spoken_in(territory: str | None, offered: frozenset[Subtags]) -> Iterator[Subtags]:
    """Walk over the official languages of a territory, those of the most people first.

    One that is official in a part of it counts only where it is offered as spoken there.
    """
    from babel.core import get_global

    there = {own.language for own in offered if own.region == territory}
    spoken = get_global("territory_languages").get(territory or "", {})
    statuses = {facts["official_status"] for facts in spoken.values()}
    counted = ("official" if "official" in statuses else "de_facto_official", _REGIONAL)
    ranked = sorted(
        (facts["official_status"] == _REGIONAL, -facts["population_percent"], code)
        for code, facts in spoken.items()
        if facts["official_status"] in counted
    )
    for regional, _, code in ranked:
        subtags = parse(code)
        if subtags is not None and (not regional or subtags.language in there):
            yield subtags._replace(region=territory)


@lru_cache(maxsize=4)
def _names(locales: frozenset[tuple[str, str | None]]) -> _Names:
    """Read the names that languages have for themselves, for one another and for countries."""
    from babel.core import Locale, UnknownLocaleError

    names = _Names({}, {}, {})
    languages = {language for language, _ in locales}
    for language, script in sorted(locales, key=str):
        try:
            locale = Locale.parse(f"{language}_{script}" if script else language)
        except (UnknownLocaleError, ValueError):
            continue  # CLDR has no names in it
        for code, name in locale.languages.items():
            subtags = parse(code)
            if subtags is None or subtags.language not in languages:
                continue
            key = without_accents(name)
            names.any.setdefault(key, {})[subtags] = None
            if subtags.language == language:
                names.own.setdefault(key, {})[subtags] = None
        for code, name in locale.territories.items():
            if len(code) == 2:
                names.places.setdefault(without_accents(name), {})[code] = None
    return names
