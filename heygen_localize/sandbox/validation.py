"""The vendor's checks of what callers send.

Source: docs/vendor/heygen-v3.openapi.yaml for names and types,
docs/vendor/behaviour.md for the rest.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from heygen_localize.sandbox.assets import Beginning
from heygen_localize.sandbox.filetypes import KINDS, known_type
from heygen_localize.sandbox.languages import language_names
from heygen_localize.sandbox.refusals import invalid, malformed
from heygen_localize.sandbox.shapes import (
    Check,
    flag,
    integer,
    list_of,
    nullable,
    number,
    object_of,
    one_of,
    source,
    text,
)

_SHA256 = re.compile(r"[0-9A-Fa-f]{64}")
_IDEMPOTENCY_KEY = re.compile(r"[A-Za-z0-9_\-:.]{1,255}")


def _languages(param: str, value: object) -> None:
    list_of(text)(param, value)
    names = list(value) if isinstance(value, list) else []
    if not names:
        raise malformed(param, f"'{param}' must name at least one language.")
    for name in names:
        if name not in language_names():
            raise invalid(param, f"'{name}' is not a supported target language.")


_VOICES = object_of({"use_stock_voice": flag, "preferred_stock_voice_ids": list_of(text)})

ORDER_FIELDS: Mapping[str, Check] = {
    "audio": nullable(source),
    "brand_glossary_id": nullable(text),
    "brand_voice_id": nullable(text),
    "callback_id": nullable(text),
    "callback_url": nullable(text),
    "disable_music_track": flag,
    "enable_caption": flag,
    "enable_dynamic_duration": flag,
    "enable_speech_enhancement": flag,
    "enable_watermark": flag,
    "end_time": nullable(number),
    "folder_id": nullable(text),
    "fps_mode": nullable(one_of("vfr", "cfr", "passthrough")),
    "input_language": nullable(text),
    "keep_the_same_format": nullable(flag),
    "mode": one_of("speed", "precision"),
    "output_languages": _languages,
    "speaker_num": nullable(integer),
    "srt": nullable(source),
    "srt_role": nullable(one_of("input", "output")),
    "start_time": nullable(number),
    "stock_voice_config": nullable(_VOICES),
    "title": nullable(text),
    "translate_audio_only": flag,
    "video": source,
}

_SHARED_FIELDS = (
    "brand_glossary_id",
    "brand_voice_id",
    "disable_music_track",
    "enable_speech_enhancement",
    "folder_id",
    "mode",
    "output_languages",
    "speaker_num",
    "srt",
    "video",
)
SESSION_FIELDS: Mapping[str, Check] = {
    **{name: ORDER_FIELDS[name] for name in _SHARED_FIELDS},
    "enable_video_stretching": flag,
    "keep_the_same_format": flag,
    "title": text,
}
GENERATION_FIELDS: Mapping[str, Check] = {
    "callback_id": nullable(text),
    "callback_url": nullable(text),
    "captions": flag,
    "translate_audio_only": flag,
}

_SESSION = object_of(SESSION_FIELDS, frozenset({"video", "output_languages", "title"}))
_GENERATION = object_of(GENERATION_FIELDS)
_SUBTITLES = object_of({"srt": source}, frozenset({"srt"}))
_ORDER = object_of(ORDER_FIELDS, frozenset({"video", "output_languages"}))
_BEGINNING = object_of(
    {
        "filename": text,
        "content_type": text,
        "size_bytes": integer,
        "checksum_sha256": nullable(text),
    },
    frozenset({"filename", "content_type", "size_bytes"}),
)
_COMPLETION = object_of({"checksum_sha256": nullable(text)})
_RENAMING = object_of({"title": text}, frozenset({"title"}))


def checked_order(body: Any) -> dict[str, Any]:
    """Gives the body of a create, if it is one.

    Raises:
        Refusal: 400 for an unknown field, a wrong type, an unknown language, a
            source that is neither a public URL nor an asset.
    """
    _ORDER("", body)
    order: dict[str, Any] = body
    return order


def checked_session_order(body: Any) -> dict[str, Any]:
    """Gives the body that creates proofread sessions, if it is one.

    Raises:
        Refusal: 400 as for `checked_order`, and without a title.
    """
    _SESSION("", body)
    order: dict[str, Any] = body
    return order


def checked_generation(body: Any) -> dict[str, Any]:
    """Gives the body that makes a job of a session, if it is one.

    Raises:
        Refusal: 400 for an unknown field or a wrong type.
    """
    _GENERATION("", body)
    wishes: dict[str, Any] = body
    return wishes


def checked_subtitles(body: Any) -> dict[str, str]:
    """Gives where the subtitles are that the body of a PUT names.

    Raises:
        Refusal: 400 if there is anything else in it.
    """
    _SUBTITLES("", body)
    srt: dict[str, str] = body["srt"]
    return srt


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
