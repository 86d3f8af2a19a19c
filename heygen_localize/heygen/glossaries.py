"""HeyGen's brand glossaries: the ids that `brand_glossary_id` may name, and what is in them.

Shapes: docs/vendor/heygen-v3.openapi.yaml, `brandGlossariesList`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timezone
from itertools import islice
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from heygen_localize.heygen.messages import members, text_of
from heygen_localize.planning.plan import Action, Plan, TargetAction
from heygen_localize.planning.reasons import ActionKind, Reason

GLOSSARY_ID = "brand_glossary_id"

_LONGEST_DATE = 40
_MOST_TERMS = 10_000


class GlossaryTerm(Struct, frozen=True):
    """A term of a glossary: how it is spoken, or translated, or else that it is kept."""

    term: str
    pronunciation: str | None = None
    translation: str | None = None


class Glossary(Struct, frozen=True):
    """One brand glossary. The dates are as HeyGen writes them, empty where untold.

    The list tells no `terms`; only a glossary that was asked for by its id has them.
    """

    id: str
    name: str
    created_at: str
    updated_at: str
    terms: tuple[GlossaryTerm, ...] = ()

    @property
    def changed_at(self) -> float | None:
        """When it was last changed, in seconds since 1970; None where that is not told."""
        try:
            found = datetime.fromisoformat(self.updated_at.replace("Z", "+00:00"))
            utc = found if found.tzinfo is not None else found.replace(tzinfo=timezone.utc)
            return utc.timestamp()
        except (ValueError, OverflowError):
            return None


def glossary_of(item: dict[str, Any]) -> Glossary:
    """Read one glossary of the list, which has a usable id under `GLOSSARY_ID`."""
    made, changed = (_text(item.get(key), _LONGEST_DATE) for key in ("created_at", "updated_at"))
    terms = tuple(islice(_terms(item), _MOST_TERMS))
    return Glossary(item[GLOSSARY_ID], _text(item.get("name")), made, changed, terms)


def _terms(item: dict[str, Any]) -> Iterator[GlossaryTerm]:
    """Walk over the terms of all three lists; what is no term is passed over."""
    lists = ("terms", "do_not_translate_terms", "forced_translations")
    for name in lists:
        for told in item[name] if isinstance(item.get(name), list) else ():
            names = ("term", "pronunciation", "translation")
            term, spoken, forced = (_text(members(told).get(name)) for name in names)
            if term:
                yield GlossaryTerm(term, spoken or None, forced or None)


def uses_glossaries(plan: Plan) -> bool:
    """Return whether any target that stands as it is was rendered with a glossary."""
    return any(_named(action) is not None for action in plan.actions)


def with_glossaries(plan: Plan, glossaries: Iterable[Glossary]) -> Plan:
    """Show as drifted what was rendered before its glossary was changed. It never costs."""
    changed = {item.id: item.changed_at for item in glossaries}

    def judged(action: Action) -> Action:
        name = _named(action)
        entry = action.facts.entry if isinstance(action, TargetAction) else None
        moment = changed.get(name or "")
        ordered = entry.job.created_at if entry is not None else None
        if moment is None or ordered is None or moment <= ordered:
            return action
        return replace(action, kind=ActionKind.DRIFT, reason=Reason.GLOSSARY_CHANGED)

    return replace(plan, actions=tuple(judged(action) for action in plan.actions))


def _named(action: Action) -> str | None:
    """Return the glossary of a target that is as wanted, where it has one."""
    if action.kind is not ActionKind.NONE or not isinstance(action, TargetAction):
        return None
    name = action.target.option(GLOSSARY_ID)
    return name if isinstance(name, str) and name else None


def _text(value: object, longest: int = 200) -> str:
    return text_of(value, longest) or ""
