"""The vendor's JSON, to and from our words. Its answers are checked and cleaned here, once.

Shapes: docs/vendor/heygen-v3.openapi.yaml. What a schema cannot say:
docs/vendor/behaviour.md.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import lru_cache
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qs, urlsplit

from heygen_localize.fingerprint import LZ1_DEFAULTS, Json, changed_options
from heygen_localize.model import Job, JobStatus, Media, MediaKind, OutputUrls, Target
from heygen_localize.text import printable

_log = logging.getLogger(__name__)

_ID = re.compile(r"[A-Za-z0-9._:-]{1,200}")
_STATUSES = {
    "pending": JobStatus.PENDING,
    "queued": JobStatus.PENDING,
    "running": JobStatus.RUNNING,
    "processing": JobStatus.RUNNING,
    "completed": JobStatus.COMPLETED,
    "succeeded": JobStatus.COMPLETED,
    "failed": JobStatus.FAILED,
}
"""The words of all its endpoints and older pages (behaviour.md, "Video translations")."""

NOT_FOUND = "not_found"


@dataclass(frozen=True)
class Page:
    """One page of a list: the items that could be read, and the way to the next."""

    items: tuple[Job, ...]
    more: bool
    token: str | None


@dataclass(frozen=True)
class Balance:
    """What the account can still spend, in `currency` (usd or credits); None where untold."""

    billing: str
    remaining: float | None
    currency: str


def create_body(
    target: Target, title: str | None, assets: Mapping[str, str] = MappingProxyType({})
) -> dict[str, Json]:
    """Write the request for one target, the frozen defaults said out loud.

    A default that the vendor changes later must not change what a fingerprint
    stands for. `assets` are the uploads by their SHA-256.

    Raises:
        ValueError: a local file that is not uploaded.
    """
    body: dict[str, Json] = {
        name: default for name, default in LZ1_DEFAULTS.items() if default is not None
    }
    body.update(changed_options({option.name: option.value for option in target.options}))
    for name, media in (("audio", target.audio), ("srt", target.srt)):
        if media is not None:
            body[name] = media_body(media, assets)
    body["video"] = media_body(target.source, assets)
    body["output_languages"] = [target.language.name]
    follows = f":{target.callback_id}" if target.callback_id else ""
    body["callback_id"] = f"{target.mark}{follows}"
    unhashed = {
        "title": title,
        "callback_url": target.callback_url,
        "folder_id": target.folder_id,
    }
    body.update({name: value for name, value in unhashed.items() if value is not None})
    return body


def media_body(media: Media, assets: Mapping[str, str]) -> dict[str, Json]:
    """Name a source as the vendor takes it.

    Raises:
        ValueError: a local file, which has no name there before its upload.
    """
    if media.kind is MediaKind.URL:
        return {"type": "url", "url": media.reference}
    if media.kind is MediaKind.ASSET:
        return {"type": "asset_id", "asset_id": media.reference}
    asset_id = assets.get(media.sha256 or "")
    if asset_id is None:
        raise ValueError(f"{media.reference} is a local file that is not uploaded")
    return {"type": "asset_id", "asset_id": asset_id}


def valid_id(value: object) -> str | None:
    """Give an id of the vendor's, if it is one that may go into a path, a lock or a log."""
    return value if isinstance(value, str) and _ID.fullmatch(value) else None


def status_of(word: object) -> JobStatus:
    """Read a status. An unknown word counts as still running: nothing is paid on a guess."""
    known = _STATUSES.get(str(word).lower())
    return known if known is not None else _unknown(printable(str(word), 64))


@lru_cache(maxsize=16)
def _unknown(word: str) -> JobStatus:
    """Say once of each unknown word what is made of it."""
    _log.warning("the vendor says %r of a job; it counts as still running", word)
    return JobStatus.RUNNING


def job_of(item: Any) -> Job | None:
    """Read one translation; None where the answer names no usable id."""
    name = valid_id(item.get("id")) if isinstance(item, dict) else None
    if name is None:
        return None
    status = status_of(item.get("status"))
    return Job(
        id=name,
        status=status,
        callback_id=_text(item.get("callback_id")),
        language=_text(item.get("output_language")),
        title=_text(item.get("title")),
        created_at=_whole(item.get("created_at")),
        duration=_number(item.get("duration")),
        failure_message=_text(item.get("failure_message")),
        outputs=_outputs(item) if status is JobStatus.COMPLETED else OutputUrls(),
    )


def page_of(answer: Any) -> Page:
    """Read a page of the list. `answer` is the whole body, tokens included.

    Raises:
        ValueError: it has no list of items.
    """
    if not isinstance(answer, dict) or not isinstance(answer.get("data"), list):
        raise ValueError("the list has no items")
    jobs = tuple(job for job in map(job_of, answer["data"]) if job is not None)
    token = answer.get("next_token")
    return Page(jobs, answer.get("has_more") is True, token if isinstance(token, str) else None)


def balance_of(user: Any) -> Balance:
    """Read what `GET /v3/users/me` tells of the money (docs/vendor/behaviour.md, "Money")."""
    told = user if isinstance(user, dict) else {}
    billing = _text(told.get("billing_type")) or "unknown"
    wallet = told.get("wallet")
    if not isinstance(wallet, dict):
        return Balance(billing, None, "usd")
    currency = _text(wallet.get("currency")) or "usd"
    return Balance(billing, _number(wallet.get("remaining_balance")), currency)


def _outputs(item: dict[str, Any]) -> OutputUrls:
    names = ("video_url", "audio_url", "srt_caption_url", "vtt_caption_url")
    urls = {name: link_of(item.get(name)) for name in names}
    times = [time for url in urls.values() if url and (time := expiry(url)) is not None]
    return OutputUrls(**urls, expires_at=min(times, default=None))


def expiry(url: str) -> int | None:
    """Read when a signed link ends, in seconds since 1970, from its query.

    Source: docs/vendor/behaviour.md, "Video translations": `Expires`, or
    `X-Amz-Date` with `X-Amz-Expires`.
    """
    query = parse_qs(urlsplit(url).query)
    try:
        if "Expires" in query:
            return int(query["Expires"][0])
        signed = datetime.strptime(query["X-Amz-Date"][0], "%Y%m%dT%H%M%SZ")
        start = signed.replace(tzinfo=timezone.utc).timestamp()
        return int(start) + int(query["X-Amz-Expires"][0])
    except (KeyError, ValueError):
        return None


def link_of(value: object) -> str | None:
    """Give a link of the vendor's, if it is one: nothing else may reach a lockfile or a page."""
    if not isinstance(value, str) or not value.isprintable() or len(value) > 8192:
        return None
    try:
        parts = urlsplit(value)
    except ValueError:
        return None
    return value if parts.scheme in ("http", "https") and parts.hostname else None


def _text(value: object) -> str | None:
    return printable(value) if isinstance(value, str) and value else None


def _number(value: object) -> float | None:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return None
    return float(value) if 0 <= value < 1e12 else None


def _whole(value: object) -> int | None:
    number = _number(value)
    return None if number is None else int(number)
