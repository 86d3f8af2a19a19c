"""Rules over what a plan orders, as its manifest has them, and what they may ask about. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType

from msgspec import Struct

from heygen_localize.core.errors import NOWHERE, Where

Fact = str | bool | int | float | tuple[str, ...]
"""What a rule asks about: one value, or the labels."""

Facts = Mapping[str, Fact]
"""The facts of one order by their names: `action.cost_usd`."""


class FactKind(Enum):
    """The types of facts, by the names that CEL has for them."""

    STRING = "string"
    BOOL = "bool"
    INT = "int"
    NUMBER = "double"
    STRINGS = "list(string)"


class Known(Struct, frozen=True):
    """What rules may ask about: its type, what a test has that gives none, and what it is."""

    kind: FactKind
    otherwise: Fact
    about: str


_S, _N, _I, _B = FactKind.STRING, FactKind.NUMBER, FactKind.INT, FactKind.BOOL

FACTS: Mapping[str, Known] = MappingProxyType(
    {
        "action.kind": Known(_S, "create", "create, replace, retry, recreate or propose"),
        "action.reason": Known(_S, "new", "why, in the word of plan --format json"),
        "action.cost_usd": Known(_N, 0.0, "what the order costs now; infinite where unknown"),
        "action.seconds": Known(_N, 0.0, "seconds of video; infinite where unknown"),
        "action.after_approval_usd": Known(_N, 0.0, "what its render costs later, if proofread"),
        "target.address": Known(_S, "video/es-MX", "such as intro/es-MX"),
        "target.video": Known(_S, "video", "the id of the video"),
        "target.language": Known(_S, "es-MX", "the tag of the language"),
        "target.language_name": Known(_S, "Spanish (Mexico)", "HeyGen's name of the language"),
        "target.kind": Known(_S, "translation", "translation or lipsync"),
        "target.mode": Known(_S, "speed", "speed or precision"),
        "target.team": Known(_S, "", "the team; empty where there is none"),
        "target.priority": Known(_I, 0, "the priority"),
        "target.revision": Known(_I, 1, "the revision"),
        "target.title": Known(_S, "", "the title at HeyGen; empty where there is none"),
        "target.source": Known(_S, "https://cdn.example.com/video.mp4", "as the manifest has it"),
        "target.proofread": Known(_B, False, "whether people review its subtitles first"),
        "target.audio_only": Known(_B, False, "translate_audio_only"),
        "plan.cost_usd": Known(_N, 0.0, "what the whole plan costs; infinite where unknown"),
        "plan.orders": Known(_I, 1, "how many orders the plan has"),
        "plan.videos": Known(_I, 1, "of how many videos these are"),
        "plan.languages": Known(_I, 1, "in how many languages"),
        "project": Known(_S, "project", "the project"),
        "labels": Known(FactKind.STRINGS, (), "the labels that were given"),
    }
)


class PolicyRule(Struct, frozen=True):
    """A rule that every order has to fit: an expression in CEL that is to be true of it."""

    name: str
    expression: str
    message: str | None = None
    where: Where = NOWHERE


class PolicyCase(Struct, frozen=True):
    """A test of the rules: an order's facts, and the names of the rules that are to refuse it."""

    name: str
    given: Facts
    refused_by: tuple[str, ...]
    where: Where = NOWHERE

    @property
    def facts(self) -> Facts:
        """All facts of the order: what is not given has its default."""
        found = {name: known.otherwise for name, known in FACTS.items()} | dict(self.given)
        if "plan.cost_usd" not in self.given:
            found["plan.cost_usd"] = found["action.cost_usd"]
        return found


class PolicyRules(Struct, frozen=True):
    """The policy of a manifest: its rules, and the tests that stand beside them."""

    rules: tuple[PolicyRule, ...] = ()
    cases: tuple[PolicyCase, ...] = ()


class Ruling(Struct, frozen=True):
    """What became of one rule on one order: why it could not be decided, where it could not."""

    rule: PolicyRule
    address: str
    problem: str | None = None


class CaseResult(Struct, frozen=True):
    """What came of a test: the rules that refused its order."""

    case: PolicyCase
    refused_by: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether just the rules refused that were to."""
        return set(self.refused_by) == set(self.case.refused_by)
