"""Which languages a video is wanted in, and the options that come with each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from heygen_localize.core.errors import Where
from heygen_localize.core.languages import Language
from heygen_localize.core.model import Layer
from heygen_localize.manifest.diagnostics import Findings, MistakeError, listed
from heygen_localize.manifest.document import Document, Trail
from heygen_localize.manifest.options import Options, read_options
from heygen_localize.manifest.vocabulary import LanguageIndex, named_twice


@dataclass(frozen=True)
class Choice:
    """A language that something names, by itself or (`by_group`) through a group."""

    language: Language
    spelling: str
    by_group: bool
    where: Where
    options: Options


@dataclass(frozen=True)
class Choices:
    """Languages by their tags; not `complete` where mistakes kept some out."""

    by_tag: Mapping[str, Choice]
    complete: bool = True


@dataclass(frozen=True)
class LanguageSelection:
    """Reads the places of a manifest that name languages."""

    vocabulary: LanguageIndex
    findings: Findings

    def read(self, document: Document, trail: Trail, layer: Layer) -> Choices:
        """Read a list of languages, or a mapping from languages to options of `layer`."""
        by_tag: dict[str, Choice] = {}
        complete = not document.broken_under(trail)
        # Groups first: what is said of a language itself wins, wherever it stands.
        entries = sorted(
            _entries(document, trail), key=lambda entry: not self.vocabulary.is_group(entry[1])
        )
        for place, text in entries:
            where = document.at_key(place)
            options = read_options(document, place, layer, self.findings)
            try:
                members, whole = self.vocabulary.members(text)
            except MistakeError as mistake:
                self.findings.mistake(mistake, where)
                complete = False
                continue
            complete = complete and whole
            by_group = self.vocabulary.is_group(text)
            for language in members:
                self._add(by_tag, Choice(language, text, by_group, where, options))
        return Choices(by_tag, complete)

    def for_video(self, document: Document, trail: Trail, top: Choices) -> Choices:
        """Settle the languages of a video: the top-level ones, or its own.

        The options of the top level are not in the result: they count for a
        language however the video came by it.
        """
        own, adds, drops = (
            (*trail, key) for key in ("languages", "add_languages", "except_languages")
        )
        changes = [change for change in (adds, drops) if document.get(change) is not None]
        if document.get(own) is not None:
            for change in changes:
                self.findings.error(
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
            self.findings.error(
                "no_languages",
                f"the video {trail[-1]!r} has no language",
                document.at_key(own if document.get(own) is not None else trail),
                "name languages at the top level or in the video",
            )
        return chosen

    def _add(self, by_tag: dict[str, Choice], choice: Choice) -> None:
        """Put a language among others of the same list or mapping."""
        tag = choice.language.tag
        present = by_tag.get(tag)
        if present is None:
            by_tag[tag] = choice
        elif not choice.by_group and not present.by_group:
            mistake = named_twice(choice.language, choice.spelling, present.spelling)
            self.findings.mistake(mistake, choice.where)
        elif choice.by_group and present.options and choice.options:
            self.findings.error(
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
                mistake = named_twice(choice.language, choice.spelling, present.spelling)
                mistake.hint = "the top level names it already: take it out, or give it options"
                self.findings.mistake(mistake, choice.where)
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
                    self.findings.error(
                        "except_absent",
                        f"{choice.spelling!r} is not among the languages of this video",
                        choice.where,
                        f"among them are {listed(sorted(chosen.by_tag))}",
                    )
        kept = {tag: choice for tag, choice in chosen.by_tag.items() if tag not in dropped.by_tag}
        return Choices(kept, chosen.complete and dropped.complete)


def _entries(document: Document, trail: Trail) -> Iterator[tuple[Trail, str]]:
    """Walk over what a list or a mapping names."""
    value = document.get(trail)
    if isinstance(value, dict):
        keys: Iterable[str] = value
        yield from (((*trail, key), key) for key in keys)
    else:
        yield from document.texts(trail)
