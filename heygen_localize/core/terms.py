"""Terms of a manifest, which must stay or must be translated as given."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from heygen_localize.core.languages.tags import fold_tag


class Term(Struct, frozen=True):
    """One term of the manifest.

    `translations` gives what it must become, by language tag; where it is empty the
    term must stay as it is, in every language.
    """

    source: str
    translations: Mapping[str, str]

    def required(self, tag: str) -> str | None:
        """Return what must stand in a language; None where nothing is said of it.

        What is said of `es` goes for `es-MX` where that has nothing of its own.
        """
        if not self.translations:
            return self.source
        folded = {fold_tag(key): text for key, text in self.translations.items()}
        subtags = fold_tag(tag).split("-")
        for length in range(len(subtags), 0, -1):
            text = folded.get("-".join(subtags[:length]))
            if text is not None:
                return text
        return None
