"""What the vendor says, as it stands in docs/vendor: the contract, the names of languages.

Source: docs/vendor/heygen-v3.openapi.yaml, docs/vendor/languages.txt.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml
from babel import Locale

# PyYAML has the quick one only where it was built with libyaml.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# The vendor's names that CLDR does not know.
_OTHER_CODES = {"Bengali": "bn", "Mandarin": "zh"}


def _vendor_text(name: str) -> str:
    """Return a file of the vendor's, from the package (a wheel) or from beside it (a checkout)."""
    packaged = files("heygen_localize").joinpath("data", name)
    if packaged.is_file():
        return packaged.read_text("utf-8")
    return (Path(__file__).parents[3] / "docs" / "vendor" / name).read_text("utf-8")


@cache
def contract() -> Mapping[str, Any]:
    """Return the OpenAPI document; it is read once and must not be changed.

    Raises:
        FileNotFoundError: If it is neither in the package (a wheel) nor beside
            it (a checkout).
    """
    text = _vendor_text("heygen-v3.openapi.yaml")
    document: dict[str, Any] = yaml.load(text, _LOADER)  # noqa: S506 both are safe loaders
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


@cache
def language_names() -> tuple[str, ...]:
    """Return every target language, spelled and ordered as the vendor does."""
    return tuple(_vendor_text("languages.txt").splitlines())


@cache
def _language_codes() -> dict[str, str]:
    names = Locale("en").languages
    # The shortest code wins where CLDR has several for one name.
    return {names[code]: code for code in sorted(names, key=len, reverse=True)} | _OTHER_CODES


@cache
def language_code(name: str) -> str:
    """Return the code that the id of a job in a language ends in, without a region.

    Args:
        name: A name from `language_names`, such as ``Spanish (Mexico)``, whose
            code is ``es``.
    """
    return _language_codes()[re.split(r" [(-]", name)[0]]
