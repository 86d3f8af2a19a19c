"""What the vendor asks of bodies beyond what the contract's schemas can say.

Source: docs/vendor/behaviour.md, "Source files" for URLs, types and checksums,
"Video translations" for languages, "Webhooks" for addresses.
"""

from __future__ import annotations

import ipaddress
import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn
from urllib.parse import urlsplit

from heygen_localize.sandbox.contract.document import language_names
from heygen_localize.sandbox.errors import Refusal, invalid
from heygen_localize.sandbox.media.filetypes import KINDS, known_type

_ASSET_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")
_NOT_IN_URLS = re.compile(r"[\s\x00-\x1f\x7f]")
_SHA256 = re.compile(r"[0-9A-Fa-f]{64}")
_FEW = 10
# Deeper than any body of the contract, and far from what Python can walk.
_DEEPEST = 64
# The escape of half a character: alone it is no text, and no file takes it.
_HALF = re.compile(r"\\u[dD][89a-fA-F]")

# The lists whose entries are orders of their own: a refusal names the list.
BATCHES = frozenset({"video_translations", "lipsyncs", "files"})


def parsed(raw: bytes) -> Any:
    """Return a body parsed as JSON; None if it is none, or if it is `null`.

    Half characters, infinite numbers and nesting without measure are no JSON
    here, though Python would read them.
    """
    if not raw:
        return None
    try:
        text = raw.decode("utf-8")
        value = json.loads(text, parse_constant=_refuse, parse_float=_finite)
        if _HALF.search(text):
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError):
        return None
    many = text.count("[") + text.count("{") > _DEEPEST
    return None if many and _deep(value) else value


def _refuse(word: str) -> NoReturn:
    raise ValueError(word)


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(text)
    return number


def _deep(value: object) -> bool:
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(_DEEPEST):
        parts = [part.values() if isinstance(part, dict) else part for part in level]
        level = [item for part in parts for item in part if isinstance(item, dict | list)]
        if not level:
            return False
    return True


def is_loopback(host: str) -> bool:
    """Return whether a host is this machine itself."""
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
        if name in BATCHES:
            _check_entries(name, value)
        elif value is not None and name in _CHECKS:
            _CHECKS[name](name, value)
    start, end = body.get("start_time"), body.get("end_time")
    if end is not None and (start or 0) >= end:
        raise invalid("end_time", "'end_time' must be later than 'start_time'.")


def _check_entries(name: str, entries: list[Any]) -> None:
    checked = enumerate(map(_refusal_of, entries))
    wrong = [(index, refusal) for index, refusal in checked if refusal is not None]
    if wrong:
        raise in_batch(name, [index for index, _ in wrong], wrong[0][1].message)


def _refusal_of(entry: Any) -> Refusal | None:
    try:
        check_values(entry)
    except Refusal as refusal:
        return refusal
    return None


def in_batch(name: str, places: Sequence[object], why: str) -> Refusal:
    """Return the refusal of entries of a batch.

    Args:
        name: The list that they are in, one of `BATCHES`.
        places: Where in it they are, from 0.
        why: What is wrong with the first.
    """
    shown = ", ".join(map(str, places[:_FEW])) + (", …" if len(places) > _FEW else "")
    return invalid(name, f"Not valid at {shown}: {why}")


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


def _file_type(param: str, declared: str) -> None:
    if known_type(declared) is None:
        raise invalid(param, f"'{param}' must be one of {', '.join(KINDS)}.")


def _checksum(param: str, text: str) -> None:
    if not _SHA256.fullmatch(text):
        raise invalid(param, f"'{param}' must be 64 hexadecimal digits.")


_CHECKS: Mapping[str, Callable[[str, Any], object]] = {
    "audio": _source,
    "callback_url": _web_address,
    "checksum_sha256": _checksum,
    "content_type": _file_type,
    "end_time": _moment,
    "output_languages": _languages,
    "size_bytes": _count,
    "speaker_num": _count,
    "srt": _source,
    "start_time": _moment,
    "url": _public_address,
    "video": _source,
}
