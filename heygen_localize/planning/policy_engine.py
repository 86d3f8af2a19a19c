"""Rules in CEL, compiled, checked by their types, and asked. Pure.

By Google's own engine, which bounds what a rule may cost: its length, how deeply it is nested,
and how many steps its loops take. It is an extra, loaded where a manifest has rules.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from heygen_localize.core.errors import Diagnostic, InputError, LocalizeError
from heygen_localize.core.policy import FACTS, FactKind, Facts
from heygen_localize.core.text import sanitize

if TYPE_CHECKING:
    from cel_expr_python import cel

LONGEST = 1000
"""Characters of a rule."""

_MOST_TOLD = 3
_ERROR = re.compile(r"ERROR: <input>:(-?\d+):(-?\d+): (.*)")
_NO_OVERLOAD = re.compile(r"found no matching overload for '(\S+)' applied to '\((.*)\)'")
_UNDECLARED = re.compile(r"undeclared reference to '([^']*)'")
_ENOUGH = "maximum number of ERROR issues exceeded"
# Words, wherever they stand: between a name and its parenthesis there may be a comment.
_LOOP = re.compile(r"\b(?:all|exists|exists_one|existsOne|map|filter|transform\w*)\b")
_GROWS = re.compile(r"\+|\b(?:string|bytes|map|filter|transform\w*)\b")
_COMPARISONS = frozenset({"_<_", "_<=_", "_>_", "_>=_", "_==_", "_!=_"})
_NUMBERS = frozenset({"int", "uint", "double"})


class NotInstalledError(Exception):
    """The engine is not there."""


class Engine:
    """Compiles rules, and asks them about the facts of one order after another.

    Numbers compare whatever their types: `action.cost_usd < 50`. Else types have to fit.

    Raises:
        NotInstalledError: the extra is not installed.
    """

    def __init__(self, labels: frozenset[str] = frozenset()) -> None:
        try:
            from cel_expr_python import cel
        except ImportError:
            raise NotInstalledError from None
        self._cel, self._labels = cel, labels
        overload = cel.Overload(
            "has_label_string",
            return_type=cel.Type.BOOL,
            parameters=[cel.Type.STRING],
            impl=lambda label: label in self._labels,
        )
        functions = [cel.FunctionDecl("has_label", [overload])]
        self._strict, self._loose = (
            cel.NewEnv(variables=self._variables(loose=loose), functions=functions)
            for loose in (False, True)
        )

    def _variables(self, *, loose: bool) -> dict[str, cel.Type]:
        kinds = self._cel.Type
        types = {
            FactKind.STRING: kinds.STRING,
            FactKind.BOOL: kinds.BOOL,
            FactKind.INT: kinds.DYN if loose else kinds.INT,
            FactKind.NUMBER: kinds.DYN if loose else kinds.DOUBLE,
            FactKind.STRINGS: kinds.List(kinds.STRING),
        }
        return {name: types[known.kind] for name, known in FACTS.items()}

    def compiled(self, expression: str) -> Program:
        """Return a rule that can be asked.

        Raises:
            LocalizeError: it is no expression of CEL, its types do not fit, or it says neither
                yes nor no; with every mistake.
        """
        if len(expression) > LONGEST:
            raise InputError(
                "policy_invalid",
                f"a rule has at most {LONGEST:,} characters, and this one {len(expression):,}",
                "divide it: every rule has to be true",
            )
        if _LOOP.search(expression) and _GROWS.search(expression):
            # What a loop makes at each of its steps is kept until its end.
            raise InputError(
                "policy_invalid",
                "a rule with a loop has neither + nor string(), bytes(), map() or filter()",
                "loops are all, exists and exists_one; in a text, + is written \\x2b",
            )
        try:
            found = self._strict.compile(expression)
        except (RuntimeError, TypeError, ValueError) as error:
            mistakes = list(_mistakes(str(error)))
            if mistakes:
                raise LocalizeError.of(mistakes[:_MOST_TOLD]) from None
            found = self._compared(expression)
        if found.return_type().name() != self._cel.Type.BOOL.name():
            raise InputError(
                "policy_invalid",
                f"a rule is true or false, and this one is of type "
                f"{found.return_type().name().lower()}",
                "compare it with something",
            )
        return Program(found)

    def _compared(self, expression: str) -> cel.Expression:
        """Compile what compares numbers of different types, which CEL does as it runs."""
        try:
            return self._loose.compile(expression)
        except RuntimeError as error:
            raise InputError("policy_invalid", sanitize(str(error), 300)) from None


class Program:
    """A rule that can be asked."""

    def __init__(self, expression: cel.Expression) -> None:
        self._expression = expression

    def refuses(self, facts: Facts) -> tuple[bool, str | None]:
        """Return whether the rule is not true of an order, and why that could not be decided.

        What cannot be decided is refused.
        """
        data = {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in facts.items()
        }
        try:
            value = self._expression.eval(data=data).plain_value()
        except RuntimeError as error:
            return True, sanitize(str(error), 200)
        if isinstance(value, bool):
            return not value, None
        return True, sanitize(str(value), 200)


def _mistakes(told: str) -> Iterator[Diagnostic]:
    """Read what the compiler said, but for comparisons of numbers of different types."""
    found = [(int(line), int(at), words) for line, at, words in _ERROR.findall(told)]
    if not found:
        yield Diagnostic("policy_invalid", f"this is no expression of CEL: {sanitize(told, 200)}")
    for line, at, words in found:
        message, hint = _in_words(words)
        if message is None or words.startswith(_ENOUGH):
            continue
        place = f" (line {line}, character {at})" if line > 1 else f" (character {at})"
        yield Diagnostic("policy_invalid", message + (place if at > 0 else ""), hint=hint)


def _in_words(words: str) -> tuple[str | None, str | None]:
    overload, undeclared = _NO_OVERLOAD.match(words), _UNDECLARED.match(words)
    if overload is not None:
        kinds = overload[2].split(", ")
        if overload[1] in _COMPARISONS and _NUMBERS.issuperset(kinds):
            return None, None
        name = overload[1].strip("_") or overload[1]
        numbers = overload[1].startswith("_") and _NUMBERS.issuperset(kinds)
        hint = "write whole numbers with a point beside others: 2.0" if numbers else None
        return sanitize(f"{name} does not go with {' and '.join(kinds)}"), hint
    if undeclared is not None and undeclared[1] == "has_label":
        return "has_label takes one text, the label", None
    if undeclared is not None:
        from difflib import get_close_matches

        near = get_close_matches(undeclared[1], FACTS, 1)
        hint = f"did you mean {near[0]}?" if near else "docs/policy.md lists what rules ask about"
        return sanitize(f"there is no {undeclared[1]!r}"), hint
    return sanitize(words.partition(" expecting ")[0], 200), None
