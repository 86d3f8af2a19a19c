"""HeyGen's JSON, to and from our words. Its answers are checked and cleaned here, once.

Shapes: docs/vendor/heygen-v3.openapi.yaml. What a schema cannot say:
docs/vendor/behaviour.md.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Collection, Mapping
from datetime import datetime, timezone
from functools import lru_cache
from types import MappingProxyType, NoneType
from typing import Any
from urllib.parse import parse_qs, urlsplit

from heygen_localize.core.fingerprint import Json, changed_options, defaults_of
from heygen_localize.core.job_kind import LIPSYNC_PREFIX, JobKind
from heygen_localize.core.model import (
    NO_OUTPUTS,
    Job,
    JobStatus,
    Media,
    MediaKind,
    OutputUrls,
    Target,
)
from heygen_localize.core.text import sanitize, valid_id, without_queries

_log = logging.getLogger(__name__)

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

LARGEST = 1e12
"""What no number of HeyGen's reaches: seconds, USD, credits."""

_LATEST = 1e11
"""Seconds since 1970: in the year 5138, and well before calendars end."""


def members(answer: object) -> dict[str, Any]:
    """Return the members of an object; what is none has none."""
    return answer if isinstance(answer, dict) else {}


def reason_of(value: object) -> str | None:
    """Return why something failed, in HeyGen's words: it may name the link that it was given."""
    text = text_of(value)
    return without_queries(text) if text is not None else None


def text_of(value: object, longest: int = 2000) -> str | None:
    """Return a text that is not empty, cleaned and cut to so many characters."""
    return sanitize(value, longest) if isinstance(value, str) and value else None


def number_of(value: object, least: float = 0.0) -> float | None:
    """Return a finite number from `least` on."""
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return None
    return float(value) if least <= value < LARGEST else None


def create_body(
    target: Target,
    title: str | None,
    assets: Mapping[str, str] = MappingProxyType({}),
    mark: str | None = None,
) -> dict[str, Json]:
    """Write the request for one target, the frozen defaults said out loud.

    A default that HeyGen changes later must not change what a fingerprint
    stands for. `assets` are the uploads by their SHA-256; `mark` is the order's, where
    it is more than the target's.

    Raises:
        ValueError: a local file that is not uploaded.
    """
    kind = target.kind
    body: dict[str, Json] = {
        name: default for name, default in defaults_of(kind).items() if default is not None
    }
    body.update(changed_options({option.name: option.value for option in target.options}, kind))
    for name, media in (("audio", target.audio), ("srt", target.srt)):
        if media is not None:
            body[name] = media_body(media, assets)
    body["video"] = media_body(target.source, assets)
    if kind is JobKind.TRANSLATION:
        body["output_languages"] = [target.language.name]
    follows = f":{target.callback_id}" if target.callback_id else ""
    body["callback_id"] = f"{mark or target.mark}{follows}"
    unhashed = {
        "title": title,
        "callback_url": target.setting("callback_url"),
        "folder_id": target.setting("folder_id"),
    }
    body.update({name: value for name, value in unhashed.items() if value is not None})
    return body


