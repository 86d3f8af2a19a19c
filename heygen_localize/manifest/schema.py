"""Holds a document against the JSON schema, and words what does not fit for a person."""

from __future__ import annotations

import json
from collections.abc import Callable
from enum import Enum
from functools import cache
from itertools import islice
from typing import Any

from jsonschema_rs import Draft202012Validator, ValidationError, ValidationErrorKind
from msgspec import Struct

from heygen_localize.core.fingerprint import Json
from heygen_localize.manifest.diagnostics import MOST_ERRORS, Diagnostics, did_you_mean
from heygen_localize.manifest.document import Document, Trail
from heygen_localize.system.resources import schema_text

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
    "enum": lambda values: f"one of {', '.join(value for value in values if value is not None)}",
    "const": lambda value: f"{value} (there is no other yet)",
    "minimum": lambda bound: f"at least {bound}",
    "maximum": lambda bound: f"at most {bound:,}",
    "exclusiveMinimum": lambda bound: f"more than {bound}",
    "minLength": lambda _: "text that is not empty",
    "minProperties": lambda _: "a mapping that is not empty",
    "minItems": lambda _: "a list that is not empty",
}

_BOOLEANS_OF_YAML_1_1 = frozenset({"yes", "no", "on", "off", "y", "n"})


class SchemaViolation(Struct, frozen=True):
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
    def of(cls, error: ValidationError, schema: Any) -> SchemaViolation:
        """Return what counts of an error of the validator, which was made of this schema."""
        path, value, is_key = list(error.schema_path), error.instance, False
        if isinstance(error.kind, ValidationErrorKind.PropertyNames):
            value, is_key = error.kind.error.instance, True
        for step in path[:-1]:
            schema = schema[step]
        return cls(
            tuple(error.instance_path), value, is_key, str(path[-1]), schema[path[-1]], schema
        )

    def expected(self) -> str:
        """Return what the value should be, so that it fits after "should be"."""
        if self.keyword == "type":
            types = [self.bound] if isinstance(self.bound, str) else self.bound
            return " or ".join(_TYPES[name] for name in types if name != "null")
        if self.keyword == "pattern":
            return f"written otherwise ({self.rule()})"
        return _EXPECTED[self.keyword](self.bound)

    def rule(self) -> str:
        """Return what a pattern asks for."""
        message = str(self.schema["patternErrorMessage"])
        return message[0].lower() + message[1:].rstrip(".")

    def hint(self) -> str | None:
        """Explain the usual surprises of types in YAML, or suggest the value that was meant."""
        if self.keyword == "enum" and isinstance(self.value, str):
            return did_you_mean(self.value, [value for value in self.bound if value is not None])
        if self.keyword != "type":
            return None
        if "string" in self.bound and isinstance(self.value, (bool, int, float)):
            return f'put it in quotes to make it text: "{_shown(self.value)}"'
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


SCHEMA = "localize.schema.json"

_OTHER_NAMES = {
    "output_languages": "languages",
    "output_language": "languages",
    "target_languages": "languages",
    "video": "source",
    "video_url": "source",
    "url": "source",
    "enable_video_stretching": "enable_dynamic_duration",
}
"""What people who know the vendor's API may write first."""

_LANGUAGES = ("languages", "add_languages")
_AS_A_MAPPING = "languages with options are keys, without dashes: ja: {mode: precision}"


class Part(Enum):
    """The two kinds of files: the manifest, and one that it includes."""

    MANIFEST = "manifest"
    INCLUDED = "included"


def check_structure(document: Document, part: Part, diagnostics: Diagnostics) -> None:
    """Report everything that does not fit the schema, and take it out of the document.

    Raises:
        EnoughError: there is too much of it.
    """
    schema, validator = _validator(part)
    errors = validator.iter_errors(document.data)
    # Each gives at least one finding of its own, so one too many is told of as such.
    violations = [SchemaViolation.of(error, schema) for error in islice(errors, MOST_ERRORS + 1)]
    # All are worded before anything is removed: by an alias, two may share a value.
    for trail in [
        trail for found in violations for trail in _reported(found, document, diagnostics)
    ]:
        document.take_out(trail)


def _reported(found: SchemaViolation, document: Document, diagnostics: Diagnostics) -> list[Trail]:
    """Report a violation, and return the trails of what has to be taken out for it."""
    if found.keyword == "additionalProperties":
        return _unknown_keys(found, document, diagnostics)
    if found.keyword in ("required", "anyOf"):
        return _missing_keys(found, document, diagnostics)
    if found.is_key:
        trail: Trail = (*found.trail, found.value)
        message = f"{found.value[:80]!r} cannot be used here"
        diagnostics.error("invalid_key", message, document.at_key(trail), found.rule())
        return [trail]
    return [_wrong_value(found, document, diagnostics)]


@cache
def _validator(part: Part) -> tuple[dict[str, Any], Draft202012Validator]:
    schema = json.loads(schema_text(SCHEMA))
    if part is Part.INCLUDED:
        schema = {**schema["$defs"]["included"], "$defs": schema["$defs"]}
    return schema, Draft202012Validator(schema)


def _unknown_keys(
    found: SchemaViolation, document: Document, diagnostics: Diagnostics
) -> list[Trail]:
    known = found.schema["properties"]
    trails: list[Trail] = [(*found.trail, key) for key in found.value if key not in known]
    for trail in trails:
        key = str(trail[-1])
        ours = _OTHER_NAMES.get(key, key)
        hint = f"did you mean {ours}?" if ours in known else did_you_mean(ours, known)
        diagnostics.error(
            "unknown_key",
            f"there is no key {key[:80]!r} here",
            document.at_key(trail),
            hint or f"known here: {', '.join(known)}",
        )
    return trails


def _missing_keys(
    found: SchemaViolation, document: Document, diagnostics: Diagnostics
) -> list[Trail]:
    where = document.at_key(found.trail)
    if found.trail in document.incomplete:
        return []
    if found.keyword == "anyOf" and ("videos",) in document.broken:
        return []
    if found.keyword == "anyOf":
        message = "the manifest names no videos"
        hint = "add videos: here, or name files that hold them under include:"
        diagnostics.error("missing_key", message, where, hint)
        return []
    # The validator makes an error of each missing key, and all of them list every key.
    owner = found.trail[-1] if found.trail else document.file
    for key in found.bound:
        if key not in found.value and (*found.trail, key) not in document.broken:
            diagnostics.error("missing_key", f"{key} is missing in {owner}", where, f"add {key}:")
    return []


def _wrong_value(found: SchemaViolation, document: Document, diagnostics: Diagnostics) -> Trail:
    trail = found.trail
    key = next((part for part in reversed(trail) if isinstance(part, str)), "")
    name = f"an item of {key}" if isinstance(trail[-1], int) else key
    diagnostics.error(
        "wrong_type" if found.keyword == "type" else "invalid_value",
        f"{name} should be {found.expected()}, and is {_shown(found.value)}",
        document.at(trail),
        _AS_A_MAPPING if key in _LANGUAGES and isinstance(found.value, dict) else found.hint(),
    )
    return trail
