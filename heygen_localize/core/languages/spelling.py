"""HeyGen's names: what language each one stands for, and a slug where CLDR has no tag."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Mapping
from functools import cache, lru_cache

from heygen_localize.core.languages.tags import Subtags, cldr, fold_tag, is_tag, parse
from heygen_localize.core.languages.vendor_tags import VENDOR_TAGS

# What HeyGen spells otherwise than CLDR's English does, folded.
_LANGUAGES = {"bengali": "bn", "mandarin": "cmn"}
_TERRITORIES = {"hong kong sar": "HK", "korea": "KR", "myanmar": "MM", "uk": "GB", "us": "US"}
_WHOLE_NAMES = {
    "chinese (mandarin, simplified)": "zh-CN",
    "chinese (taiwanese mandarin, traditional)": "zh-TW",
    "chinese (cantonese, traditional)": "zh-HK",
    "chinese (wu, simplified)": "wuu",
}

# Chinese is one written language or several spoken ones, depending on who writes
# the tag; these are the other ways to write the tags above.
TAG_SYNONYMS: Mapping[str, str] = {
    "zh-Hans": "zh-CN",
    "cmn-CN": "zh-CN",
    "cmn-Hans": "zh-CN",
    "cmn-Hans-CN": "zh-CN",
    "zh-Hant": "zh-TW",
    "cmn-TW": "zh-TW",
    "cmn-Hant": "zh-TW",
    "cmn-Hant-TW": "zh-TW",
    "yue": "zh-HK",
    "yue-HK": "zh-HK",
    "yue-Hant": "zh-HK",
    "yue-Hant-HK": "zh-HK",
    "wuu-CN": "wuu",
    "wuu-Hans-CN": "wuu",
}

_OTHERS = re.compile("[^a-z0-9]+")
_SHAPE = re.compile(r"(?P<language>[^()]+?)(?: \((?P<qualifiers>[^()]+)\))?")


# The few names of a lockfile are looked up again for every target of a manifest, and those of
# HeyGen with every catalog.
@lru_cache(maxsize=4096)
def fold(name: str) -> str:
    """Bring a name into the form in which two spellings of it are equal."""
    composed = name if name.isascii() else unicodedata.normalize("NFC", name)
    return " ".join(composed.casefold().split())


def without_accents(text: str) -> str:
    """Fold a text further, to what is left without its accents."""
    if text.isascii():
        return fold(text)
    decomposed = unicodedata.normalize("NFKD", fold(text))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


@cache
def _codes() -> tuple[Mapping[str, str], Mapping[str, str], Mapping[str, str]]:
    """Map the folded English names of languages, territories and scripts to their codes."""

    def by_name(names: Mapping[str, str]) -> dict[str, str]:
        return {fold(name).replace("&", "and"): code for code, name in names.items()}

    known = cldr()
    return (
        {**by_name(known.languages), **_LANGUAGES},
        {**by_name(known.territories), **_TERRITORIES},
        by_name(known.scripts),
    )


@lru_cache(maxsize=1024)
def subtags_of_name(name: str) -> Subtags | None:
    """Read "Language", "Language (Territory)" or "Language (Script, Territory)".

    Returns:
        None where the name, or a part of it, is not one that CLDR or the tables know.
    """
    folded = fold(name)
    if folded in VENDOR_TAGS:
        tag = VENDOR_TAGS[folded]
        return parse(tag) if tag else None
    return read_name(folded)


def read_name(folded: str) -> Subtags | None:
    """Read a folded name with the help of CLDR, whether or not HeyGen has it."""
    if folded in _WHOLE_NAMES:
        return parse(_WHOLE_NAMES[folded])
    languages, territories, scripts = _codes()
    shape = _SHAPE.fullmatch(folded)
    subtags = parse(languages.get(shape["language"], "")) if shape else None
    if not shape or not subtags:
        return None
    qualifiers = shape["qualifiers"]
    for qualifier in qualifiers.split(", ") if qualifiers else []:
        if qualifier in territories:
            subtags = subtags._replace(region=territories[qualifier])
        elif qualifier in scripts:
            subtags = subtags._replace(script=scripts[qualifier])
        else:
            return None
    return subtags


@lru_cache(maxsize=4096)
def fits(tag: str, name: str) -> bool:
    """Return whether a tag or slug can stand for a name: it says the same, or no region at all.

    Whatever a lockfile pins a tag to, another language it can never mean.
    """
    if fold_tag(tag) in (_hyphenated(name), _digested(name, _hyphenated(name))):
        return True
    written, meant = parse(tag), subtags_of_name(name)
    if written is None or meant is None:
        return False
    if written == meant:
        return True
    written, meant = written.modern(), meant.modern()
    return (
        written.language == meant.language
        and written.region in (None, meant.region)
        and (written.script is None or written.likely_script == meant.likely_script)
        and written.rest == meant.rest
    )


def slugs(names: Collection[str]) -> dict[str, str]:
    """Give every name a slug of lower-case ASCII and hyphens, no two the same.

    A slug that another name has too, or that might be read as a tag, gets a
    digest of its name, so the order of the names never matters.
    """
    plain = {name: _hyphenated(name) for name in names}
    uses = Counter(plain.values())
    return {
        name: slug if slug and uses[slug] == 1 and not is_tag(slug) else _digested(name, slug)
        for name, slug in plain.items()
    }


@lru_cache(maxsize=1024)
def _hyphenated(name: str) -> str:
    return _OTHERS.sub("-", without_accents(name)).strip("-")


def _digested(name: str, slug: str) -> str:
    # A name out of JSON may hold half of a surrogate pair, which UTF-8 has no bytes for.
    content = fold(name).encode(errors="backslashreplace")
    return f"{slug or 'language'}-{hashlib.sha256(content).hexdigest()[:8]}"
