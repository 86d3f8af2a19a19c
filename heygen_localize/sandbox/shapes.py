"""Checks of the shape of what callers send, to be put together.

Each check takes the name of a field, which goes into the refusal, and its
value, and raises a `Refusal` with status 400.
Source: docs/vendor/behaviour.md, "Source files", for URLs.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from heygen_localize.sandbox.refusals import invalid, malformed

# A check of one value; the name goes into the refusal.
Check = Callable[[str, object], None]

_ASSET_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")


def text(param: str, value: object) -> None:
    """Refuses what is not a string."""
    if not isinstance(value, str):
        raise malformed(param, f"'{param}' must be a string.")


def flag(param: str, value: object) -> None:
    """Refuses what is not a boolean."""
    if not isinstance(value, bool):
        raise malformed(param, f"'{param}' must be a boolean.")


def number(param: str, value: object) -> None:
    """Refuses what is not a number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise malformed(param, f"'{param}' must be a number.")


def integer(param: str, value: object) -> None:
    """Refuses what is not a whole number."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise malformed(param, f"'{param}' must be an integer.")


def one_of(*words: str) -> Check:
    """Gives a check that refuses all but some words."""

    def check(param: str, value: object) -> None:
        if value not in words:
            raise malformed(param, f"'{param}' must be one of {', '.join(words)}.")

    return check


def list_of(check_item: Check) -> Check:
    """Gives a check of an array by a check of each item."""

    def check(param: str, value: object) -> None:
        if not isinstance(value, list):
            raise malformed(param, f"'{param}' must be an array.")
        for item in value:
            check_item(param, item)

    return check


def nullable(check: Check) -> Check:
    """Gives a check that also lets null pass."""

    def check_unless_null(param: str, value: object) -> None:
        if value is not None:
            check(param, value)

    return check_unless_null


def object_of(checks: Mapping[str, Check], required: frozenset[str] = frozenset()) -> Check:
    """Gives a check of an object, whose unknown and missing fields are refused."""

    def check(param: str, value: object) -> None:
        if not isinstance(value, dict):
            raise malformed(param or None, f"{param or 'The body'} must be a JSON object.")
        prefix = f"{param}." if param else ""
        for name in sorted(required - value.keys()):
            raise malformed(prefix + name, f"'{prefix}{name}' is required.")
        for name, item in value.items():
            if name not in checks:
                raise malformed(prefix + name, f"Unknown field '{prefix}{name}'.")
            checks[name](prefix + name, item)

    return check


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _web_address(param: str, value: object) -> None:
    text(param, value)
    try:
        parts = urlsplit(str(value))
        host = parts.hostname
    except ValueError:
        raise invalid(param, f"'{param}' is not a URL.") from None
    if not host or parts.scheme not in ("http", "https"):
        raise invalid(param, f"'{param}' must be an http(s) URL.")
    if parts.scheme == "http" and not _is_loopback(host):
        raise invalid(param, f"'{param}' must be a public https URL.")


def _asset_id(param: str, value: object) -> None:
    text(param, value)
    if not _ASSET_ID.fullmatch(str(value)):
        raise invalid(param, f"'{param}' is not an asset id.")


_SOURCE_KINDS = {
    "url": object_of({"type": text, "url": _web_address}, frozenset({"url"})),
    "asset_id": object_of({"type": text, "asset_id": _asset_id}, frozenset({"asset_id"})),
}


def source(param: str, value: object) -> None:
    """Refuses what is neither a public URL nor the id of an asset."""
    kind = value.get("type") if isinstance(value, dict) else None
    if not isinstance(kind, str) or kind not in _SOURCE_KINDS:
        raise malformed(param, f"'{param}' must be an object with type 'url' or 'asset_id'.")
    _SOURCE_KINDS[kind](param, value)
