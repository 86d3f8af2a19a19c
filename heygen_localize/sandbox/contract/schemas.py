"""Schemas of OpenAPI 3.0 as JSON Schema, and values that do not fit them as refusals.

OpenAPI 3.0 says `nullable` where JSON Schema has a type of its own for null.
A nullable enum or choice means null too, though a strict reader would have it
listed: that is how HeyGen writes them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from jsonschema_rs import Draft202012Validator, ValidationError, ValidationErrorKind

_NOTES = frozenset({"default", "deprecated", "description", "format", "nullable"})
_LONGEST_NAME = 100


def as_json_schema(schema: Any) -> Any:
    """Return a schema without references as JSON Schema, without what checks nothing."""
    if isinstance(schema, list):
        return [as_json_schema(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {name: as_json_schema(item) for name, item in schema.items() if name not in _NOTES}
    if "properties" in schema:
        named = schema["properties"].items()
        plain["properties"] = {name: as_json_schema(field) for name, field in named}
    return _or_null(plain) if schema.get("nullable") is True else plain


def _or_null(plain: dict[str, Any]) -> dict[str, Any]:
    if "type" not in plain:
        return {"anyOf": [{"type": "null"}, plain]}
    if "enum" in plain:
        plain["enum"] = [*plain["enum"], None]
    return plain | {"type": [plain["type"], "null"]}


class Schema:
    """One compiled schema.

    Args:
        schema: The schema, of OpenAPI 3.0 and without references.
    """

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self._schema = as_json_schema(schema)
        self._validator = Draft202012Validator(self._schema)

    def accepts(self, value: object) -> bool:
        """Return whether a value fits."""
        return self._validator.is_valid(value)

    def misfits(self, value: object) -> list[tuple[tuple[str | int, ...], str, str]]:
        """Return where a value does not fit: path, name of the field at fault, and why."""
        return sorted(
            (
                found
                for error in self._validator.iter_errors(value)
                for found in self._explained(error)
            ),
            key=lambda found: found[1],
        )

    def _explained(
        self, error: ValidationError
    ) -> Iterator[tuple[tuple[str | int, ...], str, str]]:
        path = tuple(error.instance_path)
        closest = _closest(error)
        if closest is not None:
            yield from self._explained(closest)
            return
        lead = _name(path)
        prefix = f"{lead}." if lead else ""
        keyword, limit = self._violated(error)
        for name in _fields_at_fault(error):
            field = prefix + name[:_LONGEST_NAME]
            unknown = keyword == "additionalProperties"
            yield path, field, f"Unknown field '{field}'." if unknown else f"'{field}' is required."
            return
        yield path, lead, f"{_quoted(lead)} must {_demand(keyword, limit)}."

    def _violated(self, error: ValidationError) -> tuple[str, Any]:
        """Return the keyword that an error is about, and what it asks."""
        limit = self._schema
        for step in error.schema_path:
            limit = limit[step]
        return str(error.schema_path[-1]), limit


def _closest(error: ValidationError) -> ValidationError | None:
    """Return the fault in the alternative that a value was meant for; None if none was."""
    kind = error.kind
    if not isinstance(kind, (ValidationErrorKind.AnyOf, ValidationErrorKind.OneOfNotValid)):
        return None
    meant = [parts for parts in kind.context if not any(_decides(part, error) for part in parts)]
    if len(meant) != 1:
        return None
    # By keyword too: an unknown field tells more than the one that lacks in its place.
    return min(meant[0], key=lambda part: (_name(part.instance_path), str(part.schema_path[-1])))


def _decides(part: ValidationError, whole: ValidationError) -> bool:
    """Return whether a fault shows that another alternative was meant."""
    below = list(part.instance_path)[len(whole.instance_path) :]
    return part.schema_path[-1] in ("type", "enum") and below in ([], ["type"])


def _fields_at_fault(error: ValidationError) -> list[str]:
    if isinstance(error.kind, ValidationErrorKind.Required):
        return [error.kind.property]
    if isinstance(error.kind, ValidationErrorKind.AdditionalProperties):
        return sorted(error.kind.unexpected)
    return []


def _demand(keyword: str, limit: Any) -> str:
    if keyword == "enum":
        return f"be one of {', '.join(str(word) for word in limit if word is not None)}"
    if keyword == "type":
        kinds = [limit] if isinstance(limit, str) else [kind for kind in limit if kind != "null"]
        return f"be of type {' or '.join(kinds)}"
    if keyword in ("anyOf", "oneOf"):
        return "be an object with type 'url' or 'asset_id'"
    return f"fit {keyword} {limit}"


def _name(path: Any) -> str:
    return ".".join(str(part) for part in path if isinstance(part, str))


def _quoted(name: str) -> str:
    return f"'{name}'" if name else "The body"
