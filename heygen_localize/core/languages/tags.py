"""Language tags: reading them, and what CLDR knows about their subtags."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import NamedTuple

_SHAPE = re.compile(
    r"(?:zh-(?=(?:cmn|wuu|yue)(?:-|$)))?"  # older tags say zh-yue where yue stands today
    r"(?P<language>[a-z]{2,3})"
    r"(?:-(?P<script>[a-z]{4}))?"
    r"(?:-(?P<region>[a-z]{2}|[0-9]{3}))?"
    r"(?:-(?P<rest>[a-z0-9]+(?:-[a-z0-9]+)*))?"
)


class Cldr(NamedTuple):
    """The part of CLDR that languages need; its keys join subtags with `_`, as babel does."""

    languages: Mapping[str, str]
    territories: Mapping[str, str]
    scripts: Mapping[str, str]
    language_aliases: Mapping[str, str]
    territory_aliases: Mapping[str, list[str]]
    likely_subtags: Mapping[str, str]
    parents: Mapping[str, str]


@cache
def cldr() -> Cldr:
    """Load CLDR once: the English names, by code, and the tables about codes."""
    # Babel and its data cost some 60 ms, which `localize --help` need not pay.
    from babel.core import Locale, get_global

    english = Locale("en")
    # "no" covers Bokmål and Nynorsk, and in practice means the first. CLDR reads
    # cmn as zh, but then cmn-HK would be zh-HK, which everyone takes for Cantonese.
    aliases = {**get_global("language_aliases"), "no": "nb", "nor": "nb"}
    del aliases["cmn"]
    return Cldr(
        languages=english.languages,
        territories=english.territories,
        scripts=english.scripts,
        language_aliases=aliases,
        territory_aliases=get_global("territory_aliases"),
        likely_subtags=get_global("likely_subtags"),
        parents=get_global("parent_exceptions"),
    )


class Subtags(NamedTuple):
    """A language tag taken apart; `str()` puts it together again.

    Attributes:
        language: The language code, in lower case.
        script: The script code in title case, where one is written.
        region: The territory code in upper case, where one is written.
        rest: Variants and extensions as one text. HeyGen has nothing of the
            kind, but a tag that asks for one must not pass for one that does not.
    """

    language: str
    script: str | None = None
    region: str | None = None
    rest: str | None = None

    def __str__(self) -> str:
        return "-".join(filter(None, self))

    @property
    def likely_script(self) -> str | None:
        """The script in which this language is written here, or None if CLDR has no idea."""
        if self.script:
            return self.script
        likely = cldr().likely_subtags
        expanded = likely.get(f"{self.language}_{self.region}") or likely.get(self.language)
        return expanded.split("_")[1] if expanded else None

    def without_likely_script(self) -> Subtags:
        """Leave out a script that goes without saying: az-Latn-AZ is az-AZ."""
        short = self._replace(script=None)
        return short if short.likely_script == self.script else self

    def modern(self) -> Subtags:
        """Replace codes that others have taken the place of: iw by he, UK by GB."""
        alias = parse(cldr().language_aliases.get(self.language, "")) or self
        region = self.region or alias.region
        successors = cldr().territory_aliases.get(region or "", [])
        return Subtags(
            language=alias.language,
            script=self.script or alias.script,
            region=successors[0] if len(successors) == 1 else region,
            rest=self.rest,
        )


# The few tags of a lockfile are compared again for every target of a manifest.
@lru_cache(maxsize=4096)
def fold_tag(text: str) -> str:
    """Bring a tag or a slug into the form in which two writings of it are equal."""
    return text.strip().replace("_", "-").lower()


def parse(text: str) -> Subtags | None:
    """Take a tag apart, in any case and with `-` or `_`; None if it does not look like one."""
    match = _SHAPE.fullmatch(fold_tag(text))
    if not match:
        return None
    script, region = match["script"], match["region"]
    return Subtags(
        language=match["language"],
        script=script and script.title(),
        region=region and region.upper(),
        rest=match["rest"],
    )


def is_tag(text: str) -> bool:
    """Tell a tag of language, script and region from a slug."""
    subtags = parse(text)
    return subtags is not None and subtags.rest is None


def distance(offered: Subtags, wanted: Subtags) -> tuple[bool, ...]:
    """Rank a tag as a substitute for another of the same language; the least is the best.

    The same region comes first, whatever the script; then the varieties that
    CLDR derives from the one wanted, as es-MX from es-419; then the same
    script; then the plain language; then varieties so well known that English
    has a name for them, such as Mexican Spanish.
    """
    code = f"{offered.language}_{offered.region}"
    return (
        offered.region != wanted.region,
        cldr().parents.get(code) != f"{wanted.language}_{wanted.region}",
        offered.likely_script != wanted.likely_script,
        offered.region is not None,
        code not in cldr().languages,
    )
