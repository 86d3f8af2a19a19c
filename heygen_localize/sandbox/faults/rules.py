"""Fault rules as text, and the dice that decide when they strike."""

from __future__ import annotations

import random
import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from heygen_localize.sandbox.faults.kinds import FAULTS, FaultKind, Parameter, Stage

_SHAPE = "NAME=PROBABILITY[:PARAM] on METHOD[ PATH-GLOB][ times N][ after N]"
_RULE = re.compile(
    r"(?P<name>\w+)=(?P<probability>[0-9.]+)(:(?P<parameter>.*))?"
    r" on (?P<method>[A-Z]+|\*)( (?P<glob>[/*]\S*))?(?P<counts>( (times|after) [0-9]+)*)"
)
_BYTES = re.compile(r"[0-9]{1,15}")
_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?")


@dataclass(frozen=True)
class Rule:
    """One fault rule.

    Attributes:
        name: The fault, a key of `FAULTS`.
        probability: From 0 to 1, for each request that the rule is about.
        parameter: The fault's parameter, as text.
        method: The HTTP method, or ``*`` for any.
        glob: The paths it is about; ``*`` matches slashes too.
        times: How often it strikes at most; None for no end.
        after: How many requests it lets pass first.
    """

    name: str
    probability: float
    parameter: str
    method: str
    glob: str
    times: int | None
    after: int

    @property
    def kind(self) -> FaultKind:
        """The kind of fault that the rule calls for."""
        return FAULTS[self.name]


@dataclass(frozen=True)
class Visit:
    """What the dice must know of a request.

    Attributes:
        method: The HTTP method.
        path: The path without the query.
        endpoint: The name of the endpoint; empty if there is none.
        later_page: Whether it asks for a page after the first.
    """

    method: str
    path: str
    endpoint: str
    later_page: bool


@dataclass(frozen=True)
class ActiveFaults:
    """The faults that strike one request, with their parameters."""

    parameters: Mapping[str, str] = field(default_factory=dict)

    def __contains__(self, name: str) -> bool:
        return name in self.parameters

    def seconds(self, name: str) -> float:
        """Return a fault's parameter in seconds; 0 where it does not strike."""
        return float(self.parameters.get(name, "0"))

    def text(self, name: str) -> str | None:
        """Return a fault's parameter; None where it does not strike."""
        return self.parameters.get(name)

    def at(self, stage: Stage) -> str | None:
        """Return the name of the first fault that strikes at a stage, if any does."""
        return next((name for name in self.parameters if FAULTS[name].stage is stage), None)


def _refuse(text: str, problem: str) -> ValueError:
    names = ", ".join(FAULTS)
    return ValueError(f"fault rule '{text}': {problem}. Write: {_SHAPE}. Names: {names}")


def _parameter(text: str, name: str, given: str | None) -> str:
    kind = FAULTS[name]
    if given is None:
        return kind.default
    if kind.parameter is Parameter.NONE:
        raise _refuse(text, f"'{name}' takes no parameter")
    if kind.parameter is Parameter.SECONDS and not _NUMBER.fullmatch(given):
        raise _refuse(text, f"'{given}' is not a number of seconds")
    if kind.parameter is Parameter.BYTES and not _BYTES.fullmatch(given):
        raise _refuse(text, f"'{given}' is not a number of bytes")
    return given


def parse_rule(text: str) -> Rule:
    """Return the rule that a text such as ``drop_after=0.1 on POST times 2`` stands for.

    Raises:
        ValueError: If it is none; the message lists the names of the faults.
    """
    match = _RULE.fullmatch(text.strip())
    if match is None:
        raise _refuse(text, "not a rule")
    name = match["name"]
    if name not in FAULTS:
        raise _refuse(text, f"no fault is called '{name}'")
    if not _NUMBER.fullmatch(match["probability"]) or float(match["probability"]) > 1:
        raise _refuse(text, "the probability must be from 0 to 1")
    words = match["counts"].split()
    counts = {word: int(number) for word, number in zip(words[::2], words[1::2], strict=True)}
    return Rule(
        name=name,
        probability=float(match["probability"]),
        parameter=_parameter(text, name, match["parameter"]),
        method=match["method"],
        glob=match["glob"] or "*",
        times=counts.get("times"),
        after=counts.get("after", 0),
    )


def _is_about(rule: Rule, visit: Visit) -> bool:
    kind = rule.kind
    return (
        rule.method in ("*", visit.method)
        and fnmatchcase(visit.path, rule.glob)
        and (not kind.endpoints or visit.endpoint in kind.endpoints)
        and (visit.later_page or not kind.later_pages)
    )


class _Die:
    """One rule with its own luck and its own count."""

    def __init__(self, rule: Rule, seed: str) -> None:
        self.rule = rule
        # A run must be the same again under the same seed.
        self._random = random.Random(seed)  # noqa: S311 nothing here is a secret
        self._seen = 0
        self._struck = 0

    def throw(self, visit: Visit) -> bool:
        if not _is_about(self.rule, visit):
            return False
        self._seen += 1
        if self._seen <= self.rule.after or self._struck == self.rule.times:
            return False
        if self._random.random() >= self.rule.probability:
            return False
        self._struck += 1
        return True


class Dice:
    """Decides which rules strike a request; the same again for the same seed.

    Args:
        rules: Rules as text.
        seed: Makes the luck repeatable, request by request.

    Raises:
        ValueError: If a rule is none.
    """

    def __init__(self, rules: Sequence[str], seed: int) -> None:
        parsed = sorted(map(parse_rule, rules), key=lambda rule: rule.kind.stage)
        self._dice = [_Die(rule, f"{seed}:{place}") for place, rule in enumerate(parsed)]
        self._lock = threading.Lock()

    def throw(self, visit: Visit) -> ActiveFaults:
        """Return the faults that strike a request.

        Once one strikes before the work, the later ones are left unthrown, so
        that their ``times`` count only what a caller can notice.
        """
        faults: dict[str, str] = {}
        with self._lock:
            for die in self._dice:
                if die.rule.name not in faults and die.throw(visit):
                    faults[die.rule.name] = die.rule.parameter
                    if die.rule.kind.stage is Stage.BEFORE:
                        break
        return ActiveFaults(faults)
