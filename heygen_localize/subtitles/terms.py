"""Terms that must stay, or must be translated as given, looked for cue by cue."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from msgspec import Struct

from heygen_localize.core.terms import Term
from heygen_localize.subtitles.alignment import shown_together
from heygen_localize.subtitles.transcript import Transcript
from heygen_localize.subtitles.wording import bare

_UNSPACED = (
    (0x0E00, 0x0FFF),  # Thai, Lao, Tibetan
    (0x1000, 0x109F),  # Burmese
    (0x1780, 0x17FF),  # Khmer
    (0x3005, 0x30FF),  # kana
    (0x31F0, 0x31FF),
    (0x3400, 0x9FFF),  # Han
    (0xAC00, 0xD7AF),  # Hangul: particles stand behind a word without a space
    (0xF900, 0xFAFF),
    (0xFF66, 0xFF9F),
    (0x20000, 0x3FFFF),
)
"""Code points of scripts in which no space tells where a word ends."""


class TermFinding(Struct, frozen=True):
    """A cue without the term that its source calls for; a warning.

    `cue` is its place among the reviewed cues and `line` where it begins, both from 1.
    """

    term: str
    required: str
    message: str
    line: int
    cue: int


def check_terms(
    source: Transcript | None, reviewed: Transcript, terms: Sequence[Term], tag: str
) -> tuple[TermFinding, ...]:
    """Find reviewed cues in which a term of the source is neither kept nor translated as told.

    A term counts as a whole word in the source, in any case if it is written in lower
    case; in the translation its letters are enough, since languages inflect. Without
    a source there is nothing to say.
    """
    told = [(term.source, term.required(tag)) for term in terms if _plain(term.source)]
    pairs = [(term, required) for term, required in told if required is not None]
    if source is None or not pairs:
        return ()
    together = shown_together(
        [cue.times for cue in source.cues], [cue.times for cue in reviewed.cues]
    )
    numbered = {cue.number: place for place, cue in enumerate(reviewed.cues)}
    texts = [_Text(cue.text) for cue in reviewed.cues]
    found: dict[tuple[int, str], TermFinding] = {}
    for cue, places in zip(source.cues, together, strict=True):
        if not places and cue.number is not None and cue.number in numbered:
            places = (numbered[cue.number],)
        original = _Text(cue.text)
        for term, required in pairs:
            if not places or not original.has_word(term):
                continue
            if not any(texts[place].contains(required) for place in places):
                place, line = places[0], reviewed.cues[places[0]].line
                wanted = "must stay as it is" if term == required else f"must be {required!r}"
                message = f"{term!r} {wanted} in cue {place + 1}"
                found[place, term] = TermFinding(term, required, message, line, place + 1)
    return tuple(found[key] for key in sorted(found))


class _Text:
    """The words of a cue, in the forms in which terms are looked for."""

    def __init__(self, text: str) -> None:
        forms = dict.fromkeys((_plain(text), _plain(text.replace("\n", ""))))
        self._exact = tuple(forms)
        self._folded = tuple(_folded(form) for form in forms)

    def has_word(self, term: str) -> bool:
        words, forms = self._look_for(term)
        return any(_is_word(words, form) for form in forms)

    def contains(self, required: str) -> bool:
        words, forms = self._look_for(required)
        return any(words in form for form in forms)

    def _look_for(self, term: str) -> tuple[str, tuple[str, ...]]:
        words = _plain(term)
        if words != words.lower():
            forms = self._exact
        else:
            words, forms = _folded(words), self._folded
        # Where words are joined a line may break inside of one; elsewhere only between them.
        return words, forms if words and not any(map(_is_joined, words)) else forms[:1]


def _plain(text: str) -> str:
    """Leave out markup and what cannot be seen (marks of direction), and join the lines."""
    visible = "".join(char for char in bare(text) if unicodedata.category(char) != "Cf")
    return " ".join(unicodedata.normalize("NFC", visible).split())


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", text.casefold())


def _is_word(word: str, text: str) -> bool:
    place = text.find(word)
    while place >= 0:
        end = place + len(word)
        if not (
            _joins(text[max(0, place - 1) : place], word[0])
            or _joins(text[end : end + 1], word[-1])
        ):
            return True
        place = text.find(word, place + 1)
    return False


def _joins(neighbour: str, edge: str) -> bool:
    return neighbour != "" and _is_joined(neighbour) and _is_joined(edge)


def _is_joined(char: str) -> bool:
    """Return whether a character is part of a word that a space or a sign must end."""
    if not (char.isalnum() or char == "_" or unicodedata.category(char).startswith("M")):
        return False
    return not any(first <= ord(char) <= last for first, last in _UNSPACED)
