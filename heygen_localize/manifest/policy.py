"""The manifest's `policy`: rules in CEL, compiled where that can be, and tests beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from msgspec.structs import replace

from heygen_localize.core.errors import LocalizeError
from heygen_localize.core.policy import (
    FACTS,
    Fact,
    FactKind,
    PolicyCase,
    PolicyRule,
    PolicyRules,
)
from heygen_localize.manifest.diagnostics import Diagnostics, did_you_mean
from heygen_localize.manifest.document import Document, as_mapping
from heygen_localize.manifest.places import Trail
from heygen_localize.planning.policy_engine import Engine, NotInstalledError

_RULES: Trail = ("policy", "rules")
_CASES: Trail = ("policy", "tests")
_MOST = 10**12
_MOST_MISTAKEN = 5
"""Rules with mistakes that are told: what is no rule may take long to be found out."""

_TYPES: Mapping[FactKind, tuple[type, ...]] = {
    FactKind.STRING: (str,),
    FactKind.BOOL: (bool,),
    FactKind.INT: (int,),
    FactKind.NUMBER: (),
    FactKind.STRINGS: (),
}
_WORDS = {
    FactKind.STRING: "a text",
    FactKind.BOOL: "true or false",
    FactKind.INT: "a whole number",
    FactKind.NUMBER: "a number",
    FactKind.STRINGS: "a list of texts",
}


def read_policy(document: Document, diagnostics: Diagnostics) -> PolicyRules:
    """Read the rules and their tests; mistakes in them go to `diagnostics`.

    Without the engine the rules are taken as they are: what has to ask them refuses.
    """
    rules = tuple(_rules(document))
    with suppress(NotInstalledError):
        engine = Engine()
        mistaken = 0
        for rule in rules:
            mistaken += not _compiles(rule, engine, diagnostics)
            if mistaken == _MOST_MISTAKEN:
                break
    return PolicyRules(rules, tuple(_cases(document, rules, diagnostics)))


def _compiles(rule: PolicyRule, engine: Engine, diagnostics: Diagnostics) -> bool:
    try:
        engine.compiled(rule.expression)
    except LocalizeError as mistakes:
        for told in mistakes.problems:
            message = f"the rule {rule.name}: {told.message}"
            diagnostics.add(replace(told, message=message, where=rule.where))
        return False
    return True


def _rules(document: Document) -> Iterator[PolicyRule]:
    for name, given in as_mapping(document.get(_RULES)).items():
        trail = (*_RULES, name)
        if isinstance(given, str):
            yield PolicyRule(name, given, where=document.at(trail))
        text, message = (as_mapping(given).get(key) for key in ("require", "message"))
        if isinstance(text, str):
            said = message if isinstance(message, str) else None
            yield PolicyRule(name, text, said, document.at((*trail, "require")))


def _cases(
    document: Document, rules: tuple[PolicyRule, ...], diagnostics: Diagnostics
) -> Iterator[PolicyCase]:
    given = document.get(_CASES)
    names = {rule.name for rule in rules}
    for number, case in enumerate(given if isinstance(given, list) else ()):
        trail = (*_CASES, number)
        if not isinstance(case, dict):
            continue
        refused_by = case.get("refused_by")
        listed = refused_by if isinstance(refused_by, list) else []
        wanted = [name for name in listed if isinstance(name, str)]
        for name in wanted:
            if name not in names:
                diagnostics.error(
                    "policy_rule_unknown",
                    f"there is no rule {name!r}",
                    document.at((*trail, "refused_by")),
                    did_you_mean(name, sorted(names)),
                )
        facts = dict(_given(document, (*trail, "given"), case.get("given"), diagnostics))
        told = case.get("name")
        name = told if isinstance(told, str) else f"test {number + 1}"
        yield PolicyCase(name, facts, tuple(wanted), document.at(trail))


def _given(
    document: Document, trail: Trail, given: Any, diagnostics: Diagnostics
) -> Iterator[tuple[str, Fact]]:
    """Walk over what a test gives: `{action: {cost_usd: 60}}` is `action.cost_usd`."""
    for part, value in as_mapping(given).items():
        inner = value.items() if isinstance(value, dict) else [(None, value)]
        for member, fact in inner:
            name = part if member is None else f"{part}.{member}"
            where = document.at((*trail, part) if member is None else (*trail, part, member))
            known = FACTS.get(name)
            if known is None:
                hint = did_you_mean(name, FACTS) or "docs/policy.md lists what rules ask about"
                diagnostics.error("policy_fact_unknown", f"there is no {name!r}", where, hint)
                continue
            typed = _typed(fact, known.kind)
            if typed is None:
                message = f"{name} is {_WORDS[known.kind]}"
                diagnostics.error("policy_fact_type", message, where)
                continue
            yield name, typed


def _typed(fact: Any, kind: FactKind) -> Fact | None:
    """Return a value as rules have it; None where it is of another type, or beyond its bounds."""
    if isinstance(fact, list):
        texts = tuple(item for item in fact if isinstance(item, str))
        return texts if kind is FactKind.STRINGS and len(texts) == len(fact) else None
    if isinstance(fact, bool) and kind is not FactKind.BOOL:
        return None
    if kind is FactKind.NUMBER and isinstance(fact, (int, float)) and abs(fact) <= _MOST:
        return float(fact)
    if kind is FactKind.INT and isinstance(fact, int) and abs(fact) > _MOST:
        return None
    if isinstance(fact, (str, int, bool)) and isinstance(fact, _TYPES[kind]):
        return fact
    return None