def media_body(media: Media, assets: Mapping[str, str]) -> dict[str, Json]:
    """Name a source as HeyGen takes it.

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


def status_of(word: object) -> JobStatus:
    """Read a status. An unknown word counts as still running: nothing is paid on a guess."""
    return _STATUSES.get(str(word).lower()) or _unknown(sanitize(str(word), 64))


@lru_cache(maxsize=16)
def _unknown(word: str) -> JobStatus:
    """Say once of each unknown word what is made of it."""
    _log.warning("HeyGen says %r of a job; it counts as still running", word)
    return JobStatus.RUNNING


def id_of(value: object, kind: JobKind) -> str | None:
    """Return the id, as we write it, of what HeyGen calls so; None where it cannot be one.

    Nor can a translation's that would be taken for a lip sync's.
    """
    name = valid_id(value)
    if name is None or kind is JobKind.TRANSLATION:
        return None if name is None or JobKind.of(name) is not kind else name
    return valid_id(LIPSYNC_PREFIX + name)


def job_of(item: Any, kind: JobKind) -> Job | None:
    """Read one job of a kind; None where the answer names no usable id."""
    name = id_of(members(item).get("id"), kind)
    return None if name is None else _job(name, item)


def listed_job(item: dict[str, Any], kind: JobKind, links: bool = True) -> Job:
    """Read one job of the list of a kind, which has a usable id; its links may be left out.

    Raises:
        ValueError: nobody can tell by its `callback_id` whose it is, or by its id which it is.
    """
    if not isinstance(item.get("callback_id"), (str, NoneType)):
        raise ValueError("has a callback_id that is no text")
    name = id_of(item["id"], kind)
    if name is None:
        raise ValueError("has an id that cannot be one")
    return _job(name, item, links)


def has_links(item: dict[str, Any]) -> bool:
    """Return whether one job of a list is rendered, with a link to its main file."""
    if status_of(item.get("status")) is not JobStatus.COMPLETED:
        return False
    return bool(link_of(item.get("video_url")) or link_of(item.get("audio_url")))


def _job(name: str, item: dict[str, Any], links: bool = True) -> Job:
    status = status_of(item.get("status"))
    return Job(
        id=name,
        status=status,
        callback_id=text_of(item.get("callback_id")),
        language=text_of(item.get("output_language")),
        title=text_of(item.get("title")),
        created_at=moment(item.get("created_at")),
        duration=number_of(item.get("duration")),
        failure_message=reason_of(item.get("failure_message")),
        outputs=_outputs(item) if links and status is JobStatus.COMPLETED else NO_OUTPUTS,
    )


def states_of(
    answer: Any, asked: Collection[str], kind: JobKind
) -> tuple[dict[str, JobStatus | None], str | None]:
    """Read what an answer tells of the states of jobs of a kind, and what is wrong with it.

    An id that it tells two different states of is left out.
    """
    if not isinstance(answer, list):
        return {}, "the answer about states has no list in it"
    states: dict[str, JobStatus | None] = {}
    torn: set[str] = set()
    flaw = None
    for item in answer:
        name, word = (members(item).get(key) for key in ("video_id", "status"))
        name = id_of(name, kind)
        if name is None or not isinstance(word, str):
            flaw = flaw or "an answer about states has an item without an id and a state"
        elif name in asked:
            state = None if word == NOT_FOUND else status_of(word)
            if states.setdefault(name, state) is not state:
                torn.add(name)
                flaw = f"an answer tells two different states of {name}"
    return {name: state for name, state in states.items() if name not in torn}, flaw


_LINKS = {
    "video_url": ("video_url",),
    "audio_url": ("audio_url",),
    # Of a lip sync it is the second name (`lipsyncGet` in the contract).
    "srt_caption_url": ("srt_caption_url", "caption_url"),
    "vtt_caption_url": ("vtt_caption_url",),
}


def _outputs(item: dict[str, Any]) -> OutputUrls:
    urls = {
        ours: next((url for name in theirs if (url := link_of(item.get(name)))), None)
        for ours, theirs in _LINKS.items()
    }
    times = [time for url in urls.values() if url and (time := expiry(url)) is not None]
    return OutputUrls(**urls, expires_at=min(times, default=None))


def expiry(url: str) -> int | None:
    """Read when a signed link ends, in seconds since 1970, from its query.

    Source: docs/vendor/behaviour.md, "Video translations": `Expires`, or
    `X-Amz-Date` with `X-Amz-Expires`.
    """
    at = url.find("?")
    plain = _EXPIRES.search(url, at) if at > 0 else None
    if plain is not None and "%" not in url[at : plain.start()] and "#" not in url:
        return moment(int(plain[1]))  # as nearly all have it, a tenth of the time
    query = parse_qs(urlsplit(url).query)
    try:
        if "Expires" in query:
            return moment(int(query["Expires"][0]))
        signed = datetime.strptime(query["X-Amz-Date"][0], "%Y%m%dT%H%M%SZ")
        start = signed.replace(tzinfo=timezone.utc).timestamp()
        return moment(int(start) + int(query["X-Amz-Expires"][0]))
    except (KeyError, ValueError):
        return None


_EXPIRES = re.compile(r"[?&]Expires=([0-9]{1,15})(?:&|\Z)")
_PLAIN_LINK = re.compile(r"https?://[A-Za-z0-9.-]+(?::[0-9]{1,5})?[/?#]")


def link_of(value: object) -> str | None:
    """Return a link of HeyGen's, if it is one: nothing else may reach a lockfile or a page."""
    if not isinstance(value, str) or not value.isprintable() or len(value) > 8192:
        return None
    if _PLAIN_LINK.match(value):
        return value
    try:
        parts = urlsplit(value)
    except ValueError:
        return None
    return value if parts.scheme in ("http", "https") and parts.hostname else None


def moment(value: object) -> int | None:
    """Return a time in whole seconds since 1970, if it is one that a calendar can show."""
    number = number_of(value)
    return None if number is None or number > _LATEST else int(number)
