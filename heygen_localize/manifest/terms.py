"""The manifest's `terms`: what must stay as it is, and what must be translated as given."""

from __future__ import annotations

from collections.abc import Iterator

from heygen_localize.core.errors import InputError
from heygen_localize.core.languages import Language
from heygen_localize.core.terms import Term
from heygen_localize.manifest.diagnostics import Diagnostics
from heygen_localize.manifest.document import Document, as_mapping
from heygen_localize.manifest.languages import LanguageIndex, named_twice


def read_terms(
    document: Document, index: LanguageIndex, diagnostics: Diagnostics
) -> tuple[Term, ...]:
    """Read the terms of the manifest, in its order; mistakes in them go to `diagnostics`."""
    terms = as_mapping(document.data.get("terms"))
    return tuple(
        # What is no mapping is `keep`, says the schema: a term without translations stays.
        Term(source, dict(_translations(document, source, index, diagnostics)))
        for source in terms
    )


def _translations(
    document: Document, source: str, index: LanguageIndex, diagnostics: Diagnostics
) -> Iterator[tuple[str, str]]:
    """Walk over a term's translations, by the tags of their languages."""
    trail = ("terms", source)
    spellings: dict[Language, str] = {}
    translations = as_mapping(document.get(trail)).items()
    # Groups first: what is said of a language itself wins, wherever it stands.
    for text, required in sorted(translations, key=lambda item: not index.is_group(item[0])):
        where = document.at_key((*trail, text))
        try:
            languages, _ = index.members(text)
        except InputError as mistake:
            diagnostics.mistake(mistake, where)
            continue
        by_group = index.is_group(text)
        for language in languages:
            other = spellings.get(language)
            if other is not None and index.is_group(other) is by_group:
                diagnostics.mistake(named_twice(language, text, other), where)
            spellings[language] = text
            yield language.tag, str(required)
