"""The vendor's checks of what callers send.

Source: docs/vendor/heygen-v3.openapi.yaml for names and types,
docs/vendor/behaviour.md, "Video translations" and "Source files", for the rest.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from heygen_localize.sandbox.assets import Beginning
from heygen_localize.sandbox.filetypes import KINDS, known_type
from heygen_localize.sandbox.languages import language_names
from heygen_localize.sandbox.refusals import invalid, malformed

# A check of one value; the name goes into the refusal.
Check = Callable[[str, object], None]

_ASSET_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")
_SHA256 = re.compile(r"[0-9A-Fa-f]{64}")
_IDEMPOTENCY_KEY = re.compile(r"[A-Za-z0-9_\-:.]{1,255}")


def _text(param: str, value: object) -> None:
    if not isinstance(value, str):
        raise malformed(param, f"'{param}' must be a string.")


def _flag(param: str, value: object) -> None:
    if not isinstance(value, bool):
        raise malformed(param, f"'{param}' must be a boolean.")


def _number(param: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise malformed(param, f"'{param}' must be a number.")


def _integer(param: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int):
        raise malformed(param, f"'{param}' must be an integer.")


def _one_of(*words: str) -> Check:
    def check(param: str, value: object) -> None:
        if value not in words:
            raise malformed(param, f"'{param}' must be one of {', '.join(words)}.")

    return check


def _list_of(check_item: Check) -> Check:
    def check(param: str, value: object) -> None:
        if not isinstance(value, list):
            raise malformed(param, f"'{param}' must be an array.")
        for item in value:
            check_item(param, item)

    return check


def _nullable(check: Check) -> Check:
    def check_unless_null(param: str, value: object) -> None:
        if value is not None:
            check(param, value)

    return check_unless_null


def _object_of(checks: Mapping[str, Check], required: frozenset[str] = frozenset()) -> Check:
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
    _text(param, value)
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
    _text(param, value)
    if not _ASSET_ID.fullmatch(str(value)):
        raise invalid(param, f"'{param}' is not an asset id.")


_SOURCE_KINDS = {
    "url": _object_of({"type": _text, "url": _web_address}, frozenset({"url"})),
    "asset_id": _object_of({"type": _text, "asset_id": _asset_id}, frozenset({"asset_id"})),
}


def _source(param: str, value: object) -> None:
    kind = value.get("type") if isinstance(value, dict) else None
    if not isinstance(kind, str) or kind not in _SOURCE_KINDS:
        raise malformed(param, f"'{param}' must be an object with type 'url' or 'asset_id'.")
    _SOURCE_KINDS[kind](param, value)


def _languages(param: str, value: object) -> None:
    _list_of(_text)(param, value)
    names = list(value) if isinstance(value, list) else []
    if not names:
        raise malformed(param, f"'{param}' must name at least one language.")
    for name in names:
        if name not in language_names():
            raise invalid(param, f"'{name}' is not a supported target language.")


_VOICES = _object_of({"use_stock_voice": _flag, "preferred_stock_voice_ids": _list_of(_text)})

ORDER_FIELDS: Mapping[str, Check] = {
    "audio": _nullable(_source),
    "brand_glossary_id": _nullable(_text),
    "brand_voice_id": _nullable(_text),
    "callback_id": _nullable(_text),
    "callback_url": _nullable(_text),
    "disable_music_track": _flag,
    "enable_caption": _flag,
    "enable_dynamic_duration": _flag,
    "enable_speech_enhancement": _flag,
    "enable_watermark": _flag,
    "end_time": _nullable(_number),
    "folder_id": _nullable(_text),
    "fps_mode": _nullable(_one_of("vfr", "cfr", "passthrough")),
    "input_language": _nullable(_text),
    "keep_the_same_format": _nullable(_flag),
    "mode": _one_of("speed", "precision"),
    "output_languages": _languages,
    "speaker_num": _nullable(_integer),
    "srt": _nullable(_source),
    "srt_role": _nullable(_one_of("input", "output")),
    "start_time": _nullable(_number),
    "stock_voice_config": _nullable(_VOICES),
    "title": _nullable(_text),
    "translate_audio_only": _flag,
    "video": _source,
}

_ORDER = _object_of(ORDER_FIELDS, frozenset({"video", "output_languages"}))
_BEGINNING = _object_of(
    {
        "filename": _text,
        "content_type": _text,
        "size_bytes": _integer,
        "checksum_sha256": _nullable(_text),
    },
    frozenset({"filename", "content_type", "size_bytes"}),
)
_COMPLETION = _object_of({"checksum_sha256": _nullable(_text)})
_RENAMING = _object_of({"title": _text}, frozenset({"title"}))


def checked_order(body: Any) -> dict[str, Any]:
    """Gives the body of a create, if it is one.

    Raises:
        Refusal: 400 for an unknown field, a wrong type, an unknown language, a
            source that is neither a public URL nor an asset.
    """
    _ORDER("", body)
    order: dict[str, Any] = body
    return order


def checked_title(body: Any) -> str:
    """Gives the new title in the body of a PATCH.

    Raises:
        Refusal: 400 if there is anything else in it.
    """
    _RENAMING("", body)
    title: str = body["title"]
    return title


def checked_beginning(body: Any) -> Beginning:
    """Gives what the body of a direct upload says of the file.

    Raises:
        Refusal: 400 for a wrong field, a type that is not taken, no bytes, a
            checksum that is none.
    """
    _BEGINNING("", body)
    mime_type = known_type(body["content_type"])
    if mime_type is None:
        raise invalid("content_type", f"'content_type' must be one of {', '.join(KINDS)}.")
    if body["size_bytes"] < 1:
        raise invalid("size_bytes", "'size_bytes' must be at least 1.")
    checksum = checked_checksum({"checksum_sha256": body.get("checksum_sha256")})
    return Beginning(body["filename"], mime_type, body["size_bytes"], checksum)


def checked_checksum(body: Any) -> str | None:
    """Gives the checksum in the body that completes a direct upload, if there is one.

    Raises:
        Refusal: 400 if there is anything else in it, or it is no SHA-256.
    """
    _COMPLETION("", body)
    checksum: str | None = body.get("checksum_sha256")
    if checksum is not None and not _SHA256.fullmatch(checksum):
        raise invalid("checksum_sha256", "'checksum_sha256' must be 64 hexadecimal digits.")
    return checksum


def checked_idempotency_key(key: str) -> str:
    """Gives an ``Idempotency-Key`` that has the right form.

    Source: docs/vendor/behaviour.md, "Paying once".

    Raises:
        Refusal: 400 if it has not.
    """
    if not _IDEMPOTENCY_KEY.fullmatch(key):
        raise invalid("Idempotency-Key", "It must be 1 to 255 characters of A-Za-z0-9_:.-")
    return key
