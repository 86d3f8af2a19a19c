"""The emulator's compiled checks against jsonschema, over all that the contract describes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from heygen_localize.sandbox.contract.document import contract, resolved
from heygen_localize.sandbox.contract.schemas import Schema, as_json_schema, quick_check

VALUES: list[Any] = [
    *(
        None,
        True,
        False,
        0,
        1,
        -3,
        101,
        1.0,
        1.5,
        10**18,
        "",
        "a",
        "é b",
        "x" * 300,
        "speed",
        "url",
    ),
    *([], [7], ["a"], ["a"] * 101, [{}], {}, {"surprise": 1}),
    {"type": "url", "url": "https://a.example/b"},
    {"type": "asset_id", "asset_id": "a1"},
    {"type": "asset_id", "asset_id": "a1", "url": "https://a.example/b"},
]


def _schemas() -> Iterator[tuple[str, Any]]:
    for methods in contract()["paths"].values():
        for described in methods.values():
            name = described["operationId"]
            for item in map(resolved, described.get("parameters", ())):
                yield f"{name}:{item['name']}", item["schema"]
            content = described.get("requestBody", {}).get("content", {})
            if "application/json" in content:
                yield name, resolved(content["application/json"]["schema"])


def _example(schema: Any) -> Any:
    if "enum" in schema:
        return schema["enum"][0]
    if "oneOf" in schema or "anyOf" in schema:
        return _example((schema.get("oneOf") or schema["anyOf"])[-1])
    return {
        "array": lambda: [_example(schema["items"])] * schema.get("minItems", 1),
        "boolean": lambda: True,
        "integer": lambda: schema.get("minimum", 1),
        "number": lambda: 1.5,
        "object": lambda: {
            name: _example(field) for name, field in schema.get("properties", {}).items()
        },
        "string": lambda: "a" * schema.get("minLength", 1),
    }[schema["type"]]()


def _changed(value: Any) -> Iterator[Any]:
    """Yield a value with one part put in place of another, left out, or one too many."""
    yield value
    yield from VALUES
    if isinstance(value, list) and value:
        yield from ([item, *value[1:]] for item in _changed(value[0]))
    if isinstance(value, dict):
        yield value | {"surprise": 1}
        for name, part in value.items():
            yield {other: item for other, item in value.items() if other != name}
            yield from (value | {name: item} for item in _changed(part))


@pytest.mark.parametrize(("name", "schema"), list(_schemas()), ids=lambda item: str(item)[:40])
def test_a_compiled_check_passes_just_what_jsonschema_does(name: str, schema: Any) -> None:
    plain = as_json_schema(schema)
    quick, slow = quick_check(plain), Draft202012Validator(plain)
    assert quick(_example(schema)), name
    for value in _changed(_example(schema)):
        assert quick(value) == slow.is_valid(value), (name, value)


def test_what_a_compiled_check_does_not_know_is_left_to_jsonschema() -> None:
    for unknown in ({"not": {"type": "string"}}, {"enum": [1]}, {"additionalProperties": {}}):
        with pytest.raises(LookupError):
            quick_check(unknown)
    schema = Schema({"type": "integer", "multipleOf": 2})
    assert (schema.accepts(4), schema.accepts(3)) == (True, False)
