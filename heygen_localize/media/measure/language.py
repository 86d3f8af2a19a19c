"""What a text is written in, by py3langid: Python alone, over a text of bounded length.

Only what can be told apart is told: languages that are written almost alike count as one, by the
first of their group (`core.measurement.language_group`), so their probabilities are added.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from functools import cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from heygen_localize.core.measurement import LANGUAGES_TOLD, language_group
from heygen_localize.media.measure.messages import Language

_ENOUGH = 40
"""Bytes of letters, an English one has one, a Japanese one three; of less, any language may be."""

_LOOKED_AT = 20_000
"""Characters from its beginning: more makes nothing surer."""


@cache
def _model() -> LanguageIdentifier:
    """Return py3langid's model, read once."""
    model = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    known = map(str, model.labels)
    model.set_languages([label for label in known if language_group(label) in LANGUAGES_TOLD])
    return model


def identify_text(text: str) -> Language:
    """Return what a text is written in."""
    head = text[:_LOOKED_AT]
    letters = (letter for letter in head if unicodedata.category(letter)[0] in "LM")
    if len("".join(letters).encode("utf-8", "replace")) < _ENOUGH:
        return Language()
    shares: defaultdict[str, float] = defaultdict(float)
    for language, probability in _model().rank(head):
        shares[language_group(str(language))] += float(probability)
    found = max(shares, key=lambda language: shares[language])
    return Language(found, min(1.0, round(shares[found], 2)))
