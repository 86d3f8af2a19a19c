"""Schemas of OpenAPI 3.0 as JSON Schema, and values that do not fit them as refusals.

OpenAPI 3.0 says `nullable` where JSON Schema has a type of its own for null.
A nullable enum or choice means null too, though a strict reader would have it
listed: that is how the vendor writes them.

What fits is seen by checks that are compiled once, since every order is checked:
jsonschema takes some 250 microseconds for one. What they do not pass, jsonschema
decides and explains; it is not loaded before.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
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


Check = Callable[[Any], bool]

_TYPES: Mapping[str, Check] = {
    "array": lambda value: type(value) is list,
    "boolean": lambda value: type(value) is bool,
    "integer": lambda value: type(value) is int or (type(value) is float and value.is_integer()),
    "null": lambda value: value is None,
    "number": lambda value: type(value) in (int, float),
    "object": lambda value: type(value) is dict,
    "string": lambda value: type(value) is str,
}


def _any_of(checks: list[Check]) -> Check:
    return checks[0] if len(checks) == 1 else lambda value: any(check(value) for check in checks)


def _of_type(limit: Any) -> Check:
    return _any_of([_TYPES[kind] for kind in ([limit] if isinstance(limit, str) else limit)])


def _properties(fields: Mapping[str, Any]) -> Check:
    checks = {name: quick_check(field) for name, field in fields.items()}
    return lambda value: (
        type(value) is not dict
        or all(checks[name](item) for name, item in value.items() if name in checks)
    )


def _enum(words: list[Any]) -> Check:
    if any(not isinstance(word, str | None) for word in words):
        raise LookupError(words)
    return lambda value: type(value) in (str, type(None)) and value in words


def _items(schema: Any) -> Check:
    check = quick_check(schema)
    return lambda value: type(value) is not list or all(map(check, value))


def _one_of(schemas: list[Any]) -> Check:
    checks = [quick_check(schema) for schema in schemas]
    return lambda value: sum(check(value) for check in checks) == 1


# What each keyword asks; of a value of another type than it is about, nothing.
_KEYWORDS: Mapping[str, Callable[[Any], Check]] = {
    "anyOf": lambda schemas: _any_of([quick_check(schema) for schema in schemas]),
    "enum": _enum,
    "items": _items,
    "maxItems": lambda most: lambda value: type(value) is not list or len(value) <= most,
    "maxLength": lambda most: lambda value: type(value) is not str or len(value) <= most,
    "maximum": lambda most: lambda value: type(value) not in (int, float) or value <= most,
    "minItems": lambda least: lambda value: type(value) is not list or len(value) >= least,
    "minLength": lambda least: lambda value: type(value) is not str or len(value) >= least,
    "minimum": lambda least: lambda value: type(value) not in (int, float) or value >= least,
    "oneOf": _one_of,
    "pattern": lambda text: lambda value: type(value) is not str or bool(re.search(text, value)),
    "properties": _properties,
    "required": lambda names: lambda value: type(value) is not dict or value.keys() >= set(names),
    "type": _of_type,
}


def quick_check(schema: Mapping[str, Any]) -> Check:
    """Return a check of a JSON Schema that holds of nothing that does not fit.

    Raises:
        LookupError: A keyword, or its value, is not known here.
    """
    keywords = dict(schema)
    checks: list[Check] = []
    if keywords.get("additionalProperties") is False:
        known = keywords.get("properties", {}).keys()
        checks.append(lambda value: type(value) is not dict or value.keys() <= known)
    if keywords.get("additionalProperties") in (True, False):
        del keywords["additionalProperties"]
    checks += [_KEYWORDS[keyword](limit) for keyword, limit in keywords.items()]

    def check_all(value: object) -> bool:
        for check in checks:  # noqa: SIM110 a generator would take twice as long
            if not check(value):
                return False
        return True

    return check_all


class Schema:
    """One compiled schema.

    Args:
        schema: The schema, of OpenAPI 3.0 and without references.
    """

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self._schema = as_json_schema(schema)
        try:
            self._quick = quick_check(self._schema)
        except LookupError:
            self._quick = lambda _: False

    def accepts(self, value: object) -> bool:
        """Return whether a value fits."""
        return self._quick(value) or next(self._errors(value), None) is None

    def _errors(self, value: object) -> Iterator[ValidationError]:
        from jsonschema import Draft202012Validator

        return Draft202012Validator(self._schema).iter_errors(value)

    def misfits(self, value: object) -> list[tuple[tuple[str | int, ...], str, str]]:
        """Return where a value does not fit: path, name of the field at fault, and why."""
        return sorted(
            (found for error in self._errors(value) for found in _explained(error)),
            key=lambda found: found[1],
        )


def _explained(error: ValidationError) -> Iterator[tuple[tuple[str | int, ...], str, str]]:
    path = tuple(error.absolute_path)
    if error.validator in ("anyOf", "oneOf"):
        closest = _closest(error)
        if closest is not None:
            yield from _explained(closest)
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
