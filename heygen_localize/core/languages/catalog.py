"""The catalog of HeyGen's languages, to be found by name or by tag."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache

from msgspec import Struct

from heygen_localize.core.languages.meaning import meanings
from heygen_localize.core.languages.spelling import (
    TAG_SYNONYMS,
    fits,
    fold,
    slugs,
    subtags_of_name,
    without_accents,
)
from heygen_localize.core.languages.tags import Subtags, distance, fold_tag, is_tag, parse

_MAXIMUM_CANDIDATES = 5
_SHORTEST_TELLING_PART = 3


class Language(Struct, frozen=True, order=True):
    """One language of HeyGen.

    Attributes:
        name: HeyGen's exact name, as sent to the API.
        tag: The canonical BCP-47 tag, or a slug of the name where there is
            none. Addresses and paths use it.
        tagged: False where `tag` is only a slug.
    """

    name: str
    tag: str
    tagged: bool


class UnknownLanguage(ValueError):
    """The text names no language of HeyGen; `str()` is a sentence for the user.

    Attributes:
        text: What was written.
        candidates: What may have been meant, best first, five at most.
    """

    def __init__(self, text: str, candidates: tuple[Language, ...] = ()) -> None:
        super().__init__(text, candidates)
        self.text = text
        self.candidates = candidates

    def __str__(self) -> str:
        sentence = f"{self.text!r} is not a language that HeyGen offers"
        if not self.candidates:
            return f"{sentence}; `localize languages` lists them all"
        return f"{sentence}; did you mean {_enumerated(self.candidates)}?"


class AmbiguousLanguage(UnknownLanguage):
    """The text fits several languages equally well, and `candidates` are all of them."""

    def __str__(self) -> str:
        return f"{self.text!r} can mean {_enumerated(self.candidates)}; write the one you want"


class LanguageCatalog:
    """HeyGen's languages, each with a tag or slug of its own.

    Attributes:
        languages: All of them, sorted by name.
    """

    def __init__(self, names: Iterable[str]) -> None:
        offered = _distinct(names)
        subtags = {name: subtags_of_name(name) for name in offered}
        claims = Counter(subtags.values())
        self._slugs = slugs(offered)
        self._subtags: dict[Language, Subtags | None] = {}
        for name in sorted(offered):
            meaning = subtags[name]
            # Where two names claim one tag neither gets it: whoever writes the tag
            # must choose, rather than pay for a language that was not meant.
            tagged = meaning is not None and claims[meaning] == 1
            language = Language(name, str(meaning) if tagged else self._slugs[name], tagged)
            self._subtags[language] = meaning
        self.languages = tuple(self._subtags)
        self._by_name = {fold(language.name): language for language in self.languages}
        self._by_tag = {fold_tag(language.tag): language for language in self.languages}

    def resolve(self, text: str, pinned: Mapping[str, str] | None = None) -> Language:
        """Find the language that a user means.

        Args:
            text: HeyGen's name in any case, or a BCP-47 tag in any case and
                with `-` or `_`.
            pinned: Vendor names by tag, as a lockfile recorded them. A pinned
                tag means its name for as long as HeyGen offers that, and a
                pinned name keeps its tag, whatever would be resolved now. A pin to another
                language than its tag's is passed over.

        Raises:
            AmbiguousLanguage: Several languages fit, and none of them is the plain one.
            UnknownLanguage: None fits.
        """
        pins = self._pins(pinned)
        for tag, language in pins:
            if fold_tag(tag) == fold_tag(text):
                return _recorded(language, tag)
        found = self._find(text)
        tags = sorted(tag for tag, language in pins if language is found)
        if tags:
            return found if found.tag in tags else _recorded(found, tags[0])
        if any(fold_tag(tag) == fold_tag(found.tag) for tag, _ in pins):
            # The tag is recorded for another name, and two must not share an address.
            return _recorded(found, self._slugs[found.name])
        return found

    def knows(self, text: str, pinned: Mapping[str, str] | None = None) -> bool:
        """Return whether a text stands for a language, or for one of several.

        Unlike `resolve` it looks for nothing that may be meant instead, which takes long.
        """
        pins = (fold_tag(tag) for tag, _ in self._pins(pinned))
        return fold_tag(text) in pins or bool(self._standing_for(text))

    def search(self, query: str) -> tuple[Language, ...]:
        """List the languages whose name or tag contains the query; accents and case are as one."""
        part = without_accents(query)
        return tuple(
            language
            for language in self.languages
            if part in without_accents(language.name) or part in fold_tag(language.tag)
        )

    def _pins(self, pinned: Mapping[str, str] | None) -> list[tuple[str, Language]]:
        """List the recorded tags that still can mean the language that they were recorded for."""
        return [
            (tag, self._by_name[fold(name)])
            for tag, name in (pinned or {}).items()
            if fold(name) in self._by_name and fits(tag, name)
        ]

    def _find(self, text: str) -> Language:
        found = self._standing_for(text)
        if len(found) > 1:
            raise AmbiguousLanguage(text, found)
        if found:
            return found[0]
        # A name in CLDR's words, such as "Thai", is no name of HeyGen, yet tells what is meant.
        meant = parse(text) or subtags_of_name(text)
        related = meant and self._related(meant)
        raise UnknownLanguage(text, related or self._meant(text) or self._similar(text))

    def _standing_for(self, text: str) -> tuple[Language, ...]:
        """List what a text stands for; more than one where it does not tell which."""
        found = self._by_name.get(fold(text)) or self._by_tag.get(fold_tag(text))
        if found:
            return (found,)
        written = parse(text)
        for reading in (written, written.modern()) if written else ():
            synonym = self._by_tag.get(fold_tag(TAG_SYNONYMS.get(str(reading), "")))
            fitting = (synonym,) if synonym else self._fitting(reading)
            if fitting:
                return fitting
        return ()

    def _fitting(self, wanted: Subtags) -> tuple[Language, ...]:
        """List what a tag may mean: exactly itself, or for want of that any region of it."""
        kin = [
            (language, subtags)
            for language, subtags in self._subtags.items()
            if subtags and subtags.language == wanted.language
        ]
        short = wanted.without_likely_script()
        same = tuple(language for language, own in kin if own.without_likely_script() == short)
        if same or wanted.region or wanted.rest:
            return same
        return tuple(
            language for language, own in kin if wanted.script in (None, own.likely_script)
        )

    def _related(self, wanted: Subtags) -> tuple[Language, ...]:
        """List the nearest varieties of the language that is asked for in vain."""
        modern = wanted.modern()
        ranked = sorted(
            (distance(subtags, modern), language)
            for language, subtags in self._subtags.items()
            if subtags
            and (
                subtags.language in (wanted.language, modern.language)
                or str(subtags) == TAG_SYNONYMS.get(modern.language)
            )
        )
        return tuple(language for _, language in ranked[:_MAXIMUM_CANDIDATES])

    def _meant(self, text: str) -> tuple[Language, ...]:
        """List what is offered of that which the text may mean: a country, a name elsewhere."""
        offered = frozenset(filter(None, self._subtags.values()))
        found: dict[Language, None] = {}
        for meaning in meanings(text, offered):
            found |= dict.fromkeys(self._offered_of(meaning))
        return tuple(found)[:_MAXIMUM_CANDIDATES]

    def _offered_of(self, wanted: Subtags) -> tuple[Language, ...]:
        """List a language as spoken in a region, and plainly; first what tells more."""
        synonyms = (str(wanted), str(wanted._replace(region=None)), wanted.language)
        tags = (TAG_SYNONYMS.get(tag) or tag for tag in synonyms[: 2 if wanted.region else 3])
        exact = [self._by_tag[fold_tag(tag)] for tag in tags if fold_tag(tag) in self._by_tag]
        kin = {
            language: subtags
            for language, subtags in self._subtags.items()
            if subtags and subtags.language == wanted.modern().language
        }
        there = [one for one, subtags in kin.items() if subtags.region == wanted.region]
        plain = [one for one, subtags in kin.items() if subtags.region is None]
        regions = {subtags.region for subtags in kin.values()} - {None}
        found = [*exact, *there, *plain] if len(regions) > 1 else [*plain, *exact, *there]
        return tuple(dict.fromkeys(found)) or tuple(kin)[:1]

    def _similar(self, text: str) -> tuple[Language, ...]:
        """List the names that contain the text, then the names and tags that look like it."""
        from difflib import get_close_matches

        folded = without_accents(text)
        containing = self.search(text) if len(folded) >= _SHORTEST_TELLING_PART else ()
        spellings = {fold_tag(language.tag): language for language in self.languages}
        spellings |= {without_accents(language.name): language for language in self.languages}
        close = get_close_matches(folded, spellings, n=_MAXIMUM_CANDIDATES)
        ranked = dict.fromkeys([*containing, *(spellings[spelling] for spelling in close)])
        return tuple(ranked)[:_MAXIMUM_CANDIDATES]


def _distinct(names: Iterable[str]) -> list[str]:
    """Keep one of the names that differ in case and spaces only, whatever their order."""
    tidiest_last = sorted(names, key=lambda name: (name == " ".join(name.split()), name))
    return list({fold(name): name for name in tidiest_last if fold(name)}.values())


def _recorded(language: Language, tag: str) -> Language:
    return Language(language.name, tag, tagged=is_tag(tag))


def _enumerated(languages: tuple[Language, ...]) -> str:
    *others, last = [f'{language.tag} "{language.name}"' for language in languages]
    return f"{', '.join(others)} or {last}" if others else last


@lru_cache(maxsize=4)
def catalog_of(names: tuple[str, ...]) -> LanguageCatalog:
    """Give the catalog of these names; made once, since a program may plan many times."""
    return LanguageCatalog(names)
