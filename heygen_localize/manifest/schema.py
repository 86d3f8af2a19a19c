"""Holds a document against the JSON schema, and words what does not fit for a person."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from enum import Enum
from functools import cache
from itertools import islice
from typing import Any

from jsonschema_rs import Draft202012Validator, ValidationError, ValidationErrorKind
from msgspec import Struct

from heygen_localize.core.text import either
from heygen_localize.manifest import pieces
from heygen_localize.manifest.diagnostics import MOST_ERRORS, Diagnostics, did_you_mean
from heygen_localize.manifest.document import Document
from heygen_localize.manifest.nesting import expand_sources, report_members_beside
from heygen_localize.manifest.places import Trail
from heygen_localize.manifest.yaml_scalars import bare, shown
from heygen_localize.manifest.yaml_shape import missing_space
from heygen_localize.system.resources import schema_text

_LONGEST = 60

_TYPES = {
    "string": "a text",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "array": "a list",
    "object": "a mapping",
}

_EXPECTED: dict[str, Callable[[Any], str]] = {
    "enum": lambda values: either([value for value in values if value is not None]),
    "const": lambda value: shown(value),
    "minimum": lambda bound: f"at least {bound}",
    "maximum": lambda bound: f"at most {bound:,}",
    "exclusiveMinimum": lambda bound: f"more than {bound}",
    "minLength": lambda _: "a text that is not empty",
    "minProperties": lambda _: "a mapping that is not empty",
    "minItems": lambda _: "a list that is not empty",
    "maxLength": lambda bound: f"a text of at most {bound:,} characters",
    "maxProperties": lambda bound: f"a mapping of at most {bound:,} members",
    "maxItems": lambda bound: f"a list of at most {bound:,}",
}

_BOUNDS = frozenset({"minimum", "maximum", "exclusiveMinimum"})
_BOOLEANS = {
    **dict.fromkeys(("yes", "on", "y", "true"), "true"),
    **dict.fromkeys(("no", "off", "n", "false"), "false"),
}
"""Texts that are meant for one or the other: words of YAML 1.1, and what stands in quotes."""

_NUMBER = re.compile(r"[-+]?\d+(\.\d+)?")
_BETWEEN = re.compile(r"[,\s]+")


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
        """Return what the value should be, so that it fits after "expected"."""
        if self.keyword == "type":
            types = [self.bound] if isinstance(self.bound, str) else self.bound
            return either([_TYPES[name] for name in types if name != "null"])
        return _EXPECTED[self.keyword](self.bound)

    def rule(self) -> str:
        """Return what a pattern asks for."""
        message = str(self.schema["patternErrorMessage"])
        return message[0].lower() + message[1:].rstrip(".")

    def hint(self) -> str | None:
        """Explain the usual surprises of types in YAML, or suggest the value that was meant."""
        if self.keyword == "pattern":
            return self.rule()
        if self.keyword == "enum" and isinstance(self.value, str):
            return did_you_mean(self.value, [value for value in self.bound if value is not None])
        if isinstance(self.value, str):
            return self._hint_of_text(self.value.strip())
        simple = isinstance(self.value, (bool, int, float))
        if self.keyword != "type" or "string" not in self.bound or not simple:
            return None
        form = re.search(self.schema.get("pattern", ""), bare(self.value))
        return f'put it in quotes to make it a text: "{bare(self.value)}"' if form else self.rule()

    def _hint_of_text(self, text: str) -> str | None:
        """Explain why a value is a text although something else was meant."""
        if self.keyword == "const":
            return "remove the quotes" if text == str(self.bound) else None
        if self.keyword != "type":
            return None
        types = {self.bound} if isinstance(self.bound, str) else {*self.bound}
        spaced = missing_space(text)
        if "object" in types and spaced is not None:
            return f"write a space after the colon: {spaced}"
        if {"integer", "number"} & types and _NUMBER.fullmatch(text):
            return "remove the quotes"
        if "boolean" in types and text.lower() in _BOOLEANS:
            meant = _BOOLEANS[text.lower()]
            return f"write {meant}, without quotes: YAML 1.2 knows true and false only"
        if "array" in types and text.startswith("-"):
            return "write a space after each dash: - ja"
        if "array" in types:
            items = ", ".join(item for item in _BETWEEN.split(text) if item)
            return f"write a list, even of one: [{items if len(text) < _LONGEST else '...'}]"
        return None


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
"""What people who know HeyGen's API may write first."""
_LANGUAGES = ("languages", "add_languages")
_MOST_STRANGERS = 100
"""Unknown keys of one mapping that are held against a missing one; more are no slip."""

