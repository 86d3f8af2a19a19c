"""What the vendor asks of values beyond what the contract's schemas can say.

Source: docs/vendor/behaviour.md, "Source files" for URLs, "Video translations"
for languages, "Webhooks" for addresses.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from heygen_localize.sandbox.errors import Refusal, invalid
from heygen_localize.sandbox.languages import language_names

_ASSET_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")
_NOT_IN_URLS = re.compile(r"[\s\x00-\x1f\x7f]")
_BATCHES = ("video_translations", "lipsyncs", "files")


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine itself."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_values(body: Any) -> None:
    """Refuse a body whose fields have the right types but will not do.

    Args:
        body: A body that fits its schema.

    Raises:
        Refusal: 400; for the entries of a batch it names their list.
    """
    if not isinstance(body, dict):
        return
    for name, value in body.items():
        if name in _BATCHES:
            _check_entries(name, value)
        elif value is not None and name in _CHECKS:
            _CHECKS[name](name, value)
    start, end = body.get("start_time"), body.get("end_time")
    if end is not None and (start or 0) >= end:
        raise invalid("end_time", "'end_time' must be later than 'start_time'.")


def _check_entries(name: str, entries: list[Any]) -> None:
    wrong = {
        str(index): refusal
        for index, entry in enumerate(entries)
        if (refusal := _refusal_of(entry)) is not None
    }
    if wrong:
        first = next(iter(wrong.values()))
        raise invalid(name, f"Not valid at {', '.join(wrong)}: {first.message}")


def _refusal_of(entry: Any) -> Refusal | None:
    try:
        check_values(entry)
    except Refusal as refusal:
        return refusal
    return None


def _languages(param: str, names: list[str]) -> None:
    for name in names:
        if name not in language_names():
            raise invalid(param, f"'{name}' is not a supported target language.")


def _web_address(param: str, text: str) -> tuple[str, str]:
    try:
        if _NOT_IN_URLS.search(text):
            raise ValueError(text)
        parts = urlsplit(text)
        host = parts.hostname
        # Reading it refuses a port that is none.
        _ = parts.port
    except ValueError:
        raise invalid(param, f"'{param}' is not a URL.") from None
    if not host or parts.scheme not in ("http", "https"):
        raise invalid(param, f"'{param}' must be an http(s) URL.")
    return parts.scheme, host


def _public_address(param: str, text: str) -> None:
    scheme, host = _web_address(param, text)
    if scheme == "http" and not is_loopback(host):
        raise invalid(param, f"'{param}' must be a public https URL.")


def _source(param: str, value: Mapping[str, str]) -> None:
    if value["type"] == "url":
        _public_address(f"{param}.url", value["url"])
    elif not _ASSET_ID.fullmatch(value["asset_id"]):
        raise invalid(f"{param}.asset_id", f"'{param}.asset_id' is not an asset id.")


def _count(param: str, value: float) -> None:
    if value < 1:
        raise invalid(param, f"'{param}' must be at least 1.")


def _moment(param: str, value: float) -> None:
    if value < 0:
        raise invalid(param, f"'{param}' must not be negative.")


_CHECKS: Mapping[str, Callable[[str, Any], object]] = {
    "audio": _source,
    "callback_url": _web_address,
    "end_time": _moment,
    "output_languages": _languages,
    "size_bytes": _count,
    "speaker_num": _count,
    "srt": _source,
    "start_time": _moment,
    "url": _public_address,
    "video": _source,
}
