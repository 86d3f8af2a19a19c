"""The manifest's `budgets`: amounts for periods, of everything, of languages and of teams."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from heygen_localize.core.budgets import Budget, Budgets, Period
from heygen_localize.core.errors import InputError
from heygen_localize.core.languages import Language
from heygen_localize.core.model import Target
from heygen_localize.manifest.diagnostics import Diagnostics, did_you_mean
from heygen_localize.manifest.document import Document, as_mapping
from heygen_localize.manifest.languages import LanguageIndex, named_twice
from heygen_localize.manifest.places import Trail

_BUDGETS: Trail = ("budgets",)
_TEAMS: Trail = ("budgets", "teams")
_OWN = ("total", "teams", "timezone")
_AMOUNT = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,2})?) ?/ ?([a-z]+)")


def read_budgets(
    document: Document, index: LanguageIndex, targets: Iterable[Target], diagnostics: Diagnostics
) -> Budgets:
    """Read the budgets of the manifest, in its order; mistakes in them go to `diagnostics`."""
    given = as_mapping(document.data.get("budgets"))
    if not given:
        return Budgets()
    wanted = tuple(targets)
    items = [
        *_amounts(document, ("budgets", "total"), Budget("total", 0, Period.ONCE), diagnostics)
    ]
    items += _of_languages(document, index, wanted, diagnostics)
    teams = {team for target in wanted if isinstance(team := target.setting("team"), str)}
    for team in as_mapping(document.get(_TEAMS)):
        trail = (*_TEAMS, team)
        if team not in teams:
            diagnostics.error(
                "budget_team_unknown",
                f"no video is of the team {team!r}",
                document.at_key(trail),
                did_you_mean(team, sorted(teams)) or f"write team: {team} at its videos",
            )
        items += _amounts(document, trail, Budget(team, 0, Period.ONCE, team=team), diagnostics)
    zone = given.get("timezone")
    return Budgets(tuple(items), _offset(zone) if isinstance(zone, str) else 0)


def _of_languages(
    document: Document, index: LanguageIndex, targets: Iterable[Target], diagnostics: Diagnostics
) -> Iterator[Budget]:
    """Walk over the budgets of languages and of groups, each of which some video has."""
    used = {target.language for target in targets}
    spellings: dict[Language, str] = {}
    for name in as_mapping(document.data.get("budgets")):
        if name in _OWN:
            continue
        trail = (*_BUDGETS, name)
        where = document.at_key(trail)
        try:
            languages, complete = index.members(name)
        except InputError as mistake:
            diagnostics.mistake(mistake, where)
            continue
        if complete and used and used.isdisjoint(languages):
            diagnostics.error(
                "budget_language_unused",
                f"no video is wanted in {name!r}, which has a budget",
                where,
                f"among the languages are {', '.join(sorted({one.tag for one in used})[:5])}",
            )
        if not index.is_group(name):
            (language,) = languages
            if language in spellings:
                diagnostics.mistake(named_twice(language, name, spellings[language]), where)
            spellings[language] = name
        plain = Budget(name, 0, Period.ONCE, languages=languages)
        yield from _amounts(document, trail, plain, diagnostics)


def _amounts(
    document: Document, trail: Trail, plain: Budget, diagnostics: Diagnostics
) -> Iterator[Budget]:
    """Walk over the amounts that stand at a trail; two of one period are a mistake."""
    value = document.get(trail)
    places = [(trail, value)]
    if isinstance(value, list):
        places = [((*trail, number), item) for number, item in enumerate(value)]
    periods: set[Period] = set()
    for place, text in places:
        found = _AMOUNT.fullmatch(text) if isinstance(text, str) else None
        if found is None:
            continue  # the schema has told it, or it is null
        where, usd, period = document.at(place), float(found[1]), Period(found[2])
        if usd <= 0:
            diagnostics.error(
                "budget_zero",
                "a budget is more than 0 USD",
                where,
                "what is not to be ordered has skip: with the reason, or is taken out",
            )
        if period in periods:
            diagnostics.error(
                "budget_twice",
                f"{plain.name!r} has two budgets for one period ({period.value})",
                where,
                "keep one of them",
            )
        periods.add(period)
        yield Budget(plain.name, usd, period, plain.languages, plain.team, where)


def _offset(zone: str) -> int:
    """Return how many minutes a zone is before UTC; 0 for what is none, which the schema tells."""
    found = re.fullmatch(r"([+-])(\d\d):(\d\d)", zone)
    if found is None:
        return 0
    minutes = int(found[2]) * 60 + int(found[3])
    return -minutes if found[1] == "-" else minutes