_HOLDERS = ("videos", "include")
_VIDEOS: Trail = ("videos",)
_AS_KEYS = "write each video as a key, without a dash: intro: {source: ./intro.mp4}"
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
    expand_sources(document)
    report_members_beside(document, schema, diagnostics)
    if document.size > pieces.AT_ONCE and validator.is_valid(document.data):
        return
    # Each gives at least one finding of its own, so one too many is told of as such.
    violations = [*islice(_violations(document, part), MOST_ERRORS + 1)]
    # All are worded before anything is removed: by an alias, two may share a value.
    for trail in [
        trail for found in violations for trail in _reported(found, document, diagnostics)
    ]:
        document.take_out(trail)


def _violations(document: Document, part: Part) -> Iterator[SchemaViolation]:
    """Walk over what does not fit; of many videos, over some at a time.

    The validator makes all errors of what it is given before it tells the first.
    """
    parts = pieces.of(document) if document.size > pieces.AT_ONCE else iter([document.data])
    for number, piece in enumerate(parts):
        schema, validator = _validator(part if number == 0 else Part.INCLUDED)
        for error in validator.iter_errors(piece):
            yield SchemaViolation.of(error, schema)


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
    if found.keyword == "minProperties" and document.broken_under(found.trail):
        return []  # What was in it is told already.
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
    options = _validator(Part.MANIFEST)[0]["$defs"]["languageOptions"]["properties"]
    trails: list[Trail] = [(*found.trail, key) for key in found.value if key not in known]
    for trail in trails:
        key = str(trail[-1])
        ours = _OTHER_NAMES.get(key, key)
        hint = f"did you mean {ours}?" if ours in known else did_you_mean(ours, known)
        if hint is None and not found.trail and key in options:
            hint = f"an option of every video stands in defaults: {key} below defaults:"
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
    any_of = found.keyword == "anyOf"
    # The validator makes an error of each missing key, and all of them list every key.
    missing = [key for key in (_HOLDERS if any_of else found.bound) if key not in found.value]
    told = [key for key in missing if _is_told(key, found, document)]
    if any_of and not told:
        message = "the manifest names no videos"
        hint = "add videos: here, or name files that hold them under include:"
        diagnostics.error("missing_key", message, where, hint)
    owner = found.trail[-1] if found.trail else document.file
    for key in () if any_of else missing:
        if key not in told:
            diagnostics.error("missing_key", f"{key} is missing in {owner}", where, f"add {key}:")
    return []


def _is_told(key: str, found: SchemaViolation, document: Document) -> bool:
    """Return whether a key that is missing was taken out, or is misspelt, which is told so."""
    if found.trail in document.incomplete or (*found.trail, key) in document.broken:
        return True
    known = found.schema["properties"]
    strangers = [*islice((other for other in found.value if other not in known), _MOST_STRANGERS)]
    meant = any(_OTHER_NAMES.get(other) == key for other in strangers)
    return meant or did_you_mean(key, strangers) is not None


def _wrong_value(found: SchemaViolation, document: Document, diagnostics: Diagnostics) -> Trail:
    trail = found.trail
    key = next((part for part in reversed(trail) if isinstance(part, str)), "")
    name = f"item {trail[-1] + 1} of {key}" if isinstance(trail[-1], int) else key
    message = f"{name} cannot be {shown(found.value)}"
    if found.keyword != "pattern":
        there = str(found.value) if found.keyword in _BOUNDS else shown(found.value)
        message = f"{name}: expected {found.expected()}, found {there}"
    hint = found.hint()
    if key in _LANGUAGES and isinstance(found.value, dict):
        hint = _AS_A_MAPPING
    elif trail == _VIDEOS and isinstance(found.value, list):
        hint = _AS_KEYS
    code = "wrong_type" if found.keyword == "type" else "invalid_value"
    diagnostics.error(code, message, document.at(trail), hint)
    return trail
