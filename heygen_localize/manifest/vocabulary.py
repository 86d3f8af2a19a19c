"""What may stand where a language may: the vendor's languages, and the manifest's groups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from heygen_localize.core.languages import (
    AmbiguousLanguage,
    Language,
    LanguageCatalog,
    UnknownLanguage,
)
from heygen_localize.manifest.diagnostics import Findings, MistakeError, did_you_mean
from heygen_localize.manifest.document import Document, as_mapping


@dataclass(frozen=True)
class _Group:
    """A group's languages; fewer than it names where one of them is a mistake."""

    members: tuple[Language, ...]
    complete: bool


class LanguageIndex:
    """Finds languages and groups by what is written; each text is looked up once."""

    def __init__(self, catalog: LanguageCatalog, pinned: Mapping[str, str] | None) -> None:
        self._catalog = catalog
        self._pinned = pinned
        self._languages: dict[str, Language | MistakeError] = {}
        self._groups: dict[str, _Group] = {}
        self._used: set[str] = set()

    def read_groups(self, document: Document, findings: Findings) -> None:
        """Learn the groups of the manifest; mistakes in them go to `findings`."""
        names = [*as_mapping(document.data.get("groups"))]
        broken = [trail[1] for trail in document.broken if trail[:1] == ("groups",) and trail[1:]]
        # A group that did not fit the schema is known all the same: its name is no mistake.
        self._groups = dict.fromkeys([*names, *map(str, broken)], _Group((), False))
        for name in names:
            if self._is_language(name):
                findings.error(
                    "group_is_language",
                    f"the group {name!r} bears the name of a language",
                    document.at_key(("groups", name)),
                    "give it another name",
                )
            self._groups[name] = self._read_group(name, document, findings)

    def is_group(self, text: str) -> bool:
        """Tell whether a text is the name of a group."""
        return text in self._groups

    def members(self, text: str) -> tuple[tuple[Language, ...], bool]:
        """Give the languages of a group, or the one of any other text.

        The second value is False where mistakes in the group left some out.

        Raises:
            MistakeError: it is neither.
        """
        if text in self._groups:
            self._used.add(text)
            group = self._groups[text]
            return group.members, group.complete
        return (self._language(text),), True

    def warn_of_unused(self, document: Document, findings: Findings) -> None:
        """Warn of the groups that nothing named."""
        for name in as_mapping(document.data.get("groups")):
            if name not in self._used:
                message = f"nothing uses the group {name!r}"
                findings.warn("group_unused", message, document.at_key(("groups", name)))

    def _read_group(self, name: str, document: Document, findings: Findings) -> _Group:
        trail = ("groups", name)
        spellings: dict[Language, str] = {}
        complete = not document.broken_under(trail)
        for place, text in document.texts(trail):
            try:
                language = self._member(text)
            except MistakeError as mistake:
                findings.mistake(mistake, document.at(place))
                complete = False
                continue
            if language in spellings:
                findings.mistake(
                    named_twice(language, text, spellings[language]), document.at(place)
                )
            spellings.setdefault(language, text)
        return _Group(tuple(spellings), complete)

    def _member(self, text: str) -> Language:
        if text in self._groups:
            raise MistakeError(
                "group_nested", f"{text!r} is a group, and groups hold languages only", "list them"
            )
        return self._language(text)

    def _is_language(self, text: str) -> bool:
        try:
            self._catalog.resolve(text, self._pinned)
        except UnknownLanguage as error:
            return isinstance(error, AmbiguousLanguage)
        return True

    def _language(self, text: str) -> Language:
        if text not in self._languages:
            try:
                self._languages[text] = self._catalog.resolve(text, self._pinned)
            except UnknownLanguage as error:
                self._languages[text] = self._unknown(text, error)
        found = self._languages[text]
        if isinstance(found, MistakeError):
            raise found
        return found

    def _unknown(self, text: str, error: UnknownLanguage) -> MistakeError:
        ambiguous = isinstance(error, AmbiguousLanguage)
        tags = [candidate.tag for candidate in error.candidates]
        hint = did_you_mean(text, self._groups) or (f"write {' or '.join(tags)}" if tags else None)
        code = "language_ambiguous" if ambiguous else "language_unknown"
        return MistakeError(code, str(error), hint)


def named_twice(language: Language, one: str, other: str) -> MistakeError:
    """Make the mistake of one language named by two spellings, or twice by one."""
    named = f"{other!r} and {one!r} are both" if one != other else f"{one!r} stands twice for"
    return MistakeError("language_twice", f"{named} {language.name}", "keep one of them")
