"""Which languages a video is wanted in, and the options that come with each."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from heygen_localize.core.errors import InputError, Where
from heygen_localize.core.languages import (
    AmbiguousLanguage,
    Language,
    LanguageCatalog,
    UnknownLanguage,
)
from heygen_localize.core.option import Layer
from heygen_localize.manifest.diagnostics import Diagnostics, did_you_mean
from heygen_localize.manifest.document import Document, as_mapping
from heygen_localize.manifest.options import Options, read_options
from heygen_localize.manifest.places import Trail


class _Group(Struct, frozen=True):
    """A group's languages; fewer than it names where one of them is a mistake."""

    members: tuple[Language, ...]
    complete: bool


class LanguageIndex:
    """Finds languages and groups by what is written; each text is looked up once."""

    def __init__(self, catalog: LanguageCatalog, pinned: Mapping[str, str] | None) -> None:
        self._catalog = catalog
        self._pinned = pinned
        self._languages: dict[str, Language | InputError] = {}
        self._groups: dict[str, _Group] = {}
        self._used: set[str] = set()

    def read_groups(self, document: Document, diagnostics: Diagnostics) -> None:
        """Learn the groups of the manifest; mistakes in them go to `diagnostics`."""
        names = [*as_mapping(document.data.get("groups"))]
        broken = [trail[1] for trail in document.broken if trail[:1] == ("groups",) and trail[1:]]
        # A group that did not fit the schema is known all the same: its name is no mistake.
        self._groups = dict.fromkeys([*names, *map(str, broken)], _Group((), False))
        for name in names:
            if self._catalog.knows(name, self._pinned):
                diagnostics.error(
                    "group_is_language",
                    f"the group {name!r} bears the name of a language",
                    document.at_key(("groups", name)),
                    "give it another name",
                )
            self._groups[name] = self._read_group(name, document, diagnostics)

    def is_group(self, text: str) -> bool:
        """Return whether a text is the name of a group."""
        return text in self._groups

    def members(self, text: str) -> tuple[tuple[Language, ...], bool]:
        """Return the languages of a group, or the one of any other text.

        The second value is False where mistakes in the group left some out.

        Raises:
            InputError: it is neither.
        """
        if text in self._groups:
            self._used.add(text)
            group = self._groups[text]
            return group.members, group.complete
        return (self._language(text),), True

    def warn_of_unused(self, document: Document, diagnostics: Diagnostics) -> None:
        """Warn of the groups that nothing named."""
        for name in as_mapping(document.data.get("groups")):
            if name not in self._used:
                where, message = (
                    document.at_key(("groups", name)),
                    f"nothing uses the group {name!r}",
                )
                diagnostics.warn("group_unused", message, where)

    def _read_group(self, name: str, document: Document, diagnostics: Diagnostics) -> _Group:
        trail = ("groups", name)
        spellings: dict[Language, str] = {}
        complete = not document.broken_under(trail)
        for place, text in document.texts(trail):
            try:
                if text in self._groups:
                    message = f"{text!r} is a group, and groups hold languages only"
                    raise InputError("group_nested", message, "list them")
                language = self._language(text)
            except InputError as mistake:
                diagnostics.mistake(mistake, document.at(place))
                complete = False
                continue
            if language in spellings:
                diagnostics.mistake(
                    named_twice(language, text, spellings[language]), document.at(place)
                )
            spellings.setdefault(language, text)
        return _Group(tuple(spellings), complete)

    def _parted(self, text: str) -> InputError | None:
        """Return the error of languages that lack the comma between them."""
        parts = text.replace(";", " ").split()
        if len(parts) < 2 or not all(self._catalog.knows(part, self._pinned) for part in parts):
            return None
        message = f"{text!r} are {len(parts)} languages with no comma between them"
        return InputError("language_unknown", message, f"write {', '.join(parts)}")

    def _language(self, text: str) -> Language:
        if text not in self._languages:
            try:
                self._languages[text] = self._catalog.resolve(text, self._pinned)
            except UnknownLanguage as error:
                ambiguous = isinstance(error, AmbiguousLanguage)
                tags = [candidate.tag for candidate in error.candidates]
                hint = f"write {' or '.join(tags)}" if tags else None
                code = "language_ambiguous" if ambiguous else "language_unknown"
                hint = did_you_mean(text, self._groups) or hint
                self._languages[text] = self._parted(text) or InputError(code, str(error), hint)
        found = self._languages[text]
        if isinstance(found, InputError):
            raise found
        return found


def named_twice(
    language: Language, one: str, other: str, hint: str = "keep one of them"
) -> InputError:
    """Return the error of one language named by two spellings, or twice by one."""
    named = f"{other!r} and {one!r} are both" if one != other else f"{one!r} stands twice for"
    return InputError("language_twice", f"{named} {language.name}", hint)


_NAMING = {"languages": None, "add_languages": None, "except_languages": None}
"""Keys of a video that name languages."""


class Choice(Struct, frozen=True):
    """A language that something names, by itself or (`by_group`) through a group."""

    language: Language
    spelling: str
    by_group: bool
    where: Where
    options: Options


class Choices(Struct, frozen=True):
    """Languages by their tags; not `complete` where mistakes kept some out.

    `where` is the place of all of them, in place of each one's own.
    """

    by_tag: Mapping[str, Choice]
    complete: bool = True
    where: Where | None = None


