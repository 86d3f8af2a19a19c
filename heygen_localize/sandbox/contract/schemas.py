"""Schemas of OpenAPI 3.0 as JSON Schema, and values that do not fit them as refusals.

OpenAPI 3.0 says `nullable` where JSON Schema has a type of its own for null.
A nullable enum or choice means null too, though a strict reader would have it
listed: that is how the vendor writes them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

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
        # A validator looks its schema's keywords up at every call; it holds no state.
        self._validator = Draft202012Validator(as_json_schema(schema))

    def accepts(self, value: object) -> bool:
        """Return whether a value fits."""
        return next(self._validator.iter_errors(value), None) is None

    def misfits(self, value: object) -> list[tuple[tuple[str | int, ...], str, str]]:
        """Return where a value does not fit: path, name of the field at fault, and why."""
        return sorted(
            (found for error in self._validator.iter_errors(value) for found in _told(error)),
            key=lambda found: found[1],
        )


def _told(error: ValidationError) -> Iterator[tuple[tuple[str | int, ...], str, str]]:
    path = tuple(error.absolute_path)
    if error.validator in ("anyOf", "oneOf"):
        closest = _closest(error)
        if closest is not None:
            yield from _told(closest)
            return
    lead = _name(path)
    prefix = f"{lead}." if lead else ""
    for name in _fields_at_fault(error):
        field = prefix + name[:_LONGEST_NAME]
        unknown = error.validator == "additionalProperties"
        yield path, field, f"Unknown field '{field}'." if unknown else f"'{field}' is required."
        return
    yield path, lead, f"{_quoted(lead)} must {_demand(error)}."


def _closest(error: ValidationError) -> ValidationError | None:
    """Return the fault in the alternative that a value was meant for; None if none was."""
    branches: dict[object, list[ValidationError]] = {}
    for part in error.context or ():
        branches.setdefault(part.schema_path[0], []).append(part)
    meant = [
        parts
        for parts in branches.values()
        if not any(part.validator in ("type", "enum") and _decides(part, error) for part in parts)
    ]
    if len(meant) != 1:
        return None
    return min(meant[0], key=lambda part: _name(part.absolute_path))


def _decides(part: ValidationError, whole: ValidationError) -> bool:
    """Return whether a fault shows that another alternative was meant."""
    below = list(part.absolute_path)[len(whole.absolute_path) :]
    return not below or below == ["type"]


def _fields_at_fault(error: ValidationError) -> list[str]:
    instance, schema = cast("dict[str, Any]", error.instance), cast("dict[str, Any]", error.schema)
    if error.validator == "required":
        return sorted(set(schema["required"]) - instance.keys())
    if error.validator == "additionalProperties":
        return sorted(instance.keys() - schema.get("properties", {}).keys())
    return []


def _demand(error: ValidationError) -> str:
    limit: Any = error.validator_value
    if error.validator == "enum":
        return f"be one of {', '.join(str(word) for word in limit if word is not None)}"
    if error.validator == "type":
        kinds = [limit] if isinstance(limit, str) else [kind for kind in limit if kind != "null"]
        return f"be of type {' or '.join(kinds)}"
    if error.validator in ("anyOf", "oneOf"):
        return "be an object with type 'url' or 'asset_id'"
    return f"fit {error.validator} {limit}"


def _name(path: Any) -> str:
    return ".".join(str(part) for part in path if isinstance(part, str))


def _quoted(name: str) -> str:
    return f"'{name}'" if name else "The body"
