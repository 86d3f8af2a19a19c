"""The OpenAPI document of the vendor, as it ships with the package.

Source: docs/vendor/heygen-v3.openapi.yaml.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import yaml

from heygen_localize.sandbox.documents import vendor_text

_NAME = "heygen-v3.openapi.yaml"
# PyYAML has the quick one only where it was built with libyaml.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@cache
def contract() -> Mapping[str, Any]:
    """Return the document; it is read once and must not be changed.

    Raises:
        FileNotFoundError: If it is neither in the package (a wheel) nor beside
            it (a checkout).
    """
    document: dict[str, Any] = yaml.load(vendor_text(_NAME), _LOADER)  # noqa: S506 both are safe loaders
    return document


def resolved(node: Any) -> Any:
    """Return a part of the document with every reference replaced by what it names."""
    if isinstance(node, list):
        return [resolved(item) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" not in node:
        return {name: resolved(item) for name, item in node.items()}
    found: Any = contract()
    for name in node["$ref"].removeprefix("#/").split("/"):
        found = found[name]
    return resolved(found)


def words(schema_name: str, field: str) -> tuple[str, ...]:
    """Return the words that the list field of a request body may hold.

    Args:
        schema_name: The ``operationId`` whose body is meant.
        field: A field that is a list of words.
    """
    for methods in contract()["paths"].values():
        for operation in methods.values():
            if operation["operationId"] == schema_name:
                schema = operation["requestBody"]["content"]["application/json"]["schema"]
                return tuple(schema["properties"][field]["items"]["enum"])
    raise LookupError(schema_name)