class LanguageSelection(Struct):
    """Reads the places of a manifest that name languages; `looked` at so many, one by one."""

    index: LanguageIndex
    diagnostics: Diagnostics
    looked: int = 0
    _plain: tuple[Choices, Choices] | None = None

    def read(self, document: Document, trail: Trail, layer: Layer) -> Choices:
        """Read a list of languages, or a mapping from languages to options of `layer`."""
        by_tag: dict[str, Choice] = {}
        complete = not document.broken_under(trail)
        mapped = isinstance(document.get(trail), dict)
        # Groups first: what is said of a language itself wins, wherever it stands.
        entries = sorted(document.named(trail), key=lambda entry: not self.index.is_group(entry[1]))
        for place, text in entries:
            where = document.at_key(place)
            options = read_options(document, place, layer, self.diagnostics) if mapped else {}
            try:
                members, whole = self.index.members(text)
            except InputError as mistake:
                self.diagnostics.mistake(mistake, where)
                complete = False
                continue
            complete = complete and whole
            by_group = self.index.is_group(text)
            self.looked += len(members)
            for language in members:
                self._add(by_tag, Choice(language, text, by_group, where, options))
        return Choices(by_tag, complete)

    def for_video(self, document: Document, trail: Trail, top: Choices) -> Choices:
        """Settle the languages of a video: the top-level ones, or its own.

        The options of the top level are not in the result: they count for a
        language however the video came by it.
        """
        says = _NAMING.keys() & as_mapping(document.get(trail)).keys()
        if top.by_tag and not says and not document.broken_under(trail):
            shared = self._without_options(top).by_tag
            return Choices(shared, top.complete, document.at_key(trail))
        own, adds, drops = ((*trail, key) for key in _NAMING)
        self.looked += len(top.by_tag)
        changes = [change for change in (adds, drops) if document.get(change) is not None]
        if document.get(own) is not None:
            for change in changes:
                self.diagnostics.error(
                    "languages_and_changes",
                    f"languages replaces the top-level ones, so {change[-1]} has nothing to change",
                    document.at_key(change),
                    "keep one of them",
                )
            chosen = self.read(document, own, Layer.VIDEO_LANGUAGE)
        else:
            where = document.at_key(trail)
            plain = {
                tag: replace(choice, where=where, options={}) for tag, choice in top.by_tag.items()
            }
            sound = not any(document.broken_under(part) for part in (own, adds, drops))
            chosen = Choices(plain, top.complete and sound)
            if changes:
                chosen = self._added(chosen, self.read(document, adds, Layer.VIDEO_LANGUAGE))
                chosen = self._dropped(chosen, self.read(document, drops, Layer.VIDEO_LANGUAGE))
        if not chosen.by_tag and chosen.complete:
            self.diagnostics.error(
                "no_languages",
                f"the video {trail[-1]!r} has no language",
                document.at_key(own if document.get(own) is not None else trail),
                "name languages at the top level or in the video",
            )
        return chosen

    def _without_options(self, top: Choices) -> Choices:
        """Return the top-level languages as videos have them; the same for all of them."""
        if self._plain is None or self._plain[0] is not top:
            by_tag = {tag: replace(choice, options={}) for tag, choice in top.by_tag.items()}
            self._plain = (top, Choices(by_tag))
        return self._plain[1]

    def _add(self, by_tag: dict[str, Choice], choice: Choice) -> None:
        """Put a language among others of the same list or mapping."""
        tag = choice.language.tag
        present = by_tag.get(tag)
        if present is None:
            by_tag[tag] = choice
        elif not choice.by_group and not present.by_group:
            mistake = named_twice(choice.language, choice.spelling, present.spelling)
            self.diagnostics.mistake(mistake, choice.where)
        elif choice.by_group and present.options and choice.options:
            self.diagnostics.error(
                "language_in_two_groups",
                f"{tag} is in {present.spelling} and in {choice.spelling}, and both have options",
                choice.where,
                f"give the options at {tag} itself, or let one of the groups have none",
            )
        else:
            options = {**present.options, **choice.options}
            keeps = present if choice.by_group else choice
            by_tag[tag] = replace(keeps, options=options)

    def _added(self, chosen: Choices, added: Choices) -> Choices:
        """Add to the top-level languages; one that is there already may bring options."""
        by_tag = dict(chosen.by_tag)
        for tag, choice in added.by_tag.items():
            present = by_tag.get(tag)
            explicit = present is not None and not present.by_group and not choice.by_group
            if present is not None and explicit and not choice.options:
                hint = "the top level names it already: take it out, or give it options"
                mistake = named_twice(choice.language, choice.spelling, present.spelling, hint)
                self.diagnostics.mistake(mistake, choice.where)
            by_tag[tag] = choice
        return Choices(by_tag, chosen.complete and added.complete)

    def _dropped(self, chosen: Choices, dropped: Choices) -> Choices:
        """Take languages out; each that is named, and of each group one, has to be there."""
        if chosen.complete and dropped.complete:
            present = {
                choice.spelling for tag, choice in dropped.by_tag.items() if tag in chosen.by_tag
            }
            for choice in dropped.by_tag.values():
                if choice.spelling not in present:
                    self.diagnostics.error(
                        "except_absent",
                        f"{choice.spelling!r} is not among the languages of this video",
                        choice.where,
                        f"among them are {', '.join(sorted(chosen.by_tag))}",
                    )
        kept = {tag: choice for tag, choice in chosen.by_tag.items() if tag not in dropped.by_tag}
        return Choices(kept, chosen.complete and dropped.complete)
