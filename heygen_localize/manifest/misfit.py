"""One way in which a document does not fit the schema, in a sentence for a person."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from jsonschema.exceptions import ValidationError

from heygen_localize.core.fingerprint import Json
from heygen_localize.manifest.diagnostics import did_you_mean, listed
from heygen_localize.manifest.document import Trail

_LONGEST = 60

_TYPES = {
    "string": "text",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "array": "a list",
    "object": "a mapping",
}

_EXPECTED: dict[str, Callable[[Any], str]] = {
    "enum": lambda values: f"one of {listed(value for value in values if value is not None)}",
    "const": lambda value: f"{value} (there is no other yet)",
    "minimum": lambda bound: f"at least {bound}",
    "maximum": lambda bound: f"at most {bound:,}",
    "exclusiveMinimum": lambda bound: f"more than {bound}",
    "minLength": lambda _: "text that is not empty",
    "minProperties": lambda _: "a mapping that is not empty",
    "minItems": lambda _: "a list that is not empty",
}

_BOOLEANS_OF_YAML_1_1 = frozenset({"yes", "no", "on", "off", "y", "n"})


@dataclass(frozen=True)
class Misfit:
    """A keyword of the schema that a value violates.

    `trail` leads to `value`, or to the mapping whose key it is (`is_key`);
    `schema` is the part that holds the keyword, `bound` what the keyword says.
    """

    trail: Trail
    value: Any
    is_key: bool
    keyword: str
    bound: Any
    schema: dict[str, Any]

    @classmethod
    def of(cls, error: ValidationError) -> Misfit:
        """Take what counts from an error of the validator."""
        return cls(
            trail=tuple(error.absolute_path),
            value=error.instance,
            is_key="propertyNames" in error.absolute_schema_path,
            keyword=str(error.validator),
            bound=error.validator_value,
            schema=dict(error.schema) if isinstance(error.schema, dict) else {},
        )

    def expected(self) -> str:
        """Say what the value should be, so that it fits after "should be"."""
        if self.keyword == "type":
            types = [self.bound] if isinstance(self.bound, str) else self.bound
            return " or ".join(_TYPES[name] for name in types if name != "null")
        if self.keyword == "pattern":
            return f"written otherwise ({self.rule()})"
        return _EXPECTED[self.keyword](self.bound)

    def rule(self) -> str:
        """Say what a pattern asks for."""
        message = str(self.schema["patternErrorMessage"])
        return message[0].lower() + message[1:].rstrip(".")

    def found(self) -> str:
        """Say what the value is, shortened."""
        return _shown(self.value)

    def hint(self) -> str | None:
        """Explain the usual surprises of types in YAML, or suggest the value that was meant."""
        if self.keyword == "enum" and isinstance(self.value, str):
            return did_you_mean(self.value, [value for value in self.bound if value is not None])
        if self.keyword != "type":
            return None
        if "string" in self.bound and isinstance(self.value, (bool, int, float)):
            return f'put it in quotes to make it text: "{self.found()}"'
        if "boolean" in self.bound and str(self.value).lower() in _BOOLEANS_OF_YAML_1_1:
            return "YAML 1.2 knows true and false only"
        if "array" in self.bound and isinstance(self.value, str):
            return "write a list, even of one: [...]"
        return None


def _shown(value: Json) -> str:
    if value is None or value == "":
        return "empty"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return repr(value if len(value) <= _LONGEST else f"{value[: _LONGEST - 1]}…")
    if isinstance(value, list):
        return "a list" if value else "an empty list"
    return "a mapping" if isinstance(value, dict) else str(value)
